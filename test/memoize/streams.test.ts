import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import {
  memoizeGenerator,
  memoizeResponse,
  memoizeStream,
} from '../../src/memoize/streams/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

const text = new TextEncoder()

async function all<T>(chunks: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const chunk of chunks) read.push(chunk)
  return read
}

/** A source that gives its chunks one by one, as it is told to. */
function told<T>() {
  const asked: ((result: IteratorResult<T> | Promise<never>) => void)[] = []
  const state = { pulls: 0, stopped: 0 }
  const iterable: AsyncIterable<T> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        state.pulls++
        return new Promise((resolve) => asked.push(resolve))
      },
      return: async () => {
        state.stopped++
        return { done: true, value: undefined }
      },
    }),
  }
  return {
    state,
    iterable,
    give: (value: T) => asked.shift()?.({ done: false, value }),
    end: () => asked.shift()?.({ done: true, value: undefined }),
    fail: (error: Error) => asked.shift()?.(Promise.reject(error)),
  }
}

describe.each(['memory', 'a store'] as const)('with %s', (where) => {
  let cache: Cache
  beforeEach(() => {
    cache = createCache(where === 'memory' ? {} : { memory: false, store: memoryStore() })
  })
  afterEach(() => cache.close())

  test('a generator runs once, and is replayed chunk by chunk', async () => {
    let runs = 0
    const count = memoizeGenerator(
      async function* count(to: number) {
        runs++
        for (let n = 1; n <= to; n++) yield { n }
      },
      { cache },
    )
    expect(await all(count(3))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(await all(count(3))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(await all(count(0))).toEqual([])
    expect(await all(count(0))).toEqual([])
    expect(runs).toBe(2)
    expect([count.name, count.length]).toEqual(['count', 1])
  })

  test('a stream of bytes comes back as it was, a joined one in one piece', async () => {
    const source = () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const word of ['one ', 'two ', '', 'three']) controller.enqueue(text.encode(word))
          controller.close()
        },
      })
    const words = (chunks: Uint8Array[]) => chunks.map((chunk) => new TextDecoder().decode(chunk))
    const apart = memoizeStream(source, { cache, name: 'apart' })
    const whole = memoizeStream(source, { cache, name: 'whole', chunks: 'joined' })
    for (let time = 0; time < 2; time++) {
      expect(words(await all(apart()))).toEqual(['one ', 'two ', '', 'three'])
    }
    expect(words(await all(whole()))).toEqual(['one ', 'two ', '', 'three'])
    await settle()
    expect(words(await all(whole()))).toEqual(['one two three'])
  })

  test('a response keeps status, header fields and body', async () => {
    let calls = 0
    const get = memoizeResponse(
      async (path: string) => {
        calls++
        if (path === '/none') return new Response(null, { status: 204, headers: { a: 'b' } })
        return new Response(`page ${path}`, {
          status: 203,
          statusText: 'So',
          headers: { etag: '"1"' },
        })
      },
      { cache, name: 'get' },
    )
    for (let time = 0; time < 2; time++) {
      const page = await get('/a')
      expect([page.status, page.statusText, page.headers.get('etag')]).toEqual([203, 'So', '"1"'])
      expect(await page.text()).toBe('page /a')
      const none = await get('/none')
      expect([none.status, none.body, none.headers.get('a')]).toEqual([204, null, 'b'])
      await settle()
    }
    expect(calls).toBe(2)
  })

  test.each([
    ['a failure', new Response('no', { status: 500 })],
    ['a part', new Response('no', { status: 206 })],
    ['a cookie', new Response('no', { headers: { 'set-cookie': 'a=1' } })],
    ['what is private', new Response('no', { headers: { 'cache-control': 'Private' } })],
    ['what must not be stored', new Response(null, { headers: { 'cache-control': 'no-store' } })],
  ])('%s is each caller’s own', async (_, response) => {
    let calls = 0
    const get = memoizeResponse(
      () => {
        calls++
        return response.clone()
      },
      { cache, name: 'get' },
    )
    const answers = await Promise.all([get(), get(), get()])
    expect(await Promise.all(answers.map((answer) => answer.text()))).toHaveLength(3)
    await get()
    expect(calls).toBe(4)
  })

  test('what is longer than `maxBytes` passes through, and each later caller has its own', async () => {
    let runs = 0
    const long = memoizeGenerator(
      async function* long() {
        runs++
        for (let n = 0; n < 50; n++) yield new Uint8Array(100).fill(n)
      },
      { cache, maxBytes: 1000 },
    )
    const [first, second] = [long(), long()]
    expect((await all(first)).map(([n]) => n)).toEqual([...Array(50).keys()])
    expect((await all(second)).map(([n]) => n)).toEqual([...Array(50).keys()])
    expect((await all(long())).length).toBe(50)
    expect(runs).toBe(3)
    expect(await cache.namespace('long').has('()')).toBe(false)
  })

  test('a tag that is invalidated while a run is under way keeps it from being kept', async () => {
    const source = told<number>()
    const numbers = memoizeGenerator(() => source.iterable, { cache, name: 'n', tags: ['t'] })
    const reader = numbers()
    const first = reader.next()
    await settled(() => source.state.pulls === 1)
    source.give(1)
    await first
    await cache.invalidate('t')
    const second = reader.next()
    source.end()
    expect((await second).done).toBe(true)
    await settle()
    expect(await cache.namespace('n').has('()')).toBe(false)
  })

  test('what is read before its end and then left is not kept, and its source is stopped', async () => {
    const source = told<number>()
    const numbers = memoizeGenerator(() => source.iterable, { cache, name: 'n' })
    const [one, other] = [numbers(), numbers()]
    const read = [one.next(), other.next()]
    await settled(() => source.state.pulls === 1)
    source.give(1)
    expect(await Promise.all(read)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 1 },
    ])
    const pending = other.next()
    await one.return?.()
    expect(source.state.stopped).toBe(0)
    await other.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(await one.next()).toEqual({ done: true, value: undefined })
    await settled(() => source.state.stopped === 1)
    expect(await cache.namespace('n').has('()')).toBe(false)
  })

  test('who leaves before it has begun is done at once, and its source is stopped', async () => {
    const source = told<number>()
    let answer: () => void = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const numbers = memoizeGenerator(() => answered.then(() => source.iterable), {
      cache,
      name: 'n',
    })
    const reader = numbers()
    const pending = reader.next()
    await reader.return?.()
    expect((await pending).done).toBe(true)
    answer()
    await settled(() => source.state.pulls === 1)
    source.give(1)
    await settled(() => source.state.stopped === 1)
    expect(await cache.namespace('n').has('()')).toBe(false)
  })

  test('who is invalidated away is not joined', async () => {
    const sources = [told<number>(), told<number>()]
    let runs = 0
    const numbers = memoizeGenerator(() => (sources[runs++] as (typeof sources)[0]).iterable, {
      cache,
      name: 'n',
    })
    const [old] = [numbers()]
    const early = old.next()
    await settled(() => sources[0]?.state.pulls === 1)
    sources[0]?.give(1)
    await early
    await numbers.invalidate()
    const late = numbers().next()
    await settled(() => sources[1]?.state.pulls === 1)
    sources[1]?.give(2)
    expect(await late).toEqual({ done: false, value: 2 })
    const rest = old.next()
    sources[0]?.end()
    expect((await rest).done).toBe(true)
    await settle()
    expect(await cache.namespace('n').has('()')).toBe(false)
  })
})

/** Lets what is under way go on until something is so. */
async function settled(so: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 && !so(); turn++) await settle()
  expect(so()).toBe(true)
}

describe('the pace', () => {
  test.each([
    ['fastest', 3],
    ['slowest', 2],
  ] as const)('of the %s reader', async (pace, pulls) => {
    const cache = createCache()
    const source = told<number>()
    const numbers = memoizeGenerator(() => source.iterable, { cache, name: 'n', pace })
    const [fast, slow] = [numbers(), numbers()]
    const firsts = [fast.next(), slow.next()]
    await settled(() => source.state.pulls === 1)
    source.give(1)
    await Promise.all(firsts)
    const more = [fast.next(), slow.next()]
    await settled(() => source.state.pulls === 2)
    source.give(2)
    await Promise.all(more)
    const third = fast.next()
    await settle()
    expect(source.state.pulls).toBe(pulls)
    await fast.return?.()
    await slow.return?.()
    expect((await third).done).toBe(true)
    await cache.close()
  })

  test('nothing is asked of the source before somebody reads', async () => {
    const cache = createCache()
    const source = told<number>()
    memoizeGenerator(() => source.iterable, { cache, name: 'n' })()
    memoizeStream(() => new ReadableStream<number>(), { cache, name: 'm' })()
    await settle()
    expect(source.state.pulls).toBe(0)
    await cache.close()
  })

  test('past the bound the fastest waits for the slowest', async () => {
    const cache = createCache()
    let given = 0
    const numbers = memoizeGenerator(
      async function* numbers() {
        for (;;) yield new Uint8Array(1000).fill(given++)
      },
      { cache, maxBytes: 5000 },
    )
    const [fast, slow] = [numbers(), numbers()]
    await Promise.all([fast.next(), slow.next()])
    const ahead = [...Array(20)].map(() => fast.next())
    await settle()
    expect(given).toBeLessThan(8)
    for (let n = 0; n < 20; n++) await slow.next()
    await Promise.all(ahead)
    await fast.return?.()
    await slow.return?.()
    await cache.close()
  })
})

describe('failures', () => {
  test('before the first chunk the stale run stands in', async () => {
    const clock = fakeClock()
    const cache = createCache({ clock })
    let fails = false
    const numbers = memoizeGenerator(
      async function* numbers() {
        if (fails) throw new Error('down')
        yield 1
      },
      { cache, ttl: '1s', staleIfError: '1h' },
    )
    expect(await all(numbers())).toEqual([1])
    await settle()
    fails = true
    clock.advance(2000)
    expect(await all(numbers())).toEqual([1])
    await cache.close()
  })

  test('what is renewed in the background is read to its end by nobody', async () => {
    const clock = fakeClock()
    const cache = createCache({ clock })
    let runs = 0
    const numbers = memoizeGenerator(
      async function* numbers() {
        runs++
        yield runs
        yield runs
      },
      { cache, ttl: '1s', staleWhileRevalidate: '1h' },
    )
    expect(await all(numbers())).toEqual([1, 1])
    await settle()
    clock.advance(2000)
    const next = await all(numbers())
    expect([
      [1, 1],
      [2, 2],
    ]).toContainEqual(next)
    await settle()
    expect(await all(numbers())).toEqual([2, 2])
    expect(runs).toBe(2)
    await cache.close()
  })

  test('a run that its callers did not wait for goes on, and is kept', async () => {
    const clock = fakeClock()
    const cache = createCache({ clock })
    const source = told<number>()
    const numbers = memoizeGenerator(() => source.iterable, {
      cache,
      name: 'n',
      hardTimeout: '1s',
    })
    const late = all(numbers())
    const refused = expect(late).rejects.toThrow('longer than')
    await settled(() => source.state.pulls === 1)
    await clock.pass(1000)
    await refused
    source.give(1)
    await settled(() => source.state.pulls === 2)
    source.end()
    await settle()
    expect(await all(numbers())).toEqual([1])
    expect(source.state.pulls).toBe(2)
    await cache.close()
  })

  test('bytes that a reader changes or gives away are its own', async () => {
    const cache = createCache()
    const bytes = memoizeGenerator(
      async function* bytes() {
        yield text.encode('abc')
      },
      { cache },
    )
    const [one, other] = await Promise.all([all(bytes()), all(bytes())])
    one[0]?.fill(0)
    structuredClone(other[0]?.buffer, { transfer: [other[0]?.buffer as ArrayBuffer] })
    expect(await all(bytes())).toEqual([text.encode('abc')])
    await cache.close()
  })

  test('wrong options name option, rule and value', () => {
    const cache = createCache()
    const make = (options: object) => () =>
      memoizeGenerator(async function* g() {}, { cache, ...options })
    expect(make({ pace: 'slow' })).toThrow(ConfigError)
    expect(make({ pace: 'slow' })).toThrow("`pace` to be 'fastest' or 'slowest', got \"slow\"")
    expect(make({ chunks: 1 })).toThrow('`chunks`')
    expect(make({ maxBytes: 'much' })).toThrow('`maxBytes`')
    expect(make({ cache: {} })).toThrow('`cache`')
    expect(make({ signal: 1 })).toThrow('Unknown option `signal`')
    expect(() =>
      memoizeResponse(() => new Response(), { cache, name: 'r', keep: 1 as never }),
    ).toThrow('`keep`')
  })
})
