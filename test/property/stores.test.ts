import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Increment, Replacement, Store, StoreRecord } from '../../src/contracts/store.ts'
import { addToCounter } from '../../src/kernel/counter.ts'
import { hasStamp } from '../../src/kernel/stamp.ts'
import { fileStore } from '../../src/stores/file.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { counted, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

const maxLength = 60_000
/** Room for all keys at once, but not for the longest value. */
const maxBytes = 6 * 65_536

type Step = (store: Store, clock: FakeClock) => Promise<unknown>

/** As simple as it can be: one record at a time, nothing bounded, nothing removed but by name. */
function modelStore(clock: FakeClock, counts: boolean): Store {
  const records = new Map<string, StoreRecord>()
  const live = (key: string) => {
    const record = records.get(key)
    return record && record.expiresAt > clock.now() ? record : undefined
  }
  const write = (record: StoreRecord) => {
    const fits = record.value.length <= maxLength || record.expiresAt <= clock.now()
    if (fits) records.set(record.key, record)
    else records.delete(record.key)
    return fits
  }
  const replace = ({ key, stamp, record }: Replacement) => {
    const present = live(key)
    if (!present || !hasStamp(present.value, stamp)) return false
    return record ? write(record) : records.delete(key)
  }
  const increment = ({ key, by, stamp }: Increment) => {
    const present = live(key)
    const value = present && addToCounter(present.value, by, stamp)
    if (value) records.set(key, { ...present, value })
    return value
  }
  return {
    name: 'model',
    getMany: async (keys) => keys.map((key) => live(key)?.value),
    async setMany(batch) {
      const last = new Map(batch.map((record) => [record.key, record]))
      return [...last.values()].filter((record) => !write(record)).map(({ key }) => key)
    },
    deleteMany: async (keys) =>
      keys.map((key) => {
        const present = live(key) !== undefined
        records.delete(key)
        return present
      }),
    addMany: async (batch) => batch.map((record) => !live(record.key) && write(record)),
    replaceMany: async (replacements) => replacements.map(replace),
    ...(counts && { incrementMany: async (increments) => increments.map(increment) }),
    async *scan(prefix) {
      for (const key of records.keys()) if (key.startsWith(prefix) && live(key)) yield key
    },
    prune: async () => 0,
    close: async () => {},
  }
}

const key = fc.constantFrom('a', 'b', 'A', 'a ', 'ab', '\ud800')
const stamp = fc.integer({ min: 1, max: 3 })
/** Instants from now; the small ones pass, or have passed. */
const life = fc.constantFrom(Infinity, 1e13, 2000.5, 1000, 1, 0, -5)
const record = fc.record({
  key,
  stamp,
  life,
  keep: fc.boolean(),
  number: fc.option(fc.integer(), { nil: undefined }),
  length: fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, fc.constant(50_000), fc.constant(500_000)),
})
type Sketch = typeof record extends fc.Arbitrary<infer R> ? R : never

function made(sketch: Sketch, now: number): StoreRecord {
  const { key, stamp, number } = sketch
  const text = 'x'.repeat(sketch.length)
  const value = number === undefined ? stamped(stamp, text) : counted(stamp, number, text)
  return { key, value, expiresAt: now + sketch.life, keep: sketch.keep }
}

const some = { maxLength: 5 }
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.array(key, some).map(
    (keys): Step =>
      async (store) =>
        (await store.getMany(keys)).map((value) => value && Buffer.from(value).toString('hex')),
  ),
  fc.array(record, some).map(
    (records): Step =>
      async (store, clock) => {
        const refused = await store.setMany(records.map((each) => made(each, clock.now())))
        return refused.toSorted()
      },
  ),
  fc.array(key, some).map(
    (keys): Step =>
      (store) =>
        store.deleteMany(keys),
  ),
  fc.array(record, some).map(
    (records): Step =>
      async (store, clock) =>
        store.addMany?.(records.map((each) => made(each, clock.now()))),
  ),
  fc.array(fc.tuple(stamp, record, fc.boolean()), some).map(
    (replacements): Step =>
      async (store, clock) =>
        store.replaceMany?.(
          replacements.map(([carried, each, remove]) => ({
            key: each.key,
            stamp: stampFrom(carried),
            record: remove ? undefined : made(each, clock.now()),
          })),
        ),
  ),
  fc.array(fc.tuple(key, stamp, fc.integer()), some).map(
    (increments): Step =>
      async (store) => {
        const answers = await store.incrementMany?.(
          increments.map(([key, number, by]) => ({ key, by, stamp: stampFrom(number) })),
        )
        return answers?.map((value) => value && Buffer.from(value).toString('hex'))
      },
  ),
  fc.constantFrom('', 'a', 'b').map(
    (prefix): Step =>
      async (store) => {
        const keys: string[] = []
        for await (const found of store.scan?.(prefix) ?? []) keys.push(found)
        return keys.toSorted()
      },
  ),
  fc.constant<Step>(async (store) => void (await store.prune?.())),
  fc.constantFrom(1, 999, 1000, 5000).map(
    (ms): Step =>
      async (_, clock) =>
        clock.advance(ms),
  ),
)

test.each([
  {
    name: 'memory',
    runs: 500,
    open: (clock: FakeClock) => memoryStore({ clock, maxBytes }),
  },
  {
    name: 'file',
    runs: 100,
    open: (clock: FakeClock, directory: string) => fileStore({ clock, directory, maxBytes }),
  },
])('the $name store answers what the model answers', async ({ open, runs }) => {
  const parent = temporaryDirectory()
  let count = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const directory = join(parent, `${count++}`)
      const [clock, modelClock] = [fakeClock(), fakeClock()]
      const store = open(clock, directory)
      const model = modelStore(modelClock, store.incrementMany !== undefined)
      for (const run of steps) {
        expect(await run(store, clock)).toEqual(await run(model, modelClock))
      }
      await store.close()
      await rm(directory, { recursive: true, force: true })
    }),
    { numRuns: runs },
  )
})
