import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { localBus } from '../../src/buses/local.ts'
import type { Bus, BusListener, Unsubscribe } from '../../src/contracts/bus.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

interface Step {
  readonly place: number
  readonly act: 'publish' | 'burst' | 'poll' | 'subscribe' | 'unsubscribe' | 'reopen' | 'turn'
}

class Listener implements BusListener {
  readonly told: number[] = []
  /** What was published while it was subscribed. */
  readonly due: number[] = []
  gaps = 0

  message(bytes: Uint8Array): void {
    this.told.push(Buffer.from(bytes).readUInt32LE())
  }

  gap(): void {
    this.gaps++
    this.told.length = 0
  }

  expectAll(): void {
    if (this.gaps === 0) expect(this.told).toEqual(this.due)
    else if (this.told.length > 0) expect(this.due.slice(-this.told.length)).toEqual(this.told)
  }
}

interface Place {
  bus: Bus
  listener?: Listener
  leave?: Unsubscribe
}

async function play(steps: readonly Step[], connect: () => Bus): Promise<number> {
  const places: Place[] = [0, 1, 2].map(() => ({ bus: connect() }))
  const left: { readonly listener: Listener; readonly told: number }[] = []
  let gaps = 0
  let published = 0
  const publish = (bus: Bus) => {
    const message = Buffer.alloc(200)
    message.writeUInt32LE(published)
    for (const { listener } of places) listener?.due.push(published)
    published++
    return bus.publish(message)
  }
  const drop = (place: Place) => {
    if (!place.listener) return
    left.push({ listener: place.listener, told: place.listener.told.length })
    gaps += place.listener.gaps
    delete place.listener
  }
  const acts: Record<Step['act'], (place: Place) => unknown> = {
    publish: ({ bus }) => publish(bus),
    burst: ({ bus }) => Promise.all(Array.from({ length: 80 }, () => publish(bus))),
    poll({ bus, listener }) {
      bus.poll?.()
      listener?.expectAll()
    },
    async subscribe(place) {
      if (place.listener) return
      const listener = new Listener()
      place.leave = await place.bus.subscribe(listener)
      place.listener = listener
    },
    async unsubscribe(place) {
      await place.leave?.()
      drop(place)
    },
    async reopen(place) {
      await place.bus.close()
      drop(place)
      place.bus = connect()
    },
    turn: () => turn(),
  }
  for (const { place, act } of steps) {
    const found = places[place]
    if (found) await acts[act](found)
  }
  for (const place of places) {
    acts.poll(place)
    await acts.reopen(place)
    await place.bus.close()
  }
  for (const { listener, told } of left) expect(listener.told.length).toBe(told)
  return gaps
}

test.each([
  ['whole', '4mb'],
  ['in many files', 4096],
])(
  'listeners are told all that is published while they listen, of a log %s',
  async (_, maxBytes) => {
    const root = mkdtempSync(join(tmpdir(), 'hotset-local-bus-'))
    const clock = fakeClock()
    const step = fc.record({
      place: fc.nat(2),
      act: fc.constantFrom<Step['act']>(
        'publish',
        'publish',
        'burst',
        'poll',
        'poll',
        'subscribe',
        'subscribe',
        'unsubscribe',
        'reopen',
        'turn',
      ),
    })
    let run = 0
    let gaps = 0
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const directory = join(root, `${run++}`)
          gaps += await play(steps, () => localBus({ directory, maxBytes, watch: false, clock }))
        }),
        { numRuns: 200 },
      )
      // Gaps are for those who let several files go by, and only for them.
      expect(gaps > 0).toBe(maxBytes === 4096)
    } finally {
      rmSync(root, { recursive: true })
    }
  },
)
