import { expect, test } from 'vitest'
import { Serial } from '../../src/kernel/serial.ts'
import { settle } from '../../src/testing/fake-clock.ts'

test('what concerns one name runs one after the other, also for who comes when one has ended', async () => {
  const serial = new Serial()
  const begun: string[] = []
  const ends: (() => void)[] = []
  const run = (name: string, what: string) =>
    serial.run(name, () => {
      begun.push(what)
      return new Promise<void>((resolve) => void ends.push(resolve))
    })
  run('a', 'first')
  run('a', 'second')
  run('b', 'of another')
  expect(begun).toEqual(['first', 'of another'])
  ends[0]?.()
  await settle()
  run('a', 'third')
  await settle()
  expect(begun).toEqual(['first', 'of another', 'second'])
  ends[2]?.()
  await settle()
  expect(begun).toEqual(['first', 'of another', 'second', 'third'])
})

test('a failure is of its own alone', async () => {
  const serial = new Serial()
  const failure = new Error('its own')
  const settled = await Promise.allSettled([
    serial.run('a', () => Promise.reject(failure)),
    serial.run('a', async () => 'next'),
  ])
  expect(settled).toEqual([
    { status: 'rejected', reason: failure },
    { status: 'fulfilled', value: 'next' },
  ])
})
