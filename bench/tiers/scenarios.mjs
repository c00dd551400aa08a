import { withCallers } from './with-callers.mjs'

/**
 * What is not a race. Each has the names of its `subjects`, and `run(name, plan)`, which answers what
 * was seen.
 */
export const scenarios = [
  {
    name: '4 processes × 1,000 callers of one cold key',
    subjects: ['hotset', 'hotset-ioredis', 'bentocache'],
    run: (name) =>
      withCallers(name, 4, async (callers) => {
        const ask = { verb: 'storm', key: 'cold', count: 1_000 }
        const answers = await Promise.all(callers.map((caller) => caller.ask(ask)))
        return { loads: answers.reduce((sum, { loads }) => sum + loads, 0) }
      }),
  },
  {
    name: 'invalidation of 10,000 of 100,000 entries',
    subjects: ['hotset'],
    run: (name) =>
      withCallers(name, 1, async ([caller]) => {
        await caller.ask({ verb: 'fill' })
        return caller.ask({ verb: 'invalidate' })
      }),
  },
]
