import { expect, test } from 'vitest'
import { Serial } from '../../src/kernel/serial.ts'

test('of one name each waits for the one before, however it ended; another name does not', async () => {
  const serial = new Serial()
  const began: string[] = []
  const ends = new Map<string, (error?: Error) => void>()
  const body = (what: string) => () =>
    new Promise<string>((resolve, reject) => {
      began.push(what)
      ends.set(what, (error) => (error ? reject(error) : resolve(what)))
    })
  const first = serial.run('a', body('first'))
  const second = serial.run('a', body('second'))
  const other = serial.run('b', body('other'))
  expect(began).toEqual(['first', 'other'])
  ends.get('first')?.(new Error('no'))
  await expect(first).rejects.toThrow('no')
  // The first has ended and is forgotten; the second still runs.
  const third = serial.run('a', body('third'))
  expect(began).toEqual(['first', 'other', 'second'])
  ends.get('second')?.()
  expect(await second).toBe('second')
  await Promise.resolve()
  ends.get('third')?.()
  ends.get('other')?.()
  expect(await Promise.all([third, other])).toEqual(['third', 'other'])
})
