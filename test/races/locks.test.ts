import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { Cache } from '../../src/contracts/cache.ts'
import type { Hold } from '../../src/contracts/locks.ts'
import type { Store } from '../../src/contracts/store.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { runSchedule, scheduled, scheduledBus } from './scheduled.ts'

/** Locks, semaphores and limits of one to three caches, whatever happens in which order. */

const ttl = 1_000

interface Setup {
  readonly processes: number
  readonly withStore: boolean
  readonly withBus: boolean
  /** Whether the store adds to counters by itself. */
  readonly counts: boolean
}

const setups: fc.Arbitrary<Setup> = fc.oneof(
  fc.constant({ processes: 1, withStore: false, withBus: false, counts: false }),
  fc.record({
    processes: fc.integer({ min: 1, max: 3 }),
    withStore: fc.constant(true),
    withBus: fc.boolean(),
    counts: fc.boolean(),
  }),
)

function cachesOf(setup: Setup, scheduler: fc.Scheduler, clock: FakeClock): Cache[] {
  const memory = memoryStore({ clock })
  const { incrementMany } = memory
  const store: Store = {
    ...scheduled(memory, scheduler),
    ...(setup.counts && {
      async incrementMany(increments) {
        await scheduler.schedule(Promise.resolve(), 'before incrementMany')
        const answer = await incrementMany?.call(memory, increments)
        await scheduler.schedule(Promise.resolve(), 'after incrementMany')
        return answer ?? []
      },
    }),
  }
  const hub = memoryHub()
  return Array.from({ length: setup.processes }, () =>
    createCache({
      clock,
      storeTimeout: '1h',
      ...(setup.withStore && { store }),
      ...(setup.withBus && { bus: scheduledBus(hub.connect(), scheduler) }),
    }),
  )
}

test('as many hold a lock as it has permits, fences grow, and everybody gets a turn', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      setups,
      fc.integer({ min: 1, max: 3 }),
      fc.array(
        fc.record({
          process: fc.nat(2),
          /** What becomes of the holder. */
          end: fc.constantFrom('release', 'extend', 'crash', 'oversleep'),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      async (scheduler, setup, permits, workers) => {
        const clock = fakeClock()
        const caches = cachesOf(setup, scheduler, clock)
        const held = new Set<Hold>()
        const fences: number[] = []
        const work = workers.map(async ({ process, end }) => {
          const cache = caches[process % caches.length] as Cache
          await scheduler.schedule(Promise.resolve(), 'call')
          const lock = cache.semaphore('job', permits, { ttl, wait: Infinity })
          const hold = await lock.acquire()
          fences.push(hold.fence)
          held.add(hold)
          expect([...held].filter(({ isHeld }) => isHeld).length).toBeLessThanOrEqual(permits)
          await scheduler.schedule(Promise.resolve(), 'work')
          if (end === 'crash') return
          if (end === 'extend' && hold.isHeld) await hold.extend()
          if (end === 'oversleep') {
            await new Promise<void>((resolve) => clock.schedule(2 * ttl, resolve, 'foreground'))
            expect([hold.isHeld, hold.signal.aborted]).toEqual([false, true])
          }
          const isHeld = hold.isHeld
          held.delete(hold)
          expect(await hold.release()).toBe(isHeld)
        })
        await runSchedule(scheduler, clock, Promise.all(work))
        expect(fences.length).toBe(workers.length)
        expect(new Set(fences).size).toBe(workers.length)
        if (permits === 1) expect(fences).toEqual([...fences].sort((a, b) => a - b))
        // No permit is lost: when all are over, so many are free.
        await clock.pass(ttl)
        const [cache] = caches as [Cache]
        const lock = cache.semaphore('job', permits, { ttl })
        const last = Promise.all(Array.from({ length: permits + 1 }, () => lock.tryAcquire()))
        await runSchedule(scheduler, clock, last)
        expect((await last).filter((hold) => hold !== undefined).length).toBe(permits)
      },
    ),
    { numRuns: 200, endOnFailure: true },
  )
})

test('who waits in one process gets a lock in the order of asking', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom(true, false),
      fc.array(fc.constantFrom('stay', 'give up'), { minLength: 1, maxLength: 8 }),
      async (scheduler, withStore, callers) => {
        const clock = fakeClock()
        const setup = { processes: 1, withStore, withBus: false, counts: false }
        const [cache] = cachesOf(setup, scheduler, clock) as [Cache]
        const lock = cache.lock('turn', { ttl: '1h', wait: Infinity })
        const first = lock.acquire()
        const served: number[] = []
        const calls = callers.map(async (caller, i) => {
          const controller = new AbortController()
          const call = lock.run(() => void served.push(i), { signal: controller.signal })
          if (caller === 'stay') return call
          await scheduler.schedule(Promise.resolve(), 'give up')
          controller.abort('enough')
          await call.catch((reason) => expect(reason).toBe('enough'))
        })
        const work = first.then((hold) => hold.release()).then(() => Promise.all(calls))
        await runSchedule(scheduler, clock, work)
        expect(served).toEqual([...served].sort((a, b) => a - b))
        for (const [i, caller] of callers.entries()) {
          if (caller === 'stay') expect(served).toContain(i)
        }
        expect(await settledFree(lock.tryAcquire(), scheduler, clock)).toBeDefined()
      },
    ),
    { numRuns: 150, endOnFailure: true },
  )
})

test('no window has more than the limit, nor any time more than what is said of it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      setups,
      fc.constantFrom('fixed' as const, 'sliding' as const),
      fc.integer({ min: 1, max: 6 }),
      fc.array(
        fc.record({ process: fc.nat(2), at: fc.nat(400), cost: fc.integer({ min: 1, max: 3 }) }),
        { minLength: 1, maxLength: 30 },
      ),
      async (scheduler, setup, algorithm, limit, takes) => {
        const window = 100
        const clock = fakeClock(1_700_000_000_000)
        const start = clock.now()
        const caches = cachesOf(setup, scheduler, clock)
        const taken: { at: number; cost: number }[] = []
        const work = takes.map(async ({ process, at, cost }) => {
          await new Promise<void>((resolve) => clock.schedule(at, resolve, 'foreground'))
          const cache = caches[process % caches.length] as Cache
          const rate = cache.rateLimit('calls', { limit, window, algorithm })
          const asked = clock.now() - start
          const { allowed } = await rate.take('somebody', Math.min(cost, limit))
          if (allowed) taken.push({ at: asked, cost: Math.min(cost, limit) })
        })
        await runSchedule(scheduler, clock, Promise.all(work))
        const sum = (from: number, to: number) =>
          taken.reduce((all, { at, cost }) => (at >= from && at <= to ? all + cost : all), 0)
        for (let from = 0; from <= 400; from += window) {
          expect(sum(from, from + window - 1)).toBeLessThanOrEqual(limit)
        }
        if (algorithm === 'fixed') return
        for (const { at: from } of taken) {
          for (const { at: to } of taken) {
            if (to < from || to - from >= window) continue
            const most = limit * (1 + (to - from) / window)
            expect(sum(from, to)).toBeLessThanOrEqual(most + 1e-6)
          }
        }
      },
    ),
    { numRuns: 200, endOnFailure: true },
  )
})

async function settledFree<T>(
  work: Promise<T>,
  scheduler: fc.Scheduler,
  clock: FakeClock,
): Promise<T> {
  await runSchedule(scheduler, clock, work)
  return work
}
