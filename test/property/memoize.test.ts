import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { memoizeOn } from '../unit/memoize-parts.ts'

/** Arguments of a few kinds, made anew each time, so that only their structure can be what counts. */
const argumentsMade: readonly (() => unknown[])[] = [
  () => [],
  () => [1],
  () => ['1'],
  () => [-0],
  () => [{ a: 1, b: [2] }],
  () => [{ b: [2], a: 1 }],
  () => [new Map([[1, 'a']]), new Date(5)],
]
/** The fifth and the sixth are equal. */
const kindOf = (index: number) => (index === 5 ? 4 : index)
const objects = [undefined, { name: 'one' }, { name: 'other' }] as const

const anyArguments = fc.nat(argumentsMade.length - 1)
const anyObject = fc.nat(objects.length - 1)
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ verb: fc.constant('call' as const), args: anyArguments, on: anyObject }),
  },
  fc.record({
    verb: fc.constantFrom('refresh' as const, 'invalidate' as const, 'peek' as const),
    args: anyArguments,
    on: fc.integer({ min: 1, max: objects.length - 1 }),
  }),
  fc.record({ verb: fc.constant('invalidate everywhere' as const), args: anyArguments }),
  fc.record({ verb: fc.constant('clear' as const) }),
  fc.record({ verb: fc.constant('pass' as const), ms: fc.nat(150) }),
)

test('what is kept, and for how long, is what the model says', () => {
  const ttls = fc.constantFrom(null, 100, 0)
  fc.assert(
    fc.property(
      ttls,
      fc.boolean(),
      fc.array(step, { maxLength: 60 }),
      (ttl, perInstance, steps) => {
        const clock = fakeClock()
        let runs = 0
        const memoized = memoizeOn(clock)(
          function (this: unknown, ..._args: unknown[]): number {
            return ++runs
          },
          { ttl, perInstance },
        )
        /** Run and end of what is kept, by object and arguments. */
        const model = new Map<string, { run: number; until: number }>()
        const keyOf = (args: number, on: number) => `${perInstance ? on : 0} ${kindOf(args)}`
        const kept = (key: string) => {
          const result = model.get(key)
          return result && result.until > clock.now() ? result.run : undefined
        }
        const keep = (key: string, run: number) =>
          model.set(key, { run, until: ttl === null ? Infinity : clock.now() + ttl })

        for (const taken of steps) {
          if (taken.verb === 'pass') clock.advance(taken.ms)
          else if (taken.verb === 'clear') {
            memoized.clear()
            model.clear()
          } else if (taken.verb === 'invalidate everywhere') {
            const keys = objects.map((_, on) => keyOf(taken.args, on))
            memoized.invalidate(...argumentsOf(taken.args))
            for (const key of keys) model.delete(key)
          } else {
            const key = keyOf(taken.args, taken.on)
            const [object, args] = [objects[taken.on], argumentsOf(taken.args)]
            const before = kept(key)
            if (taken.verb === 'peek') expect(memoized.peek.call(object, ...args)).toBe(before)
            else if (taken.verb === 'invalidate') {
              expect(memoized.invalidate.call(object, ...args)).toBe(before !== undefined)
              model.delete(key)
            } else {
              const again = taken.verb === 'refresh' || before === undefined
              const expected = again ? runs + 1 : before
              const answer =
                again && taken.verb === 'refresh'
                  ? memoized.refresh.call(object, ...args)
                  : memoized.call(object, ...args)
              expect(answer).toBe(expected)
              if (again) keep(key, answer)
            }
          }
        }
      },
    ),
    { numRuns: 1000 },
  )
})

function argumentsOf(index: number): unknown[] {
  return argumentsMade[index]?.() ?? []
}

test('a pure function answers what it would without', () => {
  const bounds = fc.record({
    maxEntries: fc.integer({ min: 1, max: 5 }),
    ttl: fc.constantFrom(null, 50),
  })
  const argument = fc.oneof(
    fc.constantFrom<unknown>(0, -0, 1, '1', 1n, null, undefined, true, [], {}, [1], { a: 1 }),
    fc.constantFrom<unknown>(new Set([1]), new Map([[1, 1]]), new Date(1), /a/g, Symbol.iterator),
  )
  const calls = fc.array(fc.tuple(fc.array(argument, { maxLength: 2 }), fc.nat(30)), {
    maxLength: 60,
  })
  const describe = (...args: readonly unknown[]) =>
    args.map((arg) => [typeof arg, Object.is(arg, -0), Object(arg).constructor, arg])
  fc.assert(
    fc.property(bounds, calls, (options, made) => {
      const clock = fakeClock()
      const memoized = memoizeOn(clock)(describe, options)
      for (const [args, ms] of made) {
        expect(memoized(...args)).toEqual(describe(...args))
        expect(memoized.stats().entries).toBeLessThanOrEqual(options.maxEntries)
        clock.advance(ms)
      }
      const { hits, misses } = memoized.stats()
      expect(hits + misses).toBe(made.length)
    }),
    { numRuns: 500 },
  )
})

test('no caller is answered what was read before the last invalidation it knew of', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom('read', 'write', 'clear', 'refresh'), {
        minLength: 3,
        maxLength: 14,
      }),
      async (scheduler, steps) => {
        let source = 0
        let underWay = 0
        let most = 0
        const memoized = memoizeOn(fakeClock())(async (_id: string) => {
          most = Math.max(most, ++underWay)
          const value = source
          await scheduler.schedule(Promise.resolve(), 'load')
          underWay--
          return value
        })
        const reads: Promise<void>[] = []
        const read = async (answer: () => Promise<number>) => {
          const oldest = source
          expect(await answer()).toBeGreaterThanOrEqual(oldest)
        }
        const { task } = scheduler.scheduleSequence(
          steps.map((name) => ({
            label: name,
            builder: async () => {
              if (name === 'read') reads.push(read(() => memoized('id')))
              else if (name === 'refresh') reads.push(read(() => memoized.refresh('id')))
              else {
                source++
                if (name === 'clear') memoized.clear()
                else memoized.invalidate('id')
              }
            },
          })),
        )
        await scheduler.waitFor(task)
        await scheduler.waitFor(Promise.all(reads))
        expect(memoized.peek('id') ?? source).toBe(source)
        const newCalls = steps.filter((name) => name !== 'read').length
        expect(most).toBeLessThanOrEqual(newCalls + 1)
      },
    ),
    { numRuns: 1000 },
  )
})
