import { describe, expect, test } from 'vitest'
import { admit } from '../../../src/http/engine/admission.ts'
import {
  type Conclusion,
  conclude,
  type Pass,
  type ServeAfter,
} from '../../../src/http/engine/conclusion.ts'
import { decide } from '../../../src/http/engine/decision.ts'
import { untouched } from '../../../src/http/engine/forwarding.ts'
import type { Rules } from '../../../src/http/engine/rules.ts'
import type { StoredResponse } from '../../../src/http/engine/stored-response.ts'
import type { RequestHead, ResponseHead } from '../../../src/http/message.ts'
import {
  asForward,
  date,
  exchanged,
  type Fields,
  line,
  request,
  response,
  rfc,
  safe,
  second,
  start,
  stored,
} from './scene.ts'

const minute = { 'Cache-Control': 'max-age=60' }
const tagged = { ...minute, ETag: '"a"', 'Last-Modified': date(-100), X: '1' }

/** What a reply means that comes to `asked` after `seconds`, when `kept` is stored. */
function concluded(
  seconds: number,
  kept: StoredResponse | undefined,
  reply: ResponseHead | undefined,
  asked: RequestHead = request(),
  rules: Rules = rfc,
): Conclusion {
  const decision = decide(kept ? [kept] : [], asked, start + seconds * second, rules)
  return conclude(asForward(decision), reply, exchanged(seconds), rules)
}

function asPass(conclusion: Conclusion): Pass {
  if (conclusion.action !== 'pass') throw new Error(`Not passed: ${conclusion.action}`)
  return conclusion
}

function asServed(conclusion: Conclusion): ServeAfter {
  if (conclusion.action !== 'serve') throw new Error(`Not served: ${conclusion.action}`)
  return conclusion
}

describe('a reply to what nothing is stored for', () => {
  test('passes, and is stored', () => {
    const pass = asPass(concluded(0, undefined, response({ ...minute, Date: date(0) })))
    expect(pass).toMatchObject({ withBody: true, drop: false, kept: undefined })
    expect(pass.head.headers).toEqual(['Cache-Control', 'max-age=60', 'Date', date(0)])
    expect(pass.admission.storable).toBe(true)
    expect(pass.cacheStatus).toEqual({ forward: 'uri-miss', forwardStatus: 200 })
  })

  test('gets a date if it has none (RFC 9110 §6.6.1)', () => {
    expect(line(asPass(concluded(7, undefined, response(minute))).head, 'Date')).toBe(date(7))
  })

  test('is a 304 for the client whose condition it was', () => {
    const asked = request({ 'If-None-Match': '"a"' })
    const pass = asPass(concluded(0, undefined, response({ ETag: '"a"' }, 304), asked))
    expect(pass.head.status).toBe(304)
    expect(pass.admission).toEqual({ storable: false, because: 'status' })
  })

  test('that did not come is the failure of the origin', () => {
    const conclusion = concluded(0, undefined, undefined)
    expect(conclusion).toEqual({ action: 'fail', because: 'nothing-stored' })
  })

  test.each(['POST', 'OPTIONS'])('to %s passes', (method) => {
    const asked = request({}, method)
    const conclusion = conclude(untouched('method', asked), response(minute), exchanged(), rfc)
    expect(asPass(conclusion).withBody).toBe(true)
  })
})

describe('a 304 (RFC 9111 §4.3.3, §4.3.4)', () => {
  test('validates what is stored, which is served and fresh again', () => {
    const served = asServed(concluded(61, stored(tagged), response({ ...minute, X: '2' }, 304)))
    expect(served.serve.head.status).toBe(200)
    expect(line(served.serve.head, 'X')).toBe('2')
    expect(line(served.serve.head, 'Age')).toBe('0')
    expect(served.serve.cacheStatus).toMatchObject({ forward: 'stale', forwardStatus: 304 })
    expect(served.kept?.stored.freshUntil).toBe(start + 121 * second)
    expect(served.kept?.stored.bodyLength).toBe(10)
    expect(served.drop).toBe(false)
  })

  test('changes all fields but those of the stored body and of the connection (§3.2)', () => {
    const news = {
      Date: date(61),
      Age: '5',
      'x-new': '1',
      Connection: 'Y',
      Y: '1',
      'Content-Length': '9',
      'Content-Encoding': 'br',
      'Content-Type': 'text/x',
      'Content-Range': 'bytes 0-1/9',
      'Content-Location': '/bar',
    }
    const kept = stored({ ...tagged, 'Content-Type': 'text/plain', Date: date(0), 'X-New': '0' })
    const { serve } = asServed(concluded(61, kept, response(news, 304)))
    const told = (name: string) => line(serve.head, name)
    expect(['X', 'X-New', 'Date', 'Content-Location', 'Cache-Control'].map(told)).toEqual([
      '1',
      '1',
      date(61),
      '/bar',
      'max-age=60',
    ])
    expect(['Content-Length', 'Content-Type'].map(told)).toEqual(['10', 'text/plain'])
    expect(['Content-Encoding', 'Content-Range', 'Connection', 'Y'].map(told)).toEqual(
      Array(4).fill(undefined),
    )
    expect(told('Age')).toBe('5')
  })

  test('without a date is of now', () => {
    const kept = stored({ ...tagged, Date: date(0) })
    expect(asServed(concluded(900, kept, response({}, 304))).kept?.stored.freshUntil).toBe(
      start + 960 * second,
    )
  })

  test('answers the condition of the client by what is stored', () => {
    const status = (asked: Fields) =>
      asServed(concluded(61, stored(tagged), response({}, 304), request(asked))).serve.head.status
    expect(status({ 'If-None-Match': '"a"' })).toBe(304)
    expect(status({ 'If-None-Match': '"b"' })).toBe(200)
    expect(status({ 'If-Modified-Since': date(-100) })).toBe(304)
    expect(status({ 'If-Modified-Since': date(-101) })).toBe(200)
    expect(status({ Range: 'bytes=0-1' })).toBe(206)
  })

  test('about another representation is asked again, without condition', () => {
    const conclusion = concluded(61, stored(tagged), response({ ETag: '"b"' }, 304))
    expect(conclusion).toMatchObject({
      action: 'again',
      forward: { request: request(), conditions: 'none', because: 'stale' },
    })
  })

  test.each(['W/"a"', '"a"'])('about %s is about "a"', (etag) => {
    expect(concluded(61, stored(tagged), response({ ETag: etag }, 304)).action).toBe('serve')
  })

  test.each([
    ['no-store', true],
    ['private', true],
    ['no-cache', false],
    ['max-age=0', false],
  ])('that says %s withdraws what is stored: %s', (value, drop) => {
    const reply = response({ 'Cache-Control': value }, 304)
    const served = asServed(concluded(61, stored(tagged), reply))
    expect([served.drop, served.kept === undefined]).toEqual([drop, drop])
    expect(served.serve.head.status).toBe(200)
  })

  test('with a cookie gives it to who asked, and does not store it', () => {
    const reply = response({ 'Set-Cookie': ['a=1', 'b=2'] }, 304)
    const { serve, kept } = asServed(concluded(61, stored(tagged), reply, request(), safe))
    expect(serve.head.headers.slice(-4)).toEqual(['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])
    expect(kept?.stored.headers).not.toContain('Set-Cookie')
  })

  test('for who is authorised changes nothing for others (§3.5)', () => {
    const asked = request({ Authorization: 'x' })
    const served = asServed(concluded(61, stored(tagged), response({ X: '2' }, 304), asked))
    expect(served).toMatchObject({ kept: undefined, drop: false })
    expect(line(served.serve.head, 'X')).toBe('2')
  })
})

describe('a full reply to a validation (RFC 9111 §4.3.3)', () => {
  test('replaces what is stored', () => {
    const pass = asPass(concluded(61, stored(tagged), response({ ...tagged, ETag: '"b"' })))
    expect(pass).toMatchObject({ withBody: true, drop: false, admission: { storable: true } })
  })

  test('that may not be stored leaves nothing', () => {
    const pass = asPass(concluded(61, stored(tagged), response({ 'Cache-Control': 'no-store' })))
    expect(pass).toMatchObject({ drop: true, admission: { storable: false } })
  })

  test('may be what the client has', () => {
    const asked = request({ 'If-None-Match': '"b"' })
    const reply = response({ ...tagged, ETag: '"b"', 'Content-Type': 'x' })
    const pass = asPass(concluded(61, stored(tagged), reply, asked))
    expect(pass).toMatchObject({ withBody: false, admission: { storable: true } })
    expect([pass.head.status, line(pass.head, 'Content-Type')]).toEqual([304, undefined])
  })

  test.each([
    [404, true],
    [410, true],
    [302, false],
    [403, false],
    [429, false],
    [501, false],
  ])('that is a %i and may not be stored leaves nothing: %s', (status, drop) => {
    const reply = response({ 'Cache-Control': 'no-store' }, status)
    expect(asPass(concluded(61, stored(tagged), reply))).toMatchObject({ drop, head: { status } })
  })

  test('that sets a cookie leaves what others have', () => {
    const reply = response({ ...tagged, 'Set-Cookie': 'a=b' })
    const pass = asPass(concluded(61, stored(tagged), reply, request(), safe))
    expect(pass).toMatchObject({ drop: false, admission: { because: 'set-cookie' } })
  })
})

describe('an origin that fails (RFC 9111 §4.2.4, RFC 5861 §4)', () => {
  const day = rfc.staleOnDisconnect / second

  test.each<[string, Fields, number, string]>([
    ['stale', minute, 61, 'disconnected'],
    ['stale, up to a bound', minute, 59 + day, 'disconnected'],
    ['stale, beyond it', minute, 60 + day, 'too-stale'],
    [
      'a longer stale-if-error',
      { 'Cache-Control': 'max-age=60, stale-if-error=900000' },
      100 + day,
      'disconnected',
    ],
    ['must-revalidate', { 'Cache-Control': 'max-age=60, must-revalidate' }, 60, 'must-revalidate'],
    [
      'proxy-revalidate',
      { 'Cache-Control': 'max-age=60, proxy-revalidate' },
      61,
      'must-revalidate',
    ],
    ['s-maxage', { 'Cache-Control': 's-maxage=60' }, 61, 'must-revalidate'],
    [
      's-maxage that allows it',
      { 'Cache-Control': 's-maxage=60, stale-if-error=60' },
      61,
      'disconnected',
    ],
    ['no-cache', { 'Cache-Control': 'max-age=60, no-cache', ETag: '"a"' }, 1, 'must-revalidate'],
  ])('unreachable: %s', (_, fields, at, what) => {
    const conclusion = concluded(at, stored(fields), undefined)
    const detail = conclusion.action === 'serve' && conclusion.serve.cacheStatus.detail
    expect(conclusion.action === 'fail' ? conclusion.because : detail).toBe(what)
  })

  test.each([
    ['', {}, 61, 'pass'],
    ['stale-if-error=60', {}, 119, 'serve'],
    ['stale-if-error=60', {}, 120, 'pass'],
    ['stale-if-error=60, must-revalidate', {}, 61, 'pass'],
    ['', { 'Cache-Control': 'stale-if-error=60' }, 119, 'serve'],
    ['must-revalidate', { 'Cache-Control': 'stale-if-error=60' }, 61, 'pass'],
    ['', { 'Cache-Control': 'no-cache' }, 1, 'pass'],
  ])('answers with an error: "%s", asked with %o, after %i s: %s', (said, asked, at, action) => {
    const kept = stored({ 'Cache-Control': `max-age=60, ${said}`, ETag: '"a"' })
    for (const status of [500, 502, 503, 504]) {
      const conclusion = concluded(at, kept, response({}, status), request(asked))
      expect(conclusion.action).toBe(action)
    }
    expect(concluded(at, kept, response({}, 501), request(asked)).action).toBe('pass')
  })

  test('what is served says so, and is stored no anew', () => {
    const kept = stored({ 'Cache-Control': 'max-age=60, stale-if-error=60' })
    const served = asServed(concluded(70, kept, response(minute, 503)))
    expect(served).toMatchObject({ kept: undefined, drop: false, serve: { stored: kept } })
    expect(served.serve.cacheStatus).toEqual({
      forward: 'stale',
      forwardStatus: 503,
      ttl: -10_000,
      detail: 'stale-if-error',
    })
    expect(line(served.serve.head, 'Age')).toBe('70')
  })

  test('is not made good by a part that does not hold what is asked', () => {
    const part = stored({ ...minute, 'Content-Range': 'bytes 0-4/10' }, { status: 206, length: 5 })
    expect(concluded(1, part, undefined)).toEqual({ action: 'fail', because: 'nothing-stored' })
  })

  test('is made good by what is fresh, for who asked for newer', () => {
    const asked = request({ 'Cache-Control': 'no-cache' })
    expect(concluded(1, stored(minute), undefined, asked).action).toBe('serve')
  })

  test.each(['If-Match', 'If-Unmodified-Since'])('is not made good for %s', (name) => {
    const asked = request({ [name]: date(0) })
    expect(concluded(1, stored(minute), undefined, asked).action).toBe('fail')
  })
})

describe('a reply to HEAD (RFC 9111 §4.3.5)', () => {
  const head = (fields: Fields, status = 200, kept = stored({ ...minute, X: '1', Y: '1' })) =>
    asPass(concluded(61, kept, response(fields, status), request({}, 'HEAD')))

  test('that describes what is stored updates it', () => {
    const pass = head({ ...minute, X: '2', 'Content-Length': '10' })
    expect(pass).toMatchObject({ withBody: false, drop: false, admission: { because: 'method' } })
    const kept = pass.kept?.stored
    expect(kept && [line(kept, 'X'), line(kept, 'Y'), kept.bodyLength]).toEqual(['2', '1', 10])
    expect(kept?.freshUntil).toBe(start + 121 * second)
  })

  test.each<[string, Fields]>([
    ['length', { 'Content-Length': '9' }],
    ['tag', { ETag: '"b"' }],
    ['date', { 'Last-Modified': date(0) }],
  ])('with another %s ends it', (_, fields) => {
    expect(head({ ...minute, ...fields })).toMatchObject({ kept: undefined, drop: true })
  })

  test('that withdraws it ends it', () => {
    const pass = head({ 'Cache-Control': 'no-store' })
    expect(pass).toMatchObject({ kept: undefined, drop: true })
  })

  test('that is no success leaves it', () => {
    expect(head({ ...minute, X: '2' }, 410)).toMatchObject({ kept: undefined, drop: false })
  })

  test('that is a 304 validates it, for HEAD without body', () => {
    const asked = request({}, 'HEAD')
    const served = asServed(concluded(61, stored(tagged), response({}, 304), asked))
    expect([served.serve.withBody, served.kept?.stored.bodyLength]).toEqual([false, 10])
  })

  test('is never stored to answer GET', () => {
    expect(admit(request({}, 'HEAD'), response(minute), exchanged(), rfc).storable).toBe(false)
  })
})
