import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { memoizeGenerator } from '../../src/memoize/streams/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'
import { runSchedule, scheduled } from '../races/scheduled.ts'

/** What becomes of the runs, in turn: how long each is, and whether it fails after so many chunks. */
interface RunPlan {
  readonly length: number
  readonly fails: boolean
}

/** What one caller does: reads all, or leaves after so many chunks. */
interface ReaderPlan {
  readonly leavesAfter: number | undefined
}

interface Plan {
  readonly runs: readonly RunPlan[]
  readonly readers: readonly ReaderPlan[]
  readonly invalidations: number
  readonly stored: boolean
  readonly pace: 'fastest' | 'slowest'
  readonly maxBytes: number
}

const plans: fc.Arbitrary<Plan> = fc.record({
  runs: fc.array(fc.record({ length: fc.nat(4), fails: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  }),
  readers: fc.array(fc.record({ leavesAfter: fc.option(fc.nat(4), { nil: undefined, freq: 2 }) }), {
    minLength: 1,
    maxLength: 5,
  }),
  invalidations: fc.nat(2),
  stored: fc.boolean(),
  pace: fc.constantFrom('fastest', 'slowest'),
  maxBytes: fc.constantFrom(200, 10_000),
})

/** What a caller was given, and how that ended. */
interface Reading {
  readonly chunks: string[]
  /** Runs that had begun before an invalidation that was done when it came. */
  readonly outdated: number
  end: 'done' | 'left' | Error
}

async function play(plan: Plan, scheduler: fc.Scheduler) {
  const clock = fakeClock()
  const store = plan.stored ? { store: scheduled(memoryStore({ clock }), scheduler) } : {}
  const cache = createCache({ clock, ...store })
  const pause = (what: string) => scheduler.schedule(Promise.resolve(), what)
  const begun: RunPlan[] = []
  let outdated = 0
  const numbers = memoizeGenerator(
    async function* numbers() {
      const run = begun.length
      const { length, fails } = plan.runs[run % plan.runs.length] as RunPlan
      begun.push({ length, fails })
      for (let n = 0; n < length; n++) {
        await pause(`chunk ${n} of ${run}`)
        yield `${run}:${n}`
      }
      await pause(`end of ${run}`)
      if (fails) throw new Error(`${run}`)
    },
    { cache, pace: plan.pace, maxBytes: plan.maxBytes },
  )
  async function read({ leavesAfter = Infinity }: ReaderPlan): Promise<Reading> {
    await pause('caller')
    const reading: Reading = { chunks: [], outdated, end: 'left' }
    const reader = numbers()
    try {
      while (reading.chunks.length < leavesAfter) {
        await pause('read')
        const { done, value } = await reader.next()
        if (done) return { ...reading, end: 'done' }
        reading.chunks.push(value)
      }
      await reader.return?.()
      return reading
    } catch (error) {
      return { ...reading, end: error as Error }
    }
  }
  async function invalidate(): Promise<void> {
    await pause('invalidate')
    const before = begun.length
    await numbers.invalidate()
    outdated = Math.max(outdated, before)
  }
  let readings: Reading[] = []
  const work = async () => {
    const others = [...Array(plan.invalidations)].map(invalidate)
    readings = await Promise.all(plan.readers.map(read))
    await Promise.all(others)
  }
  await runSchedule(scheduler, clock, work())
  // The last reader has its end before the run is in the store.
  for (await settle(); scheduler.count() > 0; await settle()) await scheduler.waitOne()
  let kept: { chunks: string[] } | undefined
  const look = async () => {
    kept = await cache.namespace('numbers').get(numbers.key())
    await cache.close()
  }
  await runSchedule(scheduler, clock, look())
  return { begun, readings, kept }
}

const chunksOf = (run: number, length: number) => [...Array(length)].map((_, n) => `${run}:${n}`)

test('every reader has one run from its beginning; only complete ones are kept', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.scheduler(), async (plan, scheduler) => {
      const { begun, readings, kept } = await play(plan, scheduler)
      const whole = begun.map(({ length }, run) => chunksOf(run, length))
      for (const { chunks, outdated, end } of readings) {
        const run = Number(chunks[0]?.split(':')[0] ?? (end instanceof Error ? end.message : -1))
        if (end instanceof Error) expect(end.message).toBe(`${run}`)
        if (run === -1) {
          if (end === 'done')
            expect(begun.some(({ length, fails }) => length === 0 && !fails)).toBe(true)
          continue
        }
        expect(run).toBeGreaterThanOrEqual(outdated)
        expect(chunks).toEqual(whole[run]?.slice(0, chunks.length))
        if (end === 'done') expect(begun[run]?.fails).toBe(false)
        if (end instanceof Error) expect(begun[run]?.fails).toBe(true)
        const nothingCame = end instanceof Error && chunks.length === 0
        if (end !== 'left' && !nothingCame) expect(chunks).toEqual(whole[run])
      }
      if (kept !== undefined) {
        const complete = whole.filter((_, run) => !begun[run]?.fails)
        expect(complete).toContainEqual(kept.chunks)
      }
      const calm =
        plan.invalidations === 0 &&
        plan.maxBytes > 1000 &&
        plan.runs.every(({ fails }) => !fails) &&
        plan.readers.every(({ leavesAfter }) => leavesAfter === undefined)
      if (calm) expect(begun.length).toBe(1)
      if (calm) expect(kept?.chunks).toEqual(whole[0])
    }),
    { numRuns: 1000 },
  )
})
