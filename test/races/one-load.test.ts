import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { Cache, LoadOptions } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'
import { runSchedule, scheduled, scheduledBus } from './scheduled.ts'

/** Promise 3: callers of one key share one load, in a process and across those that share a store. */

test('a thousand callers of one cold key in one process make one load', async () => {
  const cache = createCache({ clock: fakeClock() })
  let loads = 0
  const calls = Array.from({ length: 1000 }, () =>
    cache.getOrSet('k', async () => {
      loads++
      await settle()
      return loads
    }),
  )
  expect(new Set(await Promise.all(calls))).toEqual(new Set([1]))
  expect(loads).toBe(1)
})

test('a failing loader is called once for all who wait, and its own error reaches each', async () => {
  const cache = createCache({ clock: fakeClock() })
  const error = new RangeError('the database is down')
  let loads = 0
  const calls = Array.from({ length: 100 }, () =>
    cache.getOrSet('k', async () => {
      loads++
      await settle()
      throw error
    }),
  )
  for (const outcome of await Promise.allSettled(calls)) {
    expect(outcome.status === 'rejected' && outcome.reason).toBe(error)
  }
  expect(loads).toBe(1)
})

test('processes that share a store make one load, in whatever order things happen', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.nat(2), { minLength: 2, maxLength: 8 }),
      fc.boolean(),
      async (scheduler, callers, withBus) => {
        const clock = fakeClock()
        const store = scheduled(memoryStore({ clock }), scheduler)
        const hub = memoryHub()
        const caches = [0, 1, 2].map(() =>
          createCache({
            clock,
            store,
            ...(withBus && { bus: scheduledBus(hub.connect(), scheduler) }),
          }),
        )
        let loads = 0
        const call = async (process: number) => {
          await scheduler.schedule(Promise.resolve(), 'call')
          return caches[process]?.getOrSet('k', async () => {
            loads++
            await scheduler.schedule(Promise.resolve(), 'load')
            return 'value'
          })
        }
        const work = Promise.all(callers.map(call))
        await runSchedule(scheduler, clock, work)
        expect(new Set(await work)).toEqual(new Set(['value']))
        expect(loads).toBe(1)
      },
    ),
    { numRuns: 150, endOnFailure: true },
  )
})

test('a stale entry is renewed once by all processes, who are served the stale value meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.nat(2), { minLength: 2, maxLength: 8 }),
      async (scheduler, callers) => {
        const clock = fakeClock()
        const store = memoryStore({ clock })
        const options: LoadOptions = { ttl: '1m', staleWhileRevalidate: '10m' }
        await createCache({ clock, store }).set('k', 'old', options)
        clock.advance(90_000)
        const caches = [0, 1, 2].map(() =>
          createCache({ clock, store: scheduled(store, scheduler) }),
        )
        let loads = 0
        const call = async (process: number) => {
          await scheduler.schedule(Promise.resolve(), 'call')
          return caches[process]?.getOrSet(
            'k',
            async () => {
              loads++
              await scheduler.schedule(Promise.resolve(), 'load')
              return 'new'
            },
            options,
          )
        }
        const work = Promise.all(callers.map(call)).then(async (values) => {
          await Promise.all(caches.map((cache) => cache.close()))
          return values
        })
        await runSchedule(scheduler, clock, work)
        for (const value of await work) expect(['old', 'new']).toContain(value)
        expect(loads).toBe(1)
      },
    ),
    { numRuns: 150, endOnFailure: true },
  )
})

test('the death of who holds the lease costs at most the lease time', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  let alive = true
  const dying = createCache({
    clock: {
      now: clock.now,
      schedule: (ms, run, kind) => clock.schedule(ms, () => alive && run(), kind),
    },
    store: {
      ...store,
      replaceMany: async (changes) =>
        alive ? ((await store.replaceMany?.(changes)) ?? []) : new Promise(() => {}),
    },
    leaseTime: '5s',
  })
  void dying.getOrSet('k', () => new Promise(() => {}))
  await settle()
  alive = false
  const survivor = createCache({ clock, store, leaseTime: '5s' })
  let value: unknown
  void survivor
    .getOrSet('k', () => 'loaded by the survivor')
    .then((loaded) => {
      value = loaded
    })
  await clock.pass(4_900)
  expect(value).toBe(undefined)
  await clock.pass(200)
  expect(value).toBe('loaded by the survivor')
})

test('a load that takes longer than the lease keeps it while its process lives', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const caches = [0, 1].map(() => createCache({ clock, store, leaseTime: '3s', leaseWait: '10m' }))
  let loads = 0
  const slow = (cache: Cache) =>
    cache.getOrSet('k', async () => {
      loads++
      await new Promise<void>((resolve) => clock.schedule(20_000, resolve, 'foreground'))
      return loads
    })
  const work = Promise.all(caches.map(slow))
  await clock.pass(21_000)
  expect(await work).toEqual([1, 1])
})

test('who has waited too long for another process loads by itself', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const [stuck, patient] = [0, 1].map(() => createCache({ clock, store, leaseWait: '10s' })) as [
    Cache,
    Cache,
  ]
  void stuck.getOrSet('k', () => new Promise(() => {}))
  await settle()
  const value = patient.getOrSet('k', () => 'own')
  await clock.pass(10_100)
  expect(await value).toBe('own')
})
