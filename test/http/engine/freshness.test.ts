import { describe, expect, test } from 'vitest'
import { admit, keepUntil } from '../../../src/http/engine/admission.ts'
import type { Rules } from '../../../src/http/engine/rules.ts'
import { expired } from '../../../src/http/engine/stored-response.ts'
import {
  admitted,
  date,
  type Fields,
  request,
  response,
  rfc,
  second,
  start,
  stored,
} from './scene.ts'

/** Seconds for which a response is fresh, from when it came. */
function freshFor(fields: Fields, status = 200, rules: Rules = rfc): number {
  const response = stored({ ETag: '"a"', ...fields }, { status, rules })
  return (response.freshUntil - start) / second
}

const targets: Rules = { ...rfc, targets: ['My-Cache-Control', 'CDN-Cache-Control'] }
const own: Rules = { ...rfc, shared: false }

describe('a declared lifetime (RFC 9111 §4.2.1)', () => {
  test.each<[string, Fields, number]>([
    ['max-age', { 'Cache-Control': 'max-age=60' }, 60],
    ['s-maxage before max-age', { 'Cache-Control': 'max-age=60, s-maxage=10' }, 10],
    ['s-maxage before a shorter max-age', { 'Cache-Control': 'max-age=0, s-maxage=10' }, 10],
    ['s-maxage on another line', { 'Cache-Control': ['s-maxage=10', 'max-age=60'] }, 10],
    ['max-age before Expires', { 'Cache-Control': 'max-age=60', Expires: date(-9) }, 60],
    ['max-age before a broken Expires', { 'Cache-Control': 'max-age=60', Expires: '0' }, 60],
    ['Expires since Date', { Expires: date(60), Date: date(0) }, 60],
    ['Expires without Date', { Expires: date(60) }, 60],
    ['Expires with a broken Date', { Expires: date(60), Date: 'soon' }, 60],
    ['Expires by the clock of the origin', { Expires: date(1060), Date: date(1000) }, 60],
    ['Expires in the past', { Expires: date(-60) }, 0],
    ['Expires that is no date (§5.3)', { Expires: '0' }, 0],
    ['two lines of Expires', { Expires: [date(60), date(60)] }, 0],
    ['two different max-age', { 'Cache-Control': 'max-age=60, max-age=9' }, 0],
  ])('%s', (_, fields, seconds) => {
    expect(freshFor(fields)).toBe(seconds)
  })

  test('s-maxage is for shared caches (§5.2.2.10)', () => {
    expect(freshFor({ 'Cache-Control': 'max-age=60, s-maxage=10' }, 200, own)).toBe(60)
  })
})

describe('age (RFC 9111 §4.2.3, §5.1)', () => {
  test.each<[string, Fields, number]>([
    ['Age counts', { Age: '20' }, 40],
    ['Date counts', { Date: date(-30) }, 30],
    ['the greater counts', { Age: '20', Date: date(-30) }, 30],
    ['a Date ahead does not', { Date: date(30) }, 60],
    ['the first member', { Age: '20, 0' }, 40],
    ['the first line', { Age: ['0', '7200'] }, 60],
    ['no number: ignored', { Age: 'abc' }, 60],
    ['negative: ignored', { Age: '-20' }, 60],
    ['a fraction: ignored', { Age: '20.0' }, 60],
    ['a parameter: ignored', { Age: '20;foo=1' }, 60],
    ['beyond 2^31: 2^31', { Age: '99999999999' }, 60 - 2 ** 31],
  ])('%s', (_, fields, seconds) => {
    expect(freshFor({ 'Cache-Control': 'max-age=60', Date: date(0), ...fields })).toBe(seconds)
  })
})

test('the time that the exchange took is age too, but not for the server’s own lifetime', () => {
  const age = (rules: Rules, took: number) => {
    const head = response({ 'Cache-Control': 'public', Age: '20', ETag: '"a"' })
    const when = { requestAt: start - took * second, responseAt: start }
    const { initialAge, freshUntil } = admitted(admit(request(), head, when, rules)).stored
    return [initialAge / second, (freshUntil - start) / second]
  }
  expect(age(rfc, 10)[0]).toBe(30)
  // A clock that was set back makes nothing younger.
  expect(age(rfc, -10)[0]).toBe(20)
  expect(age({ ...rfc, ttl: 60 * second }, 10)).toEqual([30, 60])
})

describe('a guessed lifetime (RFC 9111 §4.2.2)', () => {
  const modified = { 'Last-Modified': date(-1000) }

  test.each([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])('of a %i', (status) => {
    expect(freshFor(modified, status)).toBe(100)
  })

  test('of a 206', () => {
    expect(freshFor({ ...modified, 'Content-Range': 'bytes 0-9/20' }, 206)).toBe(100)
  })

  test.each([201, 202, 302, 303, 307, 400, 403, 451, 500, 502, 503, 504, 599])(
    'not of a %i, unless it is public',
    (status) => {
      expect(() => freshFor(modified, status)).toThrow('no-lifetime')
      expect(freshFor({ ...modified, 'Cache-Control': 'public' }, status)).toBe(100)
    },
  )

  test.each<[string, Fields, number]>([
    ['a day at most', { 'Last-Modified': date(-10_000_000) }, 86_400],
    ['since Date', { 'Last-Modified': date(-1000), Date: date(-10) }, 99 - 10],
    ['none without Last-Modified', {}, 0],
    ['none when it is after Date', { 'Last-Modified': date(5), Date: date(0) }, 0],
    ['none when it is no date', { 'Last-Modified': 'long ago' }, 0],
    ['none where one is declared', { ...modified, 'Cache-Control': 'max-age=0' }, 0],
    ['none with no-cache', { ...modified, 'Cache-Control': 'no-cache' }, 0],
  ])('%s', (_, fields, seconds) => {
    expect(freshFor(fields)).toBe(seconds)
  })
})

describe('targeted fields (RFC 9213)', () => {
  const said = { 'Cache-Control': 'max-age=60', 'CDN-Cache-Control': 'max-age=10' }

  test('are off by default', () => {
    expect(freshFor(said)).toBe(60)
    expect(() => freshFor({ ...said, 'Cache-Control': 'no-store' })).toThrow('no-store')
  })

  test.each<[string, Fields, number]>([
    ['before Cache-Control', said, 10],
    ['before no-store', { ...said, 'Cache-Control': 'no-store' }, 10],
    ['the first target first', { ...said, 'my-cache-control': 'max-age=5' }, 5],
    ['the next where the first is broken', { ...said, 'My-Cache-Control': 'max-age=5,' }, 10],
    ['Cache-Control where it is broken', { ...said, 'CDN-Cache-Control': 'max-age="1"' }, 60],
    ['Cache-Control where it is empty', { ...said, 'CDN-Cache-Control': '' }, 60],
    ['instead of Expires too', { 'CDN-Cache-Control': 'public', Expires: date(60) }, 0],
  ])('%s (§2.1, §2.2)', (_, fields, seconds) => {
    expect(freshFor(fields, 200, targets)).toBe(seconds)
  })

  test('forbid what Cache-Control allows', () => {
    const forbidden = (value: string) =>
      freshFor({ ...said, 'CDN-Cache-Control': value }, 200, targets)
    expect(() => forbidden('no-store')).toThrow('no-store')
    expect(() => forbidden('private')).toThrow('private')
  })
})

describe('how long it is kept', () => {
  const day = rfc.staleOnDisconnect
  test.each<[string, Fields, number]>([
    ['to be validated', { 'Cache-Control': 'max-age=60, must-revalidate', ETag: '"a"' }, day],
    ['to stand in', { 'Cache-Control': 'max-age=60' }, day],
    ['no longer than it is of use', { 'Cache-Control': 'max-age=60, must-revalidate' }, 0],
    ['for a longer stale-if-error', { 'Cache-Control': 'max-age=60, stale-if-error=900000' }, 9e8],
    ['no time for it where it is forbidden', { 'Cache-Control': 's-maxage=60' }, 0],
  ])('%s', (_, fields, past) => {
    const response = stored(fields)
    expect(keepUntil(response, rfc)).toBe(response.freshUntil + past)
  })

  test('from when it came, where it came stale', () => {
    const response = stored({ 'Cache-Control': 'max-age=60', Age: '9999999', ETag: '"a"' })
    expect(keepUntil(response, rfc)).toBe(start + day)
  })
})

test('a soft purge ends freshness, and never prolongs it', () => {
  const response = stored({ 'Cache-Control': 'max-age=60' })
  expect(expired(response, start + 5).freshUntil).toBe(start + 5)
  expect(expired(response, start + 90_000).freshUntil).toBe(response.freshUntil)
})
