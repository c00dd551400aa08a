import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FileLog } from '../../src/logs/file/file-log.ts'
import { FakeDisk, type Fault } from './fake-disk.ts'

/** Small, so that segments end, and are moved on, often. */
const maxBytes = 4096
const longest = 180

type Step =
  | { readonly do: 'append'; readonly lengths: readonly number[] }
  | { readonly do: 'release'; readonly share: number; readonly from: 'old' | 'new' }
  | { readonly do: 'fault'; readonly fault: Fault }
  | {
      readonly do: 'crash'
      readonly machine: boolean
      readonly after: number
      readonly kept: number
    }
  | { readonly do: 'restart' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        lengths: fc.array(fc.nat(longest), { minLength: 1, maxLength: 6 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('release' as const),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        from: fc.constantFrom('old' as const, 'new' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('fault' as const),
        fault: fc.constantFrom<Fault>('short', 'full', 'sync', 'truncate', 'create', 'remove'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('crash' as const),
        machine: fc.boolean(),
        after: fc.nat(12),
        kept: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  ),
  { minLength: 1, maxLength: 60 },
)

class Killed extends Error {}

/** A log whose records say which they are, and what is known of each. */
class World {
  readonly disk = new FakeDisk()
  log = this.#another()
  #next = 0
  /** Acknowledged and not released, by number: these must come back. */
  readonly acknowledged = new Map<number, string | number>()
  /** Appended, and perhaps refused: these may come back. */
  readonly uncertain = new Set<number>()
  /** Released in this order: where one comes back, so may all after it, and none before it. */
  released: number[] = []

  #another(): FileLog {
    return new FileLog({
      ...{ directory: '/log', maxBytes, files: this.disk },
      own: async () => async () => {},
    })
  }

  async append(lengths: readonly number[]): Promise<void> {
    await Promise.all(
      lengths.map(async (length) => {
        const number = this.#next++
        const bytes = Buffer.alloc(8 + length, number & 255)
        bytes.writeDoubleLE(number)
        this.uncertain.add(number)
        try {
          this.acknowledged.set(number, await this.log.append(bytes))
          this.uncertain.delete(number)
        } catch {}
      }),
    )
  }

  release(share: number, from: 'old' | 'new'): void {
    const numbers = [...this.acknowledged.keys()].sort((a, b) => (from === 'old' ? a - b : b - a))
    const some = numbers.slice(0, Math.ceil(numbers.length * share))
    const positions = some.map((number) => this.acknowledged.get(number) as number)
    for (const number of some) this.acknowledged.delete(number)
    this.released.push(...some)
    this.log.release(positions)
  }

  async settled(): Promise<void> {
    for (let turn = 0; turn < 200; turn++) await Promise.resolve()
  }

  /** Reads what there is, and compares it with what must and may be there. */
  async reopen(): Promise<void> {
    this.log = this.#another()
    const records = await this.log.open()
    const found = records.map(({ bytes }) => {
      const number = Buffer.from(bytes).readDoubleLE()
      for (const byte of bytes.subarray(8)) expect(byte).toBe(number & 255)
      return number
    })
    expect(found).toEqual([...found].sort((a, b) => a - b))
    expect([...this.acknowledged.keys()].filter((number) => !found.includes(number))).toEqual([])
    const back = this.released.map((number) => found.includes(number))
    const first = back.indexOf(true)
    if (first >= 0) expect(back.slice(first)).not.toContain(false)
    const known = new Set([...this.acknowledged.keys(), ...this.released, ...this.uncertain])
    expect(found.filter((number) => !known.has(number))).toEqual([])
    this.acknowledged.clear()
    this.uncertain.clear()
    this.released = []
    for (const [i, { position }] of records.entries()) {
      this.acknowledged.set(found[i] as number, position)
    }
  }
}

async function run(history: readonly Step[]): Promise<World> {
  const world = new World()
  await world.reopen()
  for (const step of history) {
    if (step.do === 'append') await world.append(step.lengths)
    else if (step.do === 'release') world.release(step.share, step.from)
    else if (step.do === 'fault') world.disk.faults.push(step.fault)
    else if (step.do === 'restart') {
      world.disk.faults.length = 0
      await world.log.close()
      await world.reopen()
    } else {
      let left = step.after
      world.disk.step = () => {
        if (left-- <= 0) throw new Killed()
      }
      await world.append([10, 20, longest])
      world.release(0.5, 'old')
      await world.settled()
      world.disk.crash(step.machine, (length) => Math.floor(length * step.kept))
      await world.reopen()
    }
    expect(world.disk.bytes).toBeLessThanOrEqual(maxBytes)
  }
  await world.settled()
  world.disk.crash(true, () => 0)
  await world.reopen()
  return world
}

test('what was acknowledged comes back, in order, whatever the disk does; and the log is bounded', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      await run(history)
    }),
    { numRuns: 600 },
  )
})

test('many that append at once share a sync', async () => {
  const disk = new FakeDisk()
  let calls = 0
  disk.step = () => {
    calls++
  }
  const log = new FileLog({
    ...{ directory: '/log', maxBytes: 2 ** 20, files: disk, own: async () => async () => {} },
  })
  await log.open()
  calls = 0
  await Promise.all(Array.from({ length: 1000 }, () => log.append(Buffer.alloc(10))))
  // One write, asked after before and after it, and one sync.
  expect(calls).toBe(3)
})
