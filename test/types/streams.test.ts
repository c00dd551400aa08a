import { expectTypeOf, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import {
  memoizeGenerator,
  memoizeResponse,
  memoizeStream,
} from '../../src/memoize/streams/index.ts'

const cache = createCache()

test('a generator keeps its arguments and what it yields', () => {
  const words = memoizeGenerator(
    async function* words(from: string, times?: number) {
      for (let n = 0; n < (times ?? 1); n++) yield { from, n }
    },
    {
      cache,
      key: (from, times) => `${from.length}${times?.toFixed()}`,
      tags: (from) => [from],
    },
  )
  expectTypeOf(words).parameters.toEqualTypeOf<[from: string, times?: number | undefined]>()
  expectTypeOf(words).returns.toEqualTypeOf<AsyncIterableIterator<{ from: string; n: number }>>()
  expectTypeOf(words.invalidate).parameters.toEqualTypeOf<
    [from: string, times?: number | undefined]
  >()
})

test('a stream keeps the type of its chunks, promised or not', () => {
  const now = memoizeStream(() => new ReadableStream<number>(), { cache, name: 'now' })
  const later = memoizeStream(async () => new ReadableStream<string>(), { cache, name: 'later' })
  expectTypeOf(now()).toEqualTypeOf<ReadableStream<number>>()
  expectTypeOf(later()).toEqualTypeOf<ReadableStream<string>>()
})

test('a response is promised', () => {
  const get = memoizeResponse((path: string) => new Response(path), { cache, name: 'get' })
  expectTypeOf(get).parameters.toEqualTypeOf<[path: string]>()
  expectTypeOf(get).returns.toEqualTypeOf<Promise<Response>>()
})

test('other functions are refused', () => {
  // @ts-expect-error: no stream
  memoizeStream(() => 1, { cache, name: 'n' })
  // @ts-expect-error: no response
  memoizeResponse(() => new ReadableStream(), { cache, name: 'n' })
  // @ts-expect-error: runs are kept in a cache
  expectTypeOf(() => memoizeGenerator(async function* none() {}, {})).toBeFunction()
})
