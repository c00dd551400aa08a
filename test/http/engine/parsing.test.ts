import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCacheControl, parseTargeted } from '../../../src/http/engine/cache-control.ts'
import { writeCacheStatus } from '../../../src/http/engine/cache-status.ts'
import { listsTag } from '../../../src/http/engine/entity-tag.ts'
import {
  connectionFields,
  fieldValue,
  listMembers,
  trimmed,
  unquoted,
  withField,
  withoutConnectionFields,
} from '../../../src/http/engine/fields.ts'
import { formatHttpDate, parseHttpDate } from '../../../src/http/engine/http-date.ts'
import { noVarySearch, searchKey } from '../../../src/http/engine/no-vary-search.ts'
import {
  parseRange,
  rangeOf,
  resolveRange,
  writeContentRange,
} from '../../../src/http/engine/range.ts'
import { requestFields } from '../../../src/http/engine/request-fields.ts'
import {
  parseDictionary,
  parseList,
  writeString,
} from '../../../src/http/engine/structured-field.ts'
import { tagsOf } from '../../../src/http/engine/tags.ts'
import { normalUrl, sameOriginUrl } from '../../../src/http/engine/url.ts'
import { start } from './scene.ts'

describe('field lines', () => {
  test('of one name are joined whatever their case (RFC 9110 §5.3)', () => {
    const lines = ['Foo', '1', 'Bar', 'x', 'FOO', '2', 'fo', '3']
    expect(fieldValue(lines, 'foo')).toBe('1, 2')
    expect(fieldValue(lines, 'baz')).toBeUndefined()
    expect(withField(lines, 'Foo', '9')).toEqual(['Bar', 'x', 'fo', '3', 'Foo', '9'])
  })

  test.each([
    ['a, b', ['a', 'b']],
    [' a ,\t, b,', ['a', 'b']],
    ['', []],
    ['a="x, y", b', ['a="x, y"', 'b']],
    ['a="x\\", y", b', ['a="x\\", y"', 'b']],
    ['a="x, y, b', ['a="x', 'y', 'b']],
    ['a="x\\", b', ['a="x\\"', 'b']],
    ['"a" "b, c", d', ['"a" "b, c"', 'd']],
  ])('are lists of members: %s (RFC 9110 §5.6.1, §5.6.4)', (text, members) => {
    expect(listMembers(text)).toEqual(members)
  })

  test('of the connection go no further (RFC 9110 §7.6.1)', () => {
    const lines = ['Connection', 'close, X-Hop', 'x-hop', '1', 'TE', 'gzip', 'X-Stays', '2']
    expect(withoutConnectionFields(lines)).toEqual(['X-Stays', '2'])
    expect(connectionFields(lines)).toContain('x-hop')
  })

  test('keep white space that is none to HTTP (RFC 9110 §5.6.3)', () => {
    expect(trimmed(' \t\u00a0a\u00a0 ')).toBe('\u00a0a\u00a0')
    expect(unquoted('"a\\"b"')).toBe('a"b')
    expect(unquoted("'a'")).toBe("'a'")
  })
})

describe('Cache-Control', () => {
  test.each([
    ['max-age=5', { maxAge: 5 }],
    ['MAX-AGE=5', { maxAge: 5 }],
    ['max-age="5"', { maxAge: 5 }],
    ["max-age='5'", { maxAge: 0 }],
    ['max-age=005', { maxAge: 5 }],
    ['max-age=5.0', { maxAge: 0 }],
    ['max-age=-5', { maxAge: 0 }],
    ['max-age=a5', { maxAge: 0 }],
    ['max-age =5', { maxAge: 0 }],
    ['max-age= 5', { maxAge: 0 }],
    ['max-age', { maxAge: 0 }],
    ['max-age=5, max-age=5', { maxAge: 5 }],
    ['max-age=5, max-age=9', { maxAge: 0 }],
    ['max-age=99999999999', { maxAge: 2 ** 31 }],
    ['extension="max-age=9", max-age=5', { maxAge: 5 }],
    ['extension="never closed, no-store', { noStore: true }],
    ['s-maxage=5, max-age=9', { sMaxAge: 5, maxAge: 9 }],
    ['No-Store', { noStore: true }],
    ['no-store=1', { noStore: true }],
    ['no-store =1', { noStore: true }],
    ['private', { private: true }],
    ['private="Set-Cookie, x"', { private: ['set-cookie', 'x'] }],
    ['private=x', { private: ['x'] }],
    ['private=""', { private: true }],
    ['private ="x"', { private: true }],
    ['private="x", private', { private: true }],
    ['no-cache="x", no-cache="y"', { noCache: ['x', 'y'] }],
    ['no-cache', { noCache: true }],
    ['max-stale', { maxStale: Infinity }],
    ['max-stale=5', { maxStale: 5 }],
    ['max-stale=x', { maxStale: 0 }],
    ['stale-while-revalidate', { staleWhileRevalidate: 0 }],
    ['stale-while-revalidate=5, stale-if-error=6', { staleWhileRevalidate: 5, staleIfError: 6 }],
    ['immutable, must-understand, public', { immutable: true, mustUnderstand: true, public: true }],
  ])('%s (RFC 9111 §4.2.1, §5.2)', (text, said) => {
    expect(parseCacheControl(text)).toEqual({ ...parseCacheControl(undefined), ...said })
  })

  test.each([
    ['max-age=5, no-cache', { maxAge: 5, noCache: true }],
    ['no-store=?0', {}],
    ['none', {}],
    ['private="x"', { private: ['x'] }],
    ['', undefined],
    ['max-age=10, &&&&', undefined],
    ['max-age="10"', undefined],
    ['max-age=1.5', undefined],
    ['max-age=-1', undefined],
    ['max-age', undefined],
    ['Max-Age=5', undefined],
    ['no-store=1', undefined],
    ['max-age =5', undefined],
  ])('targeted: %s (RFC 9213 §2.1)', (text, said) => {
    const expected = said && { ...parseCacheControl(undefined), ...said }
    expect(parseTargeted(text)).toEqual(expected)
  })
})

describe('dates (RFC 9110 §5.6.7)', () => {
  const instant = Date.UTC(1994, 10, 6, 8, 49, 37)

  test.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'SUN, 06 NOV 1994 08:49:37 gmt',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    'Sun Nov 06 08:49:37 1994',
  ])('%s', (text) => {
    expect(parseHttpDate(text, start)).toBe(instant)
  })

  test.each([
    '0',
    '',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 AEST',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun 06 Nov 1994 08:49:37 GMT',
    'Sun, 06  Nov  1994 08:49:37 GMT',
    'Sun, 06-Nov-1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08.49.37 GMT',
    'Sun, 06 Nov 1994 8:49:37 GMT',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:49:37 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
    '1994-11-06T08:49:37Z',
  ])('not %s', (text) => {
    expect(parseHttpDate(text, start)).toBeUndefined()
  })

  test('a two-digit year is never more than 50 years ahead', () => {
    const year = (digits: string, now: number) =>
      new Date(parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, now) ?? 0).getUTCFullYear()
    expect(year('76', Date.UTC(2026, 0))).toBe(2076)
    expect(year('77', Date.UTC(2026, 0))).toBe(1977)
    expect(year('00', Date.UTC(2026, 0))).toBe(2000)
    expect(year('49', Date.UTC(1999, 0))).toBe(1949)
  })

  test('what is written is read', () => {
    const seconds = fc.integer({ min: -2_000_000_000, max: 8_000_000_000 })
    fc.assert(
      fc.property(seconds, (at) => {
        expect(parseHttpDate(formatHttpDate(at * 1000), start)).toBe(at * 1000)
      }),
    )
  })
})

describe('structured fields (RFC 9651)', () => {
  test.each([
    ['a', [['a', true]]],
    [
      'a=1, b="x\\"y", c=tok/en, d=?0, e',
      entries({ a: 1, b: 'x"y', c: 'tok/en', d: false, e: true }),
    ],
    ['a=1;p=2;q, b;x="y"', entries({ a: 1, b: true })],
    ['a=("x" "y");p, b=()', entries({ a: ['x', 'y'], b: [] })],
    ['a=1, b=2, a=3', entries({ b: 2, a: 3 })],
    ['a=-1.25,b=:aGk=:', entries({ a: -1.25, b: ':aGk=:' })],
    ['  a  ', [['a', true]]],
    ['', []],
    ['a,', undefined],
    [',a', undefined],
    ['A=1', undefined],
    ['a=', undefined],
    ['a="x', undefined],
    ['a="\u00e9"', undefined],
    ['a=1.2345', undefined],
    ['a=1234567890123456', undefined],
    ['a=("x""y")', undefined],
    ['a=("x"', undefined],
    ['a b', undefined],
    ['a;=1', undefined],
    ['a;x=', undefined],
    ['a=?2', undefined],
  ])('dictionary %s', (text, members) => {
    const parsed = parseDictionary(text)
    expect(parsed && [...parsed]).toEqual(members)
  })

  test.each([
    ['"a", "b";x=1, (c d)', ['a', 'b', ['c', 'd']]],
    ['', []],
    ['"a"; ', undefined],
    ['"a" "b"', undefined],
  ])('list %s', (text, members) => {
    expect(parseList(text)).toEqual(members)
  })

  test('what is written is read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(parseList(writeString(text))).toEqual([text])
      }),
    )
    expect(parseList(writeString('a\r\n\u00e9b'))).toEqual(['ab'])
  })

  function entries(members: Record<string, unknown>): [string, unknown][] {
    return Object.entries(members)
  }
})

describe('Cache-Status (RFC 9211 §2)', () => {
  test.each([
    ['ExampleCache', { hit: true, ttl: 376_500 }, 'ExampleCache; hit; ttl=376'],
    ['c', { hit: true, ttl: -1 }, 'c; hit; ttl=-1'],
    ['c', { hit: true, ttl: -Infinity }, 'c; hit; ttl=-999999999999999'],
    ['c', { forward: 'stale', forwardStatus: 304 }, 'c; fwd=stale; fwd-status=304'],
    [
      'c',
      { forward: 'uri-miss', forwardStatus: 200, stored: true, collapsed: true },
      'c; fwd=uri-miss; fwd-status=200; stored; collapsed',
    ],
    [
      'My Cache',
      { hit: true, key: 'a"b', detail: 'x' },
      '"My Cache"; hit; key="a\\"b"; detail="x"',
    ],
  ] as const)('%s %o', (name, status, text) => {
    expect(writeCacheStatus(name, status)).toBe(text)
  })

  test('is a list of one member for any name, key and detail', () => {
    const text = fc.string()
    fc.assert(
      fc.property(text, text, text, fc.double({ noNaN: true }), (name, key, detail, ttl) => {
        const written = writeCacheStatus(name, { hit: true, ttl, key, detail })
        expect(parseList(written)).toHaveLength(1)
      }),
    )
  })
})

describe('ranges (RFC 9110 §14)', () => {
  test.each([
    ['bytes=0-4', { start: 0, end: 4 }],
    ['BYTES=0-4', { start: 0, end: 4 }],
    ['bytes=5-', { start: 5, end: undefined }],
    ['bytes=-5', { suffix: 5 }],
    ['bytes= 0-4 ', { start: 0, end: 4 }],
    ['bytes=0-1,4-5', undefined],
    ['bytes=4-0', undefined],
    ['bytes=-', undefined],
    ['bytes=', undefined],
    ['bytes=a-b', undefined],
    ['bytes 0-4', undefined],
    ['lines=0-4', undefined],
    ['bytes=0-99999999999999999999', undefined],
  ])('%s', (text, range) => {
    expect(parseRange(text)).toEqual(range)
  })

  test('what is resolved lies within, and its Content-Range is read back', () => {
    const number = fc.nat({ max: 20 })
    const spec = fc.oneof(
      fc.record({ start: number, end: fc.option(number, { nil: undefined }) }),
      fc.record({ suffix: number }),
    )
    fc.assert(
      fc.property(spec, number, (asked, size) => {
        const range = resolveRange(asked, size)
        if (!range || range.end < range.start) return
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.end).toBeLessThan(size)
        expect(rangeOf(['Content-Range', writeContentRange(range)])).toEqual(range)
      }),
    )
  })

  test.each(['bytes */10', 'bytes 0-4/*', 'bytes 4-0/10', 'bytes 0-10/10', 'bytes=0-4/10', ''])(
    'Content-Range %s is no part',
    (value) => expect(rangeOf(['Content-Range', value])).toBeUndefined(),
  )
})

describe('No-Vary-Search (draft-ietf-httpbis-no-vary-search §4, §5)', () => {
  const base = 'https://example.test/x'
  test.each([
    ['key-order', '?a=1&b=2', '?b=2&a=1', true],
    ['key-order', '?a=1&a=2', '?a=2&a=1', false],
    ['key-order', '?a=1', '?a=2', false],
    ['params', '?a=1', '', true],
    ['params', '?a=1', '?b=2', true],
    ['params=("a")', '?a=1&c=3', '?c=3&a=2', true],
    ['params=("a")', '?a=1&c=3', '?a=1&c=4', false],
    ['params=("a b")', '?a%20b=1', '?a+b=2', true],
    ['params=("%C3%A9")', '?\u00e9=1', '?%c3%a9=2', true],
    ['params=("z")', '?a=1&b=2', '?b=2&a=1', false],
    ['params, except=("a")', '?a=1&b=2', '?a=1&b=3', true],
    ['params, except=("a")', '?a=1', '?a=2', false],
    ['params, except="a"', '?a=1', '?a=2', false],
    ['params=?0', '?a=1', '?a=2', false],
    ['key-order, params=("a")', '?b=1&a=2&c=3', '?c=3&b=1', true],
    ['except=("a")', '?b=1', '?b=2', false],
    ['params=("a"), except=("b")', '?a=1', '?a=2', false],
    ['params=("a" 1)', '?a=1', '?a=2', false],
    ['params="a"', '?a=1', '?a=2', false],
    ['key-order=1', '?a=1&b=2', '?b=2&a=1', false],
    ['key-order, unknown', '?a=1&b=2', '?b=2&a=1', false],
    ['&&&', '?a=1', '?a=2', false],
  ])('%s: %s and %s', (field, one, other, same) => {
    const said = noVarySearch(field)
    expect(searchKey(base + one, said) === searchKey(base + other, said)).toBe(same)
  })

  test('a search key is its own search key, and keeps the path', () => {
    const query = fc
      .array(fc.tuple(fc.string(), fc.string()))
      .map((all) => new URLSearchParams(all))
    const field = fc.constantFrom('key-order', 'params', 'params=("a" "b")', 'params, except=("a")')
    fc.assert(
      fc.property(query, field, (search, said) => {
        const key = searchKey(`${base}?${search}`, said)
        expect(searchKey(key, said)).toBe(key)
        expect(key.split('?')[0]).toBe(base)
      }),
    )
  })
})

describe('URLs', () => {
  test('have one form', () => {
    expect(normalUrl('HTTP://Example.TEST:80/a/../b?q#f')).toBe('http://example.test/b?q')
    expect(normalUrl('not a url')).toBe('not a url')
  })

  test('are followed to the same origin only (RFC 9111 §4.4)', () => {
    const base = 'https://example.test/a/b'
    expect(sameOriginUrl('../c#f', base)).toBe('https://example.test/c')
    expect(sameOriginUrl('https://example.test:443/c', base)).toBe('https://example.test/c')
    expect(sameOriginUrl('http://example.test/c', base)).toBeUndefined()
    expect(sameOriginUrl('https://other.test/c', base)).toBeUndefined()
    expect(sameOriginUrl('//example.test:444/c', base)).toBeUndefined()
    expect(sameOriginUrl('data:,x', 'data:,y')).toBeUndefined()
  })
})

describe('whatever is sent', () => {
  const parsers: readonly ((text: string) => unknown)[] = [
    listMembers,
    parseCacheControl,
    parseTargeted,
    parseDictionary,
    parseList,
    parseRange,
    noVarySearch,
    normalUrl,
    (text) => parseHttpDate(text, start),
    (text) => searchKey(`https://example.test/?${text}`, 'key-order'),
    (text) => listsTag(text, '"a"'),
    (text) => rangeOf(['Content-Range', text]),
    (text) => tagsOf(['Surrogate-Key', text, 'Cache-Tag', text, 'Cache-Groups', text], text, []),
    (text) => sameOriginUrl(text, text),
    (text) => requestFields(['Cache-Control', text, 'Pragma', text, 'Range', text]),
  ]
  const hostile = fc.array(
    fc.constantFrom(
      ...['"', '\\', ',', ';', '=', '(', ')', ' ', '\t', '*', ':', '@', '%', '?', '-', '&', '/'],
      ...['max-age', 'no-cache', 'params', 'bytes=', 'W/"', '0', '9', 'a', 'GMT', '\u00e9', '\0'],
    ),
    { maxLength: 60 },
  )

  test('no parser throws', () => {
    const text = fc.oneof(
      hostile.map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(text, (sent) => {
        for (const parse of parsers) parse(sent)
      }),
      { numRuns: 2000 },
    )
  })

  test('no parser is undone by length', () => {
    // A quadratic one would take hours: the run would not end.
    const length = 2 ** 20
    const parts = ['"', ',', '\\', '"\\', '",', 'a="', 'a=("', ' ', 'a;', '=', '9', '(', '&a', 'a,']
    for (const part of [...parts, 'no-cache=a,', 'max-age=1,', 'W/"a",']) {
      const sent = part.repeat(length / part.length)
      for (const parse of parsers) parse(sent)
    }
  })

  test('members never hold what divides them', () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        const text = parts.join('').replaceAll('"', '')
        expect(listMembers(text)).toEqual(
          text
            .split(',')
            .map(trimmed)
            .filter((member) => member !== ''),
        )
      }),
    )
  })
})
