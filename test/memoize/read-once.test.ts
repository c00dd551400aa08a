import { expect, test } from 'vitest'
import { createCache, memoize } from '../../src/index.ts'

const answers: readonly (readonly [string, () => unknown])[] = [
  ['a Response', () => new Response('once')],
  ['a stream', () => new ReadableStream()],
  [
    'an async iterable',
    async function* () {
      yield 1
    },
  ],
  [
    'an iterator',
    function* () {
      yield 1
    },
  ],
]

test.each(answers)('what can be read only once is refused: %s', async (kind, fn) => {
  const cache = createCache()
  const rule = { code: 'ERR_CACHE_CONFIG', message: expect.stringContaining(`answers ${kind}`) }
  expect(() => memoize(fn)()).toThrow(expect.objectContaining(rule))
  await expect(memoize(async () => fn())()).rejects.toMatchObject(rule)
  await expect(memoize(fn, { cache, name: 'shared' })()).rejects.toMatchObject(rule)
  await cache.close()
})
