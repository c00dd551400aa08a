import { expectTypeOf, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import type { Memoize } from '../../src/memoize/memoize.ts'

// Only looked at by the type checker: nothing here is called.
declare const memoize: Memoize
declare const cache: Cache

test('a function keeps its type', () => {
  const types = () => {
    const length = memoize((text: string, from?: number) => text.length - (from ?? 0))
    expectTypeOf(length).toBeCallableWith('a')
    expectTypeOf(length('a', 1)).toEqualTypeOf<number>()
    expectTypeOf(length.refresh('a')).toEqualTypeOf<number>()
    expectTypeOf(length.peek('a')).toEqualTypeOf<number | undefined>()
    expectTypeOf(length.invalidate('a')).toEqualTypeOf<boolean>()
    expectTypeOf(length.clear()).toEqualTypeOf<void>()
    expectTypeOf(length.stats().entries).toEqualTypeOf<number>()
    // @ts-expect-error a string is what it takes
    length(1)
    // @ts-expect-error as do its verbs
    length.invalidate(1)
  }
  expectTypeOf(types).toBeFunction()
})

test('so does one that promises', () => {
  const types = () => {
    const load = memoize(async (id: number) => ({ id }), { ttl: '1m', key: (id) => `${id}` })
    expectTypeOf(load(1)).toEqualTypeOf<Promise<{ id: number }>>()
    expectTypeOf(load.refresh(1)).toEqualTypeOf<Promise<{ id: number }>>()
    expectTypeOf(load.peek(1)).toEqualTypeOf<{ id: number } | undefined>()
    const query = memoize((id: number): PromiseLike<string> => Promise.resolve(`${id}`))
    expectTypeOf(query(1)).toEqualTypeOf<Promise<string>>()
  }
  expectTypeOf(types).toBeFunction()
})

test('overloads, type parameters and `this` stay', () => {
  const types = () => {
    function parse(text: string): number
    function parse(text: string, raw: true): string
    function parse(text: string, raw?: true): number | string {
      return raw ? text : Number(text)
    }
    const parsed = memoize(parse)
    expectTypeOf(parsed('1')).toEqualTypeOf<number>()
    expectTypeOf(parsed('1', true)).toEqualTypeOf<string>()
    const first = memoize(<T>(items: readonly T[]) => items[0])
    expectTypeOf(first(['a'])).toEqualTypeOf<string | undefined>()
    const scaled = memoize(function (this: { factor: number }, n: number) {
      return this.factor * n
    })
    expectTypeOf(scaled.call({ factor: 1 }, 2)).toEqualTypeOf<number>()
    // @ts-expect-error not on nothing
    scaled(2)
    expectTypeOf(scaled.peek.call({ factor: 1 }, 2)).toEqualTypeOf<number | undefined>()
  }
  expectTypeOf(types).toBeFunction()
})

test('shared results are promised', () => {
  const types = () => {
    const length = memoize((text: string) => text.length, {
      cache,
      tags: (text) => [text],
      staleWhileRevalidate: '1m',
    })
    expectTypeOf(length('a')).toEqualTypeOf<Promise<number>>()
    expectTypeOf(length.invalidate('a')).toEqualTypeOf<Promise<boolean>>()
    expectTypeOf(length.refresh('a')).toEqualTypeOf<Promise<number>>()
    expectTypeOf(length.peek('a')).toEqualTypeOf<number | undefined>()
    expectTypeOf(length.clear()).toEqualTypeOf<Promise<void>>()
    // @ts-expect-error what needs a cache, without one
    memoize((text: string) => text, { staleWhileRevalidate: '1m' })
    // @ts-expect-error what is the cache's to decide
    memoize((text: string) => text, { cache, maxEntries: 5 })
  }
  expectTypeOf(types).toBeFunction()
})
