import { expect, test } from 'vitest'
import { Permits } from '../../src/kernel/permits.ts'

test('so many run at a time, the others in turn', async () => {
  const permits = new Permits(2)
  const began: number[] = []
  const ends: (() => void)[] = []
  const task = (n: number) => () =>
    new Promise<number>((resolve) => {
      began.push(n)
      ends.push(() => resolve(n))
    })
  const runs = [0, 1, 2, 3].map((n) => permits.run(task(n)))
  await Promise.resolve()
  expect([began, permits.isFree]).toEqual([[0, 1], false])
  ends[1]?.()
  expect(await runs[1]).toBe(1)
  expect(began).toEqual([0, 1, 2])
  ends[0]?.()
  ends[2]?.()
  await Promise.all([runs[0], runs[2]])
  ends[3]?.()
  expect(await runs[3]).toBe(3)
  expect(permits.isFree).toBe(true)
})

test('one that is free is taken at once, and the last one is the last', () => {
  const permits = new Permits(1)
  expect(permits.isFree).toBe(true)
  expect(permits.take()).toBeUndefined()
  expect(permits.isFree).toBe(false)
  expect(permits.take()).toBeInstanceOf(Promise)
  expect(new Permits(0).isFree).toBe(false)
})

test('a task that fails gives back what it held', async () => {
  const permits = new Permits(1)
  await expect(permits.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(permits.isFree).toBe(true)
})
