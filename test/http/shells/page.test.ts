import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCacheControl } from '../../../src/http/engine/cache-control.ts'
import { fieldLines } from '../../../src/http/engine/fields.ts'
import { cacheControlPatch, neverCachePatch } from '../../../src/http/page/cache-control.ts'
import { conditionOf } from '../../../src/http/page/conditional.ts'
import type { HeadPatch, PatchableHead } from '../../../src/http/page/head-patches.ts'
import { joinFields, splitFields } from '../../../src/http/page/own-fields.ts'
import { pageOf } from '../../../src/http/page/page.ts'
import { unionOf, varyOn } from '../../../src/http/page/vary.ts'
import { createCache } from '../../../src/index.ts'

function headWith(fields: Record<string, string>): PatchableHead {
  const values = new Map(Object.entries(fields))
  return {
    status: 200,
    get: (name) => values.get(name.toLowerCase()),
    set: (name, value) => void values.set(name.toLowerCase(), value),
  }
}

function cacheControlAfter(
  before: string | undefined,
  ...patches: HeadPatch[]
): string | undefined {
  const head = headWith(before === undefined ? {} : { 'cache-control': before })
  for (const patch of patches) patch(head)
  return head.get('cache-control')
}

const directives = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom('public', 'private', 'no-cache', 'no-store', 'must-revalidate', 'immutable'),
    fc.nat(1000).map((s) => `max-age=${s}`),
    fc.nat(1000).map((s) => `s-maxage=${s}`),
  ),
  { selector: (directive) => directive.split('=')[0] },
)
const options = fc.record(
  {
    maxAge: fc.nat(1000).map((s) => s * 1000),
    sMaxAge: fc.nat(1000).map((s) => `${s}s`),
    public: fc.boolean(),
    private: fc.boolean(),
    noCache: fc.boolean(),
    noStore: fc.boolean(),
    mustRevalidate: fc.boolean(),
  },
  { requiredKeys: [] },
)

describe('cacheControl', () => {
  test('loosens nothing, and a second time changes nothing', () => {
    fc.assert(
      fc.property(directives, options, (before, added) => {
        const patch = cacheControlPatch(added)
        const once = cacheControlAfter(before.join(', ') || undefined, patch)
        expect(cacheControlAfter(once, patch)).toBe(once)
        const [was, is] = [parseCacheControl(before.join(', ')), parseCacheControl(once)]
        for (const name of ['noStore', 'private', 'noCache', 'mustRevalidate'] as const) {
          expect(Boolean(is[name])).toBe(Boolean(was[name]) || Boolean(added[name]))
        }
        expect(is.public && is.private !== false).toBe(false)
        expect(is.maxAge).toBe(
          least(was.maxAge, added.maxAge === undefined ? undefined : added.maxAge / 1000),
        )
        if (is.private === false) {
          expect(is.sMaxAge).toBe(least(was.sMaxAge, secondsOf(added.sMaxAge)))
        } else expect(is.sMaxAge).toBeUndefined()
      }),
    )
  })

  test('what is said of some fields only is not lost, and what is unknown stays', () => {
    expect(cacheControlAfter('no-cache="a, b", x=1', cacheControlPatch({ noCache: true }))).toBe(
      'no-cache, x=1',
    )
    expect(cacheControlAfter('private="a"', cacheControlPatch({ maxAge: '1m' }))).toBe(
      'private="a", max-age=60',
    )
    expect(cacheControlAfter('public, max-age=600', neverCachePatch)).toBe(
      'max-age=0, no-cache, no-store, must-revalidate, private',
    )
  })

  test('refuses what it does not know', () => {
    expect(() => cacheControlPatch({ maxage: 1 } as never)).toThrow(/Unknown option `maxage`/)
    expect(() => cacheControlPatch({ maxAge: -1 })).toThrow(/maxAge/)
  })
})

describe('Vary', () => {
  const names = fc.array(fc.constantFrom('Accept', 'accept', 'Cookie', 'X-A', 'x-a', '*'))

  test('is the union, each name once, whatever the case; * is all', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        const union = unionOf(a.join(', '), b.join(', '))
        const members = union === '' ? [] : union.split(', ')
        const lower = members.map((name) => name.toLowerCase())
        expect(new Set(lower).size).toBe(lower.length)
        const expected = new Set([...a, ...b].map((name) => name.toLowerCase()))
        expect(new Set(lower)).toEqual(expected.has('*') ? new Set(['*']) : expected)
        expect(unionOf(union, b.join(', '))).toBe(union)
      }),
    )
  })

  test('names must be names', () => {
    expect(() => varyOn([''])).toThrow(/name/)
  })
})

describe('what is of the page and what of this response alone', () => {
  const fields = fc
    .array(
      fc.tuple(
        fc.constantFrom(
          'X-A',
          'x-b',
          'Set-Cookie',
          'Vary',
          'Cache-Control',
          'X-Request-Id',
          'ETag',
        ),
        fc.constantFrom('1', '2', '3'),
      ),
    )
    .map((pairs) => pairs.flat())

  test('every line is on one side, and what governs caching on that of the page', () => {
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        const { page, own } = splitFields(before, after)
        for (const name of [
          'x-a',
          'x-b',
          'set-cookie',
          'vary',
          'cache-control',
          'etag',
          'x-request-id',
        ]) {
          const both = [...fieldLines(page, name), ...fieldLines(own, name)]
          if (name !== 'set-cookie') expect(both.sort()).toEqual(fieldLines(after, name).sort())
        }
        for (const name of ['vary', 'cache-control', 'etag'])
          expect(fieldLines(own, name)).toEqual([])
        expect(fieldLines(page, 'x-request-id')).toEqual([])
        // That of the page keeps it from being stored; that of the response is sent whatever becomes of the page.
        const cookies = fieldLines(after, 'set-cookie')
        const given = fieldLines(before, 'set-cookie')
        expect(fieldLines(page, 'set-cookie')).toEqual(cookies)
        expect(fieldLines(own, 'set-cookie')).toEqual(cookies.filter((c) => given.includes(c)))
        expect(fieldLines(joinFields(page, own), 'set-cookie')).toEqual(cookies)
      }),
    )
  })

  test('an answer comes before what the response had, but for cookies and Vary, which are both', () => {
    const answer = ['X-A', 'answer', 'Vary', 'Accept', 'Set-Cookie', 'a=1']
    const own = ['x-a', 'own', 'X-B', 'own', 'Vary', 'Origin', 'Set-Cookie', 'b=1']
    const joined = joinFields(answer, own)
    expect(fieldLines(joined, 'x-a')).toEqual(['answer'])
    expect(fieldLines(joined, 'x-b')).toEqual(['own'])
    expect(fieldLines(joined, 'vary')).toEqual(['Origin, Accept'])
    expect(fieldLines(joined, 'set-cookie').sort()).toEqual(['a=1', 'b=1'])
    expect(joinFields(answer, [])).toBe(answer)
  })
})

/** RFC 9110 §13.2.2, for a resource with the validators `"v1"` and 1 January 2026. */
describe('conditional', () => {
  const then = 'Thu, 01 Jan 2026 00:00:00 GMT'
  const before = 'Wed, 31 Dec 2025 00:00:00 GMT'
  const both = { etag: () => 'v1', lastModified: () => new Date(then) }
  const cases: readonly [string, string, Record<string, string>, object, number | undefined][] = [
    ['no condition', 'GET', {}, both, undefined],
    ['the same tag', 'GET', { 'If-None-Match': '"v1"' }, both, 304],
    ['the same tag, weakly', 'HEAD', { 'If-None-Match': 'W/"v1", "x"' }, both, 304],
    [
      'another tag counts, the date does not',
      'GET',
      { 'If-None-Match': '"x"', 'If-Modified-Since': then },
      both,
      undefined,
    ],
    ['any tag', 'GET', { 'If-None-Match': '*' }, both, 304],
    ['any tag of what is not there', 'GET', { 'If-None-Match': '*' }, {}, undefined],
    ['not modified since', 'GET', { 'If-Modified-Since': then }, both, 304],
    ['modified since', 'GET', { 'If-Modified-Since': before }, both, undefined],
    [
      'a date, where none is known',
      'GET',
      { 'If-Modified-Since': then },
      { etag: () => 'v1' },
      undefined,
    ],
    ['a date for what changes', 'PUT', { 'If-Modified-Since': then }, both, undefined],
    ['the same tag for what changes', 'PUT', { 'If-None-Match': '"v1"' }, both, 412],
    ['to create what is there', 'PUT', { 'If-None-Match': '*' }, both, 412],
    ['to create what is not', 'PUT', { 'If-None-Match': '*' }, {}, undefined],
    ['to change what it was', 'PUT', { 'If-Match': '"v1"' }, both, undefined],
    ['to change what has been changed', 'PUT', { 'If-Match': '"v0"' }, both, 412],
    [
      'a weak tag never matches strongly',
      'PUT',
      { 'If-Match': 'W/"v1"' },
      { etag: () => 'W/"v1"' },
      412,
    ],
    ['to change what is there', 'PUT', { 'If-Match': '*' }, both, undefined],
    ['to change what is not', 'PUT', { 'If-Match': '*' }, {}, 412],
    ['unmodified since', 'PUT', { 'If-Unmodified-Since': then }, both, undefined],
    ['modified since it was read', 'PUT', { 'If-Unmodified-Since': before }, both, 412],
    [
      'If-Match counts, the date does not',
      'PUT',
      { 'If-Match': '"v1"', 'If-Unmodified-Since': before },
      both,
      undefined,
    ],
  ]

  test.each(cases)('%s', async (_, method, fields, validators, status) => {
    const head = { method, url: 'http://a.test/', headers: Object.entries(fields).flat() }
    const condition = await conditionOf(validators)({}, head, Date.UTC(2026, 5, 1))
    expect(condition.status).toBe(status)
  })
})

describe('page options', () => {
  const cache = createCache()

  test.each([
    [() => pageOf('1h', { cache, ttl: 1 } as never), /Unknown option `ttl`/],
    [() => pageOf('1 hour', { cache }), /ttl/],
    [() => pageOf(Infinity, { cache }), /`ttl` to be finite/],
    [() => pageOf('1h', {} as never), /`cache` to be a cache/],
    [() => pageOf('1h', { cache, cookies: 'all' as never }), /cookies/],
    [() => pageOf('1h', { cache, cookies: [''] }), /cookies/],
    [() => pageOf('1h', { cache, variant: 'de' as never }), /`variant` to be a function/],
    [() => pageOf('1h', { cache: pageOf('1h', { cache }).cache, keyPrefix: 'a' }), /keyPrefix/],
  ])('%#', (make, message) => {
    expect(make).toThrow(message)
  })

  test('one HTTP cache for each cache and prefix', () => {
    const of = (keyPrefix?: string) => pageOf('1h', { cache, keyPrefix }).cache
    expect(of()).toBe(of(''))
    expect(of('a')).toBe(of('a'))
    expect(of('a')).not.toBe(of())
  })
})

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}

function secondsOf(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : Number.parseInt(duration, 10)
}
