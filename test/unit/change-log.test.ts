import { expect, test } from 'vitest'
import { ChangeLog } from '../../src/kernel/change-log.ts'

test('it begins with tick 0, since when nothing has changed', () => {
  const log = new ChangeLog(2)
  expect(log.now).toBe(0)
  expect(log.changedSince('a', 0)).toBe(false)
})

test('what was forgotten before everything changed is not forgotten again', () => {
  const log = new ChangeLog(2)
  for (const name of ['a', 'b', 'c']) log.mark(name)
  const everything = log.markAll()
  expect(log.size).toBe(0)
  const [first] = ['d', 'e', 'f'].map((name) => log.mark(name)) as [number]
  expect(log.size).toBe(2)
  expect(log.changedSince('never', everything - 1)).toBe(true)
  expect(log.changedSince('never', first - 1)).toBe(true)
  expect(log.changedSince('never', first)).toBe(false)
})

test('names that change again take the place of none', () => {
  const log = new ChangeLog(3)
  for (const name of ['a', 'b', 'c', 'd']) log.mark(name)
  const { now } = log
  for (let i = 0; i < 20; i++) log.mark(i % 2 ? 'c' : 'd')
  expect(log.size).toBe(3)
  expect(['a', 'b'].map((name) => log.changedSince(name, now))).toEqual([false, false])
})
