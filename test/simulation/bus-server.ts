import type { Bus, BusListener } from '../../src/contracts/bus.ts'
import type { Bytes } from '../../src/contracts/store.ts'
import { type BusMessage, readMessage } from '../../src/core/behind/bus-message.ts'
import type { Dice } from './dice.ts'
import type { Network } from './network.ts'
import type { Peer } from './peer.ts'
import type { Timeline } from './timeline.ts'

export interface BusServerOptions {
  readonly timeline: Timeline
  readonly dice: Dice
  readonly network: Network
  readonly note: (line: () => string) => void
  readonly onPublish: (peer: Peer, message: BusMessage) => void
  /** Told once the listener has been told. */
  readonly onDeliver: (from: Peer, to: Peer, message: BusMessage, gapsBefore: number) => void
  readonly onSubscribe: (peer: Peer) => void
}

/** A bus that tells, behind a network that loses, repeats and reorders what it carries. */
export class BusServer {
  readonly #options: BusServerOptions
  readonly #listeners = new Map<Peer, BusListener>()
  /** When the last that was sent that way arrives. */
  readonly #arrivals = new Map<string, number>()

  constructor(options: BusServerOptions) {
    this.#options = options
  }

  abandon(peer: Peer): void {
    this.#listeners.delete(peer)
  }

  /** Tells the process that its connection was lost and is there again. */
  reconnected(place: number): void {
    for (const [peer, listener] of this.#listeners) {
      if (peer.place === place) listener.gap('connected again')
    }
  }

  connect(peer: Peer): Bus {
    return {
      name: 'simulated',
      publish: (bytes) => this.#answer(peer, () => this.#carry(peer, bytes)),
      subscribe: (listener) =>
        this.#answer(peer, () => {
          this.#listeners.set(peer, listener)
          return async () => {
            // A subscription that was answered too late is left when there may be another already.
            if (this.#listeners.get(peer) !== listener) return
            this.#listeners.delete(peer)
            peer.subscribedAt = Infinity
          }
        }).then((leave) => {
          this.#options.onSubscribe(peer)
          return leave
        }),
      close: async () => {},
    }
  }

  /** A request to the bus; what it does is done when it arrives there. */
  #answer<T>(peer: Peer, run: () => T): Promise<T> {
    const { timeline, dice, network } = this.#options
    const halfway = Math.ceil(network.busDelay / 3)
    return new Promise((resolve, reject) => {
      const later = (act: () => void) =>
        void timeline.after(dice.between(1, halfway), () => peer.alive && act())
      timeline.after(this.#inOrder(peer.name, dice.between(1, halfway)), () => {
        if (!peer.alive) return
        const cut = network.busCuts[peer.place]?.at(-1)
        if (cut === 'swallows') return
        if (cut === 'refuses') return later(() => reject(new Error('The bus is gone')))
        const answer = run()
        later(() => resolve(answer))
      })
    })
  }

  #carry(from: Peer, bytes: Bytes): void {
    const { dice, network, onPublish } = this.#options
    const message = readMessage(bytes)
    if (message === undefined) throw new Error('A message that cannot be read')
    onPublish(from, message)
    for (const to of this.#listeners.keys()) {
      const lost = dice.percent(network.lost) || network.deaf.has(`${from.place}>${to.place}`)
      if (!lost) this.#deliver(from, to, bytes, message)
      if (dice.percent(network.repeated)) this.#deliver(from, to, bytes, message)
    }
  }

  #deliver(from: Peer, to: Peer, bytes: Bytes, message: BusMessage): void {
    const { timeline, dice, network, note, onDeliver } = this.#options
    const delay = this.#inOrder(`${from.name}>${to.name}`, dice.between(1, network.busDelay))
    timeline.after(delay, () => {
      const listener = this.#listeners.get(to)
      if (listener === undefined || network.busCuts[to.place]?.length) return
      const { gaps } = to
      listener.message(bytes)
      const { kind, sequence, names } = message
      if (from !== to)
        note(() => `bus    ${from.name} > ${to.name} ${kind} #${sequence} ${names.join(' ')}`)
      onDeliver(from, to, message, gaps)
    })
  }

  /** The delay, or as much longer as the one before takes that went the same way. */
  #inOrder(way: string, delay: number): number {
    const { timeline, network } = this.#options
    if (network.reorders) return delay
    const at = Math.max(timeline.now + delay, (this.#arrivals.get(way) ?? 0) + 1)
    this.#arrivals.set(way, at)
    return at - timeline.now
  }
}
