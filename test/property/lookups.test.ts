import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lookups } from '../../src/kernel/lookups.ts'

const lower = (keys: readonly string[]) => keys.map((key) => key.toLowerCase())
const key = fc.constantFrom(...'ABCDEFGH')
const turn = fc.array(fc.oneof(key, fc.array(key, { maxLength: 12 })), { maxLength: 20 })

test('what is asked for in one turn is looked up once, in batches that keep to the limit', async () => {
  await fc.assert(
    fc.asyncProperty(turn, fc.integer({ min: 1, max: 6 }), async (asked, limit) => {
      const batches: string[][] = []
      const lookups = new Lookups(async (keys: string[]) => {
        batches.push(keys)
        return lower(keys)
      }, limit)
      const found = await Promise.all(
        asked.map((one) => (typeof one === 'string' ? lookups.ask(one) : lookups.askMany(one))),
      )
      for (const [i, answers] of found.entries()) {
        const keys = [asked[i] ?? []].flat()
        expect(keys.map((one) => answers.get(one))).toEqual(lower(keys))
      }
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(limit)
        expect(new Set(batch).size).toBe(batch.length)
      }
      const all = new Set(asked.flat())
      if (all.size <= limit) expect(batches.flat()).toEqual([...all])
    }),
  )
})

test('whoever asks while a batch is under way is answered from the next one', async () => {
  const answers: ((answers: number[]) => void)[] = []
  const lookups = new Lookups(
    () => new Promise<number[]>((resolve) => void answers.push(resolve)),
    9,
  )
  const first = lookups.ask('a')
  await Promise.resolve()
  const second = lookups.ask('a')
  expect(lookups.ask('a')).toBe(second)
  await Promise.resolve()
  answers[1]?.([2])
  answers[0]?.([1])
  expect((await first).get('a')).toBe(1)
  expect((await second).get('a')).toBe(2)
})

test('a batch that fails fails for all who asked, and for nobody else', async () => {
  let fails = true
  const lookups = new Lookups(async (keys: string[]) => {
    if (fails) throw new Error('down')
    return lower(keys)
  }, 2)
  const asked = [lookups.ask('A'), lookups.askMany(['B', 'C']), lookups.askMany(['A', 'B'])]
  for (const answer of asked) await expect(answer).rejects.toThrow('down')
  fails = false
  expect((await lookups.ask('A')).get('A')).toBe('a')
})

test('what is still being collected stays so when the batch before it is handed over', async () => {
  const lookups = new Lookups(async (keys: string[]) => lower(keys), 1)
  lookups.ask('A')
  let meanwhile: unknown
  queueMicrotask(() => {
    meanwhile = lookups.ask('B')
  })
  const asked = lookups.ask('B')
  expect((await asked).get('B')).toBe('b')
  expect(meanwhile).toBe(asked)
})
