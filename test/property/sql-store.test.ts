import fc from 'fast-check'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import type { Store, StoreRecord } from '../../src/contracts/store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { sqlStore } from '../../src/stores/sql.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { stamped, stampFrom } from '../../src/testing/store-case.ts'
import { sqlDrivers, stopServers } from '../servers/sql-drivers.ts'

type Verbs = Required<Store>

interface World {
  /** Puts before a key what no other run has. */
  readonly own: (key: string) => string
  readonly now: number
}

/** Something to do; the answer is compared. */
type Step = (store: Verbs, world: World) => Promise<unknown>

const long = 'x'.repeat(700)
const key = fc.constantFrom('a', 'A', 'a ', 'ab', '', '\0', '\ud800', '\u4e16', long, `${long}y`)
const stamp = fc.integer({ min: 1, max: 3 })
const life = fc.constantFrom(Infinity, 1e13, 2000.5, 1000, 1, 0, -5)
const sketch = fc.record({ key, stamp, life, keep: fc.boolean(), length: fc.nat(40) })
type Sketch = typeof sketch extends fc.Arbitrary<infer S> ? S : never

function made(from: Sketch, { own, now }: World): StoreRecord {
  const value = stamped(from.stamp, 'x'.repeat(from.length))
  return { key: own(from.key), value, expiresAt: now + from.life, keep: from.keep }
}

function some<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(one, { maxLength: 6 })
}

const step: fc.Arbitrary<Step> = fc.oneof(
  some(key).map(
    (keys): Step =>
      async (store, { own }) => {
        const found = await store.getMany(keys.map(own))
        return found.map((value) => value && Buffer.from(value).toString('hex'))
      },
  ),
  some(sketch).map(
    (all): Step =>
      (store, world) =>
        store.setMany(all.map((one) => made(one, world))),
  ),
  some(sketch).map(
    (all): Step =>
      (store, world) =>
        store.addMany(all.map((one) => made(one, world))),
  ),
  some(fc.tuple(stamp, sketch, fc.boolean())).map(
    (all): Step =>
      (store, world) =>
        store.replaceMany(
          all.map(([carried, one, remove]) => ({
            key: world.own(one.key),
            stamp: stampFrom(carried),
            record: remove ? undefined : made(one, world),
          })),
        ),
  ),
  some(key).map(
    (keys): Step =>
      (store, { own }) =>
        store.deleteMany(keys.map(own)),
  ),
  fc.constantFrom('', 'a', long).map(
    (prefix): Step =>
      async (store, { own }) => {
        const keys: string[] = []
        for await (const found of store.scan(own(prefix))) keys.push(found)
        return keys.toSorted()
      },
  ),
  fc.constant<Step>(async (store) => void (await store.prune())),
)

test.each(sqlDrivers)('over $name it answers what the memory store answers', async ({ open }) => {
  const place = await open()
  const clock = fakeClock(Date.now())
  const store = sqlStore({ database: place.connect(), clock }) as Verbs
  onTestFinished(async () => {
    await store.close()
    await place.leave()
  })
  let runs = 0
  const pause = fc.constantFrom(0, 1, 999, 1000)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(pause, step), { maxLength: 20 }), async (steps) => {
      const model = memoryStore({ clock }) as Verbs
      const prefix = `${runs++}:`
      for (const [ms, act] of steps) {
        clock.advance(ms)
        const world = { own: (name: string) => prefix + name, now: clock.now() }
        expect(await act(store, world)).toEqual(await act(model, world))
      }
    }),
    { numRuns: 60 },
  )
})

afterAll(stopServers)
