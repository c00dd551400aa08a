import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SimulationResult, simulate, type Trace, traceOf } from '../../src/simulator/index.ts'
import { policyNames } from '../../src/simulator/policies.ts'
import { PositionSet } from '../../src/simulator/position-set.ts'

const tiny = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 14 })

/** The most hits of all: tries every choice of what is kept after each access. */
function mostHits(keys: readonly number[], size: number): number {
  let best = new Map<string, number>([['', 0]])
  for (const key of keys) {
    const next = new Map<string, number>()
    for (const [state, hits] of best) {
      const kept = state === '' ? [] : state.split(',').map(Number)
      const now = hits + (kept.includes(key) ? 1 : 0)
      const all = [...new Set([...kept, key])].sort()
      const choices =
        all.length <= size ? [all] : all.map((_, out) => all.filter((_, i) => i !== out))
      for (const choice of choices) {
        const name = choice.join(',')
        next.set(name, Math.max(next.get(name) ?? 0, now))
      }
    }
    best = next
  }
  return Math.max(...best.values())
}

async function hitsOf(trace: Trace, policy: string, size: number, seed = 0): Promise<number> {
  const [result] = await simulate(trace, { policies: [policy], sizes: [size], seed })
  return (result as SimulationResult).hits
}

test('belady has as many hits as the best of all choices', async () => {
  await fc.assert(
    fc.asyncProperty(tiny, fc.integer({ min: 1, max: 4 }), async (keys, size) => {
      expect(await hitsOf(traceOf('t', keys), 'belady', size)).toBe(mostHits(keys, size))
    }),
    { numRuns: 300 },
  )
})

test('no policy beats belady, and all have every hit where all keys have room', async () => {
  const keys = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(keys, fc.integer({ min: 1, max: 40 }), fc.nat(), async (keys, size, seed) => {
      const trace = traceOf('t', keys)
      const ceiling = await hitsOf(trace, 'belady', size)
      for (const policy of policyNames) {
        expect(await hitsOf(trace, policy, size, seed), policy).toBeLessThanOrEqual(ceiling)
        expect(await hitsOf(trace, policy, 61, seed), policy).toBe(keys.length - trace.unique)
      }
    }),
    { numRuns: 40 },
  )
})

test('lru hits just when fewer other keys came between than there is room for', async () => {
  const keys = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(keys, fc.integer({ min: 1, max: 20 }), async (keys, size) => {
      const hits = keys.filter((key, i) => {
        const before = keys.lastIndexOf(key, i - 1)
        return i > 0 && before !== -1 && new Set(keys.slice(before + 1, i)).size < size
      })
      expect(await hitsOf(traceOf('t', keys), 'lru', size)).toBe(hits.length)
    }),
  )
})

test('a set of positions is what a Set is', () => {
  // On both sides of the borders of words, on each level.
  const edge = fc.constantFrom(0, 1, 31, 32, 1_023, 1_024, 1_056, 32_767, 32_768, 33_792, 40_000)
  const commands = fc.array(fc.tuple(fc.boolean(), edge), { maxLength: 60 })
  fc.assert(
    fc.property(commands, (commands) => {
      const positions = new PositionSet(40_001)
      const model = new Set<number>()
      for (const [add, position] of commands) {
        expect(positions.has(position)).toBe(model.has(position))
        if (add) positions.add(position)
        else positions.delete(position)
        if (add) model.add(position)
        else model.delete(position)
        if (model.size > 0) expect(positions.greatest()).toBe(Math.max(...model))
      }
    }),
  )
})
