import type { Clock } from '../../src/contracts/clock.ts'
import type { Store } from '../../src/contracts/store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { Dice } from './dice.ts'
import type { Network } from './network.ts'
import type { Peer } from './peer.ts'
import type { Timeline } from './timeline.ts'

type Operation = 'getMany' | 'getHeads' | 'setMany' | 'deleteMany' | 'addMany' | 'replaceMany'
type Able = Store & Required<Pick<Store, Operation>>

/** Most milliseconds between two keys of a batch that are read one by one. */
const longestPause = 60

export interface StoreServerOptions {
  readonly timeline: Timeline
  readonly dice: Dice
  readonly network: Network
  readonly clock: Clock
  readonly note: (line: () => string) => void
  /** Told of what a process has written or deleted, at the instant at which it takes effect. */
  readonly onApply: (peer: Peer, operation: Operation, keys: readonly string[]) => void
}

/**
 * The store behind a network. A request takes effect within its deadline, or never; one that finds
 * the store frozen takes effect when it thaws, in the order of arrival, however late that is.
 */
export class StoreServer {
  state: 'up' | 'fails' | 'silent' | 'frozen' = 'up'
  readonly #options: StoreServerOptions
  #store: Able
  readonly #frozen: (() => void)[] = []
  /** Requests on their way, by the process that sent them. */
  readonly #underway = new Map<Peer, Set<() => void>>()

  constructor(options: StoreServerOptions) {
    this.#options = options
    this.#store = this.#empty()
  }

  /** Forgets everything. */
  restartEmpty(): void {
    this.#frozen.length = 0
    this.#store = this.#empty()
  }

  thaw(): void {
    for (const request of this.#frozen.splice(0)) request()
  }

  /** What a process that is gone had sent arrives now, or never does. */
  abandon(peer: Peer): void {
    for (const arrive of this.#underway.get(peer) ?? []) {
      if (this.#options.dice.percent(50)) arrive()
    }
    this.#underway.delete(peer)
  }

  /** The store as a process sees it. */
  connect(peer: Peer): Store {
    return {
      name: 'simulated',
      getMany: (keys) => this.#send(peer, 'getMany', keys, (store) => this.#read(store, keys)),
      getHeads: (keys, length) =>
        this.#send(peer, 'getHeads', keys, (store) => store.getHeads(keys, length)),
      setMany: (records) =>
        this.#send(peer, 'setMany', keysOf(records), (store) => store.setMany(records)),
      deleteMany: (keys) => this.#send(peer, 'deleteMany', keys, (store) => store.deleteMany(keys)),
      addMany: (records) =>
        this.#send(peer, 'addMany', keysOf(records), (store) => store.addMany(records)),
      replaceMany: (changes) =>
        this.#send(peer, 'replaceMany', keysOf(changes), (store) => store.replaceMany(changes)),
      close: async () => {},
    }
  }

  #send<T>(
    peer: Peer,
    operation: Operation,
    keys: readonly string[],
    run: (store: Able) => Promise<T>,
  ): Promise<T> {
    const { timeline, dice, network, note } = this.#options
    return new Promise<T>((resolve, reject) => {
      if (!peer.alive) return
      const settle = (end: () => void) =>
        void timeline.after(dice.between(1, network.storeDelay), () => peer.alive && end())
      const refuse = () => settle(() => reject(new Error('The connection is gone')))
      const apply = () => {
        const result = run(this.#store)
        this.#options.onApply(peer, operation, keys)
        void result.then((answer) => {
          const lost = network.storeCuts[peer.place]?.length || dice.percent(network.repliesLost)
          note(
            () =>
              `store  ${peer.name} ${operation} ${keys.join(' ')} -> ${show(answer)}${lost ? ' (reply lost)' : ''}`,
          )
          if (!lost) settle(() => resolve(answer))
        })
      }
      const arrive = () => {
        this.#underway.get(peer)?.delete(arrive)
        const cut = network.storeCuts[peer.place]?.at(-1)
        if (cut === 'refuses' || this.state === 'fails') refuse()
        else if (cut === undefined && this.state === 'frozen') this.#frozen.push(apply)
        else if (cut === undefined && this.state === 'up') apply()
      }
      const underway = this.#underway.get(peer) ?? new Set()
      this.#underway.set(peer, underway.add(arrive))
      timeline.after(
        dice.between(1, network.storeDelay),
        () => underway.has(arrive) && peer.alive && arrive(),
      )
    })
  }

  /** At one instant, or each key at one of its own. */
  async #read(store: Able, keys: readonly string[]) {
    const { timeline, dice } = this.#options
    if (keys.length < 2 || dice.percent(50)) return store.getMany(keys)
    const readings = keys.map((key) =>
      new Promise<void>((resolve) => {
        timeline.after(dice.below(longestPause), resolve)
      }).then(() => store.getMany([key])),
    )
    return (await Promise.all(readings)).flat()
  }

  #empty(): Able {
    const store = memoryStore({ clock: this.#options.clock })
    const { addMany, replaceMany, getHeads } = store
    if (!addMany || !replaceMany || !getHeads) throw new Error('The store lacks a capability')
    return { ...store, addMany, replaceMany, getHeads }
  }
}

function keysOf(items: readonly { readonly key: string }[]): string[] {
  return items.map(({ key }) => key)
}

function show(answer: unknown): string {
  if (!Array.isArray(answer)) return String(answer)
  return answer
    .map((one) => (one instanceof Uint8Array ? `${one.length} bytes` : String(one)))
    .join(' ')
}
