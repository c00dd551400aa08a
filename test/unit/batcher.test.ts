import { expect, test } from 'vitest'
import { Batcher } from '../../src/kernel/batcher.ts'

function batching(limit: number, run = async (items: number[]) => items.map((item) => item * 10)) {
  const batches: number[][] = []
  const batcher = new Batcher((items: number[]) => {
    batches.push(items)
    return run(items)
  }, limit)
  return { batcher, batches }
}

test('what is asked for in a turn is one batch, and everybody has his own answer', async () => {
  const { batcher, batches } = batching(10)
  expect(await Promise.all([1, 2, 3].map((item) => batcher.add(item)))).toEqual([10, 20, 30])
  expect(await batcher.add(4)).toBe(40)
  expect(batches).toEqual([[1, 2, 3], [4]])
})

test('no batch has more than the limit', async () => {
  const { batcher, batches } = batching(2)
  const items = [1, 2, 3, 4, 5]
  expect(await Promise.all(items.map((item) => batcher.add(item)))).toEqual([10, 20, 30, 40, 50])
  expect(batches).toEqual([[1, 2], [3, 4], [5]])
})

test('a batch of just the limit is not followed by an empty one', async () => {
  const { batcher, batches } = batching(2)
  await Promise.all([batcher.add(1), batcher.add(2)])
  await batcher.add(3)
  expect(batches).toEqual([[1, 2], [3]])
})

test('a failure is that of everybody in the batch, and of nobody else', async () => {
  const failure = new Error('down')
  const { batcher } = batching(2, async (items) => {
    if (items.includes(1)) throw failure
    return items
  })
  const settled = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)))
  expect(settled).toEqual([
    { status: 'rejected', reason: failure },
    { status: 'rejected', reason: failure },
    { status: 'fulfilled', value: 3 },
  ])
})

test('who asks while a batch is handed over is in the next one, and none is empty', async () => {
  const asked: Promise<number>[] = []
  const { batcher, batches } = batching(2, async (items) => {
    if (items.includes(1)) asked.push(batcher.add(10))
    return items
  })
  asked.push(...[1, 2, 3].map((item) => batcher.add(item)))
  await Promise.all(asked)
  expect(await batcher.add(4)).toBe(4)
  expect(batches).toEqual([[1, 2], [10, 3], [4]])
})
