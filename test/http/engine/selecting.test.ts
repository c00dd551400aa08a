import { describe, expect, test } from 'vitest'
import { decide } from '../../../src/http/engine/decision.ts'
import { renewing } from '../../../src/http/engine/forwarding.ts'
import { invalidated } from '../../../src/http/engine/invalidation.ts'
import { requestFields } from '../../../src/http/engine/request-fields.ts'
import { whyNoStandIn } from '../../../src/http/engine/reuse.ts'
import type { Rules } from '../../../src/http/engine/rules.ts'
import { matches, variesOn } from '../../../src/http/engine/selection.ts'
import type { StoredResponse } from '../../../src/http/engine/stored-response.ts'
import {
  admission,
  asServe,
  type Fields,
  outcome,
  request,
  response,
  rfc,
  safe,
  second,
  start,
  stored,
} from './scene.ts'

const minute = { 'Cache-Control': 'max-age=60', ETag: '"a"' }
const alone: Rules = { ...rfc, shared: false }

describe('which request is answered (RFC 9111 §4.1)', () => {
  const byCookie: Rules = { ...safe, ttl: 60 * second, cookies: ['a'] }

  test.each<[string, Fields, Fields, Fields, boolean]>([
    ['members', { Vary: 'X' }, { X: 'a, b' }, { X: 'a ,b' }, true],
    ['no one member of two', { Vary: 'X' }, { X: 'a, b' }, { X: 'ab' }, false],
    [
      'the language that is wanted most',
      { Vary: 'Accept-Language', 'Content-Language': 'de' },
      { 'Accept-Language': 'de' },
      { 'Accept-Language': 'de, en;q=0.5, fr;q=0.1' },
      true,
    ],
    [
      'not one of two that are wanted alike',
      { Vary: 'Accept-Language', 'Content-Language': 'de' },
      { 'Accept-Language': 'de' },
      { 'Accept-Language': 'de, en' },
      false,
    ],
  ])('%s', (_, fields, first, other, isSame) => {
    const kept = stored({ ...minute, ...fields }, { asked: request(first) })
    expect(matches(kept.selecting, request(other), rfc)).toBe(isSame)
  })

  test.each([
    ['a=1; b=2', 'b=3; a=1', true],
    ['a=1', 'a=2', false],
    ['a=1; a=2', 'a=1a=2', false],
    ['a=1; a=2', 'a=1;a=2', true],
    ['a="1,  2"', 'a="1, 2"', false],
    ['a=1,  2', 'a=1, 2', false],
    ['a', 'b=1', false],
    ['b=1', 'c=1', true],
  ])('by a cookie: %s and %s', (first, other, isSame) => {
    const kept = stored({}, { asked: request({ Cookie: first }), rules: byCookie })
    expect(matches(kept.selecting, request({ Cookie: other }), byCookie)).toBe(isSame)
  })

  test('cookies that are named, whoever declares the lifetime, and none of a client of its own', () => {
    const asked = request({ Cookie: 'a=1' })
    const names = (fields: Fields, rules: Rules) => stored(fields, { asked, rules }).selecting.names
    expect(names({}, byCookie)).toEqual(['cookie:a'])
    expect(names({}, { ...byCookie, shared: false })).toEqual([])
    expect(names(minute, byCookie)).toEqual(['cookie:a'])
  })

  test('a language counts where it is varied on', () => {
    const language = (fields: Fields) => stored({ ...minute, ...fields }).selecting.language
    expect(language({ 'Content-Language': 'de' })).toBeNull()
    expect(language({ 'Content-Language': 'de', Vary: 'Accept-Language' })).toBe('de')
    expect(language({ 'Content-Language': 'de, en', Vary: 'Accept-Language' })).toBeNull()
  })

  test('of 64 fields, and no more', () => {
    const names = Array.from({ length: 65 }, (_, i) => `x${i}`)
    expect(variesOn(['Vary', names.slice(1).join()])).toHaveLength(64)
    expect(variesOn(['Vary', names.join()])).toBeUndefined()
  })
})

describe('which response is chosen', () => {
  const received = (at: number): StoredResponse => ({ ...stored(minute), responseAt: start + at })

  test('of one date the one that came last', () => {
    const [early, late] = [received(1), received(2)]
    for (const kept of [
      [early, late],
      [late, early],
    ]) {
      expect(asServe(decide(kept, request(), start + 3, rfc)).stored).toBe(late)
    }
  })

  test('one that nobody else may have is not taken for one that varies', () => {
    const rules: Rules = { ...safe, ttl: 60 * second }
    const asked = request({ Cookie: 'a=1', X: '2' })
    const own = stored({}, { rules })
    const other = stored({ ...minute, Vary: 'X' }, { rules, asked: request({ X: '1' }) })
    for (const kept of [
      [own, other],
      [other, own],
    ]) {
      expect(outcome(decide(kept, asked, start, rules))).toBe('bypass')
    }
    const ignoring: Rules = { ...rules, cookies: 'ignore' }
    for (const who of [asked, request({ Authorization: 'u' })]) {
      expect(outcome(decide([own], who, start, rules))).toBe('bypass')
      expect(outcome(decide([own], who, start, ignoring))).toBe('hit')
    }
  })

  test('where none may be asked for, there is nothing', () => {
    const asked = request({ 'Cache-Control': 'only-if-cached' })
    expect(decide([], asked, start, rfc)).toMatchObject({
      action: 'refuse',
      head: { status: 504, reason: 'Gateway Timeout', headers: ['Content-Length', '0'] },
    })
  })
})

describe('how long it is used', () => {
  test('what never changes is as good as any until it is stale', () => {
    const kept = stored({ 'Cache-Control': 'max-age=60, immutable' })
    const asked = request({ 'Cache-Control': 'max-age=5' })
    const at = (ms: number) => outcome(decide([kept], asked, start + ms, rfc))
    expect(at(60 * second - 1)).toBe('hit')
    expect(at(60 * second)).toBe('request')
  })

  test.each([
    ['max-age=60', 'declared', {}],
    ['no-cache', 'none', {}],
    ['public', 'heuristic', { 'Last-Modified': 'Sun, 22 Nov 2026 11:00:00 GMT' }],
    ['public', 'none', { 'Last-Modified': 'Sun, 22 Nov 2026 12:00:00 GMT' }],
    ['public', 'none', {}],
  ])('%s has its lifetime %s', (control, source, fields) => {
    const date = { Date: 'Sun, 22 Nov 2026 12:00:00 GMT', ETag: '"a"' }
    const kept = stored({ ...date, 'Cache-Control': control, ...fields })
    expect(kept.source).toBe(source)
    expect(kept.initialAge).toBe(0)
  })

  test('what the rules give none has none', () => {
    const rules: Rules = { ...rfc, ttl: 60 * second }
    expect(stored({ ETag: '"a"' }, { rules }).source).toBe('ttl')
    const news = { ETag: '"a"', 'Content-Type': 'text/event-stream' }
    expect(stored(news, { rules }).source).toBe('none')
  })

  test('a client of its own heeds no `s-maxage`', () => {
    const both = { 'Cache-Control': 's-maxage=5, max-age=60' }
    expect(stored(both).mustRevalidate).toBe(true)
    expect(stored(both, { rules: alone }).mustRevalidate).toBe(false)
    const proxies = { 'Cache-Control': 'max-age=60, proxy-revalidate' }
    expect(stored(proxies).mustRevalidate).toBe(true)
    expect(stored(proxies, { rules: alone }).mustRevalidate).toBe(false)
  })

  test('it stands in for an origin until it is too old', () => {
    const kept = stored({ 'Cache-Control': 'max-age=60, must-revalidate' })
    const whyNot = (each: StoredResponse, at: number, field: string, isGone: boolean) => {
      const asked = requestFields(['Cache-Control', field])
      return whyNoStandIn(each, asked, isGone, start + at * second, rfc)
    }
    expect(whyNot(kept, 59, 'no-cache', true)).toBeUndefined()
    expect(whyNot(kept, 60, 'no-cache', true)).toBe('must-revalidate')
    const lax = stored({ 'Cache-Control': 'max-age=60' })
    expect(whyNot(lax, 69.999, 'stale-if-error=10', false)).toBeUndefined()
    expect(whyNot(lax, 70, 'stale-if-error=10', false)).toBe('too-stale')
    expect(whyNot(lax, 60, 'no-cache', false)).toBe('too-stale')
  })
})

describe('what is stored', () => {
  test.each([
    ['POST', '/page', 'max-age=60', true],
    ['POST', '/other', 'max-age=60', false],
    ['POST', undefined, 'max-age=60', false],
    ['PUT', '/page', 'max-age=60', false],
  ])('of %s with Content-Location %s', (method, location, control, storable) => {
    const fields = { 'Cache-Control': control, ETag: '"a"' }
    const located = location === undefined ? fields : { ...fields, 'Content-Location': location }
    const rules: Rules = { ...rfc, methods: ['GET', 'POST', 'PUT'] }
    const { storable: is } = admission(located, { asked: request({}, method), rules })
    expect(is).toBe(storable)
  })

  test('a cookie that is private by name is dropped where there is more than one client', () => {
    const fields = { 'Cache-Control': 'max-age=60, private="Set-Cookie"', 'Set-Cookie': 'a=1' }
    expect(admission(fields, { rules: safe }).storable).toBe(true)
    expect(admission(fields, { rules: { ...safe, shared: false } }).storable).toBe(false)
  })

  test('a part is what says 206', () => {
    const part = { ...minute, 'Content-Range': 'bytes 0-9/20' }
    expect(stored(part, { status: 206 }).range).toEqual({ start: 0, end: 9, size: 20 })
    expect(stored(part, { status: 200 }).range).toBeUndefined()
  })
})

test('what has no validator is renewed as a whole', () => {
  const bare = stored({ 'Cache-Control': 'max-age=60' })
  expect(renewing(bare, request()).conditions).toBe('none')
  expect(renewing(stored(minute), request()).conditions).toBe('cache')
})

test.each([
  [199, false],
  [200, true],
  [399, true],
  [400, false],
])('a change that is answered by %d has been made: %s', (status, isMade) => {
  expect(invalidated(request({}, 'POST'), response({}, status)) !== undefined).toBe(isMade)
})
