import { expect, test } from 'vitest'
import type { BehindOptions } from '../../src/contracts/writing.ts'
import { createCache } from '../../src/index.ts'
import { memoryLog } from '../../src/logs/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

const never = () => new Promise<void>(() => {})
const closed = { code: 'ERR_CACHE_CLOSED' }

/** A definition whose source is what `save` does. */
function writing(save: () => Promise<void>, own: Partial<BehindOptions<number, number>> = {}) {
  const clock = fakeClock()
  const cache = createCache({ clock })
  const rows = cache.define<number, number>({
    name: 'rows',
    load: async () => 0,
    save,
    write: 'behind',
    behind: { drainTimeout: 200, interval: 0, ...own, log: own.log ?? 'memory:' },
  })
  return { cache, clock, rows }
}

test('a source that hangs keeps nothing open longer than the time for draining', async () => {
  const { cache, clock, rows } = writing(never, { maxPending: 1, full: 'through' })
  await rows.set(1, 1)
  const through = expect(rows.set(2, 2)).rejects.toMatchObject(closed)
  const flushed = expect(rows.flush()).rejects.toMatchObject(closed)
  await settle()
  const closing = cache.close()
  await settle()
  clock.advance(200)
  await Promise.all([closing, through, flushed])
})

test('who flushes, or reads what is pending, after the close is told of it', async () => {
  const fail = () => Promise.reject(new Error('down'))
  const { cache, clock, rows } = writing(fail)
  await rows.set(1, 1)
  expect(await rows.get(1)).toBe(1)
  const closing = cache.close()
  await settle()
  clock.advance(200)
  await closing
  await expect(rows.flush()).rejects.toMatchObject(closed)
  await expect(rows.get(1)).rejects.toMatchObject(closed)
})

test('a log that cannot be closed keeps nothing else open', async () => {
  const log = memoryLog()
  const broken = { ...log, close: () => Promise.reject(new Error('cannot be closed')) }
  const { cache, rows } = writing(async () => {}, { log: broken })
  await rows.set(1, 1)
  await rows.flush()
  await expect(cache.close()).rejects.toThrow('cannot be closed')
  await expect(cache.set('k', 1)).rejects.toMatchObject(closed)
})

test('what cannot be asked for is a rejection, not a throw', async () => {
  const cache = createCache()
  const rows = cache.define<number, number>({
    name: 'rows',
    key: (id) => {
      if (id < 0) throw new Error('no such id')
      return `${id}`
    },
    load: async () => 1,
  })
  for (const verb of ['get', 'refresh', 'expire'] as const) {
    let answer: Promise<unknown> | undefined
    expect(() => {
      answer = rows[verb](-1)
    }).not.toThrow()
    await expect(answer).rejects.toThrow('no such id')
  }
})
