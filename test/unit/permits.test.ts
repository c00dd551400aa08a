import { expect, test } from 'vitest'
import { Permits } from '../../src/kernel/permits.ts'
import { settle } from '../../src/testing/fake-clock.ts'

/** A task that has begun when it is in `begun`, and ends when it is told to. */
function tasks(permits: Permits) {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const run = (name: string) =>
    permits.run(async () => {
      begun.push(name)
      await new Promise<void>((resolve) => ends.set(name, resolve))
      return name
    })
  return { begun, run, end: (name: string) => ends.get(name)?.() }
}

test('so many run at a time, at once, and the others in turn', async () => {
  const permits = new Permits(2)
  const { begun, run, end } = tasks(permits)
  const answers = ['a', 'b', 'c', 'd'].map(run)
  expect(begun).toEqual(['a', 'b'])
  await settle()
  expect(begun).toEqual(['a', 'b'])
  end('b')
  await settle()
  expect(begun).toEqual(['a', 'b', 'c'])
  for (const name of ['a', 'c']) end(name)
  await settle()
  end('d')
  expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd'])
})

test('one is free until the last is taken, and when it is given back', () => {
  const permits = new Permits(2)
  expect(permits.isFree).toBe(true)
  expect(permits.take()).toBeUndefined()
  expect(permits.isFree).toBe(true)
  expect(permits.take()).toBeUndefined()
  expect(permits.isFree).toBe(false)
  expect(permits.take()).toBeInstanceOf(Promise)
  permits.giveBack()
  expect(permits.isFree).toBe(false)
  permits.giveBack()
  expect(permits.isFree).toBe(true)
})

test('a task that fails gives its own back', async () => {
  const permits = new Permits(1)
  const failure = new Error('its own')
  await expect(permits.run(() => Promise.reject(failure))).rejects.toBe(failure)
  expect(permits.isFree).toBe(true)
})
