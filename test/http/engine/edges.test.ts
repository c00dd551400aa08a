import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTargeted } from '../../../src/http/engine/cache-control.ts'
import { parseHttpDate } from '../../../src/http/engine/http-date.ts'
import { noVarySearch, searchKey } from '../../../src/http/engine/no-vary-search.ts'
import { rangeOf, resolveRange } from '../../../src/http/engine/range.ts'
import { requestFields } from '../../../src/http/engine/request-fields.ts'
import { parseDictionary, parseList } from '../../../src/http/engine/structured-field.ts'
import { groupsIn, tagsOf } from '../../../src/http/engine/tags.ts'
import { start, url } from './scene.ts'

/** The last value that is one thing, and the first that is another. */

test('a request says nothing by fields of other names, whatever their length', () => {
  const nothing = requestFields([])
  for (let length = 1; length <= 20; length++) {
    expect(requestFields(['x'.repeat(length), 'no-cache'])).toEqual(nothing)
  }
})

describe('dates', () => {
  test('the longest that there is', () => {
    const at = Date.UTC(1994, 10, 9)
    expect(parseHttpDate('Wednesday, 09-Nov-94 00:00:00 GMT', start)).toBe(at)
  })

  test.each([
    ['08:49:59', 59],
    ['08:49:60', 60],
    ['08:49:61', undefined],
    ['23:59:00', 15 * 3600 + 10 * 60],
    ['24:00:00', undefined],
    ['08:60:00', undefined],
  ])('a second may leap: %s', (time, seconds) => {
    const minute = Date.UTC(1994, 10, 6, 8, 49)
    const parsed = parseHttpDate(`Sun, 06 Nov 1994 ${time} GMT`, start)
    expect(parsed).toBe(seconds === undefined ? undefined : minute + seconds * 1000)
  })
})

describe('ranges', () => {
  test.each([
    [{ suffix: 5 }, 0, undefined],
    [{ suffix: 0 }, 5, undefined],
    [{ suffix: 1 }, 5, { start: 4, end: 4, size: 5 }],
    [{ suffix: 9 }, 5, { start: 0, end: 4, size: 5 }],
    [{ start: 0, end: undefined }, 0, undefined],
    [{ start: 5, end: 9 }, 5, undefined],
    [{ start: 4, end: 9 }, 5, { start: 4, end: 4, size: 5 }],
  ])('%o of %d', (spec, size, range) => {
    expect(resolveRange(spec, size)).toEqual(range)
  })

  test('two of them are none', () => {
    const part = 'bytes 0-4/10'
    expect(rangeOf(['Content-Range', part])).toEqual({ start: 0, end: 4, size: 10 })
    expect(rangeOf(['Content-Range', part, 'Content-Range', part])).toBeUndefined()
  })
})

describe('structured fields', () => {
  test.each([
    ['   ', []],
    [' a ', ['a']],
    ['a ,b', ['a', 'b']],
    ['a\t,\tb', ['a', 'b']],
    [' \t', undefined],
    ['?1, ?0', [true, false]],
    ['("a";x=1 "b")', [['a', 'b']]],
    ['("a";=1)', undefined],
    ['("a" \u00e9)', undefined],
  ])('list %o', (text, members) => {
    expect(parseList(text)).toEqual(members)
  })

  test('of a name that is there twice the last stands, and blanks are no member', () => {
    expect(parseDictionary('  ')).toEqual(new Map())
    expect([...(parseDictionary('a=1, b, a=?1') ?? [])]).toEqual([
      ['b', true],
      ['a', true],
    ])
  })

  test('a targeted field may say 0, and what nobody knows', () => {
    expect(parseTargeted('max-age=0')?.maxAge).toBe(0)
    expect(parseTargeted('max-age=-1')).toBeUndefined()
    expect(parseTargeted('unknown=1, max-age=5')?.maxAge).toBe(5)
    expect(parseTargeted('no-store=1, max-age=5')).toBeUndefined()
  })
})

describe('No-Vary-Search', () => {
  const base = 'https://example.test/x'

  test.each(['&&&', 'params=1', 'params=?0', 'key-order=?0', 'except=("a")', 'params=("a" 1)'])(
    '%s says nothing',
    (field) => expect(noVarySearch(field)).toBeNull(),
  )

  test.each(['params', 'key-order', 'params=("a"), key-order'])('%s says something', (field) => {
    expect(noVarySearch(field)).toBe(field)
    expect(noVarySearch(undefined)).toBeNull()
  })

  test('any order of the names is the same, and that of one name’s values is not', () => {
    const query = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', ''), fc.constantFrom('1', '2')))
    const key = (parameters: [string, string][]) =>
      searchKey(`${base}?${new URLSearchParams(parameters)}`, 'key-order')
    fc.assert(
      fc.property(query, query, (one, other) => {
        const isSame =
          JSON.stringify([...grouped(one)].sort()) === JSON.stringify([...grouped(other)].sort())
        if (one.length > 0 && other.length > 0) expect(key(one) === key(other)).toBe(isSame)
      }),
    )
    fc.assert(
      fc.property(query, (parameters) => {
        const turned = [...grouped(parameters).values()].reverse().flat()
        expect(key(turned)).toBe(key(parameters))
      }),
    )
  })

  test.each([
    ['params=("a&b")', '?a%26b=1', '?a%26b=2', true],
    ['params=("a=b")', '?a%3Db=1', '?a%3Db=2', true],
    ['params=("a=b")', '?a=1', '?a=2', false],
    ['params=("")', '?=1', '?=2', true],
    ['params=("")', '?other=1', '?other=2', false],
  ])('%s: %s and %s', (field, one, other, isSame) => {
    expect(searchKey(base + one, field) === searchKey(base + other, field)).toBe(isSame)
  })

  function grouped(parameters: [string, string][]): Map<string, [string, string][]> {
    const groups = new Map<string, [string, string][]>()
    for (const each of parameters) groups.set(each[0], [...(groups.get(each[0]) ?? []), each])
    return groups
  }
})

describe('tags', () => {
  test('are names that are not empty', () => {
    expect(tagsOf(['Surrogate-Key', ' a \t b '], url, [''])).toEqual(['tag:a', 'tag:b'])
  })

  test('are at most 48, and 400 long', () => {
    const long = 'x'.repeat(400 - 'tag:'.length)
    expect(tagsOf([], url, [long])).toEqual([`tag:${long}`])
    expect(tagsOf([], url, [`${long}x`])).toBeUndefined()
    const many = Array.from({ length: 48 }, (_, i) => `${i}`)
    expect(tagsOf([], url, many)).toHaveLength(48)
    expect(tagsOf([], url, [...many, 'x'])).toBeUndefined()
  })

  test('of groups are there where there is an origin', () => {
    const lines = ['Cache-Groups', '"a", b;x=1, 5']
    expect(groupsIn(lines, 'cache-groups', url)).toEqual([
      'group:https://example.test a',
      'group:https://example.test b',
    ])
    expect(groupsIn(lines, 'cache-groups', 'not a url')).toEqual([])
  })
})
