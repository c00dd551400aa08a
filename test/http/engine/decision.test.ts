import { describe, expect, test } from 'vitest'
import { decide } from '../../../src/http/engine/decision.ts'
import type { Rules } from '../../../src/http/engine/rules.ts'
import {
  asForward,
  asServe,
  date,
  decided,
  type Fields,
  line,
  outcome,
  request,
  rfc,
  second,
  start,
  stored,
} from './scene.ts'

const minute = { 'Cache-Control': 'max-age=60' }

function control(value: string): Fields {
  return { 'Cache-Control': value }
}

describe('freshness (RFC 9111 §4.2)', () => {
  test('ends to the millisecond', () => {
    const kept = stored(minute)
    expect(outcome(decided(59.999, request(), kept))).toBe('hit')
    expect(outcome(decided(60, request(), kept))).toBe('stale')
  })

  test('is told by Age, and by the time left', () => {
    const hit = asServe(decided(30.9, request(), stored({ ...minute, Age: '5' })))
    expect(line(hit.head, 'Age')).toBe('35')
    expect(hit.cacheStatus).toEqual({ hit: true, ttl: 24_100 })
  })

  test('leaves Date and Expires as they were (§5.3, RFC 9110 §6.6.1)', () => {
    const hit = asServe(decided(9, request(), stored({ Date: date(0), Expires: date(60) })))
    expect([line(hit.head, 'Date'), line(hit.head, 'Expires')]).toEqual([date(0), date(60)])
  })
})

describe('what the response demands (RFC 9111 §5.2.2)', () => {
  test.each<[string, string, number, string]>([
    ['no-cache', 'max-age=60, no-cache', 1, 'stale'],
    ['no-cache of some fields', 'max-age=60, no-cache="x"', 1, 'hit'],
    ['must-revalidate while fresh', 'max-age=60, must-revalidate', 59, 'hit'],
    ['must-revalidate', 'max-age=60, must-revalidate, stale-while-revalidate=60', 61, 'stale'],
    ['proxy-revalidate', 'max-age=60, proxy-revalidate, stale-while-revalidate=60', 61, 'stale'],
    ['stale-while-revalidate', 'max-age=60, stale-while-revalidate=60', 119, 'hit'],
    ['stale-while-revalidate, past', 'max-age=60, stale-while-revalidate=60', 120, 'stale'],
    ['stale-while-revalidate, with s-maxage', 's-maxage=60, stale-while-revalidate=60', 61, 'hit'],
    ['stale-while-revalidate, without time', 'max-age=60, stale-while-revalidate', 61, 'stale'],
    ['stale-if-error alone', 'max-age=60, stale-if-error=60', 61, 'stale'],
  ])('%s', (_, value, at, what) => {
    expect(outcome(decided(at, request(), stored({ ...control(value), ETag: '"a"' })))).toBe(what)
  })

  test('proxy-revalidate is for shared caches', () => {
    const own: Rules = { ...rfc, shared: false }
    const fields = control('max-age=60, proxy-revalidate, stale-while-revalidate=60')
    const kept = stored(fields, { rules: own })
    expect(outcome(decide([kept], request(), start + 61 * second, own))).toBe('hit')
  })

  test('what is stale and served is renewed, for nobody in particular (RFC 5861 §3)', () => {
    const kept = stored({ ...control('max-age=60, stale-while-revalidate=60'), ETag: '"a"' })
    const asked = request({ 'If-None-Match': '"b"', Range: 'bytes=0-1', X: '1' }, 'GET')
    const { renewal, cacheStatus } = asServe(decided(61, asked, kept))
    expect(cacheStatus.ttl).toBe(-1000)
    expect(renewal?.request).toEqual(request({ X: '1', 'If-None-Match': '"a"' }))
    expect(renewal).toMatchObject({ conditions: 'cache', because: 'stale', candidate: kept })
    const head = asServe(decided(61, request({}, 'HEAD'), kept))
    expect(head.renewal?.request.method).toBe('GET')
    expect(asServe(decided(60, asked, kept)).renewal).toBeDefined()
    expect(asServe(decided(59.999, asked, kept)).renewal).toBeUndefined()
  })

  test('who wants nothing stored has nothing renewed in his name (RFC 9111 §5.2.1.5)', () => {
    const kept = stored(control('max-age=60, stale-while-revalidate=60'))
    expect(outcome(decided(61, request(control('no-store')), kept))).toBe('stale')
    const served = asServe(decided(61, request(control('no-store, max-stale')), kept))
    expect(served.renewal).toBeUndefined()
  })
})

test('where nothing is renewed in the background, the client waits', () => {
  const kept = stored(control('max-age=60, stale-while-revalidate=60'))
  const rules = { ...rfc, renewInBackground: false }
  const what = (seconds: number) =>
    outcome(decide([kept], request(), start + seconds * second, rules))
  expect([what(59), what(61)]).toEqual(['hit', 'stale'])
})

describe('what the request demands (RFC 9111 §5.2.1)', () => {
  test.each<[string, Fields, number, string]>([
    ['no-cache', control('no-cache'), 1, 'request'],
    ['Pragma: no-cache (§5.4)', { Pragma: 'no-cache' }, 1, 'request'],
    ['Pragma beside Cache-Control', { Pragma: 'no-cache', ...control('x') }, 1, 'hit'],
    ['Pragma: x', { Pragma: 'x' }, 1, 'hit'],
    ['no-store', control('no-store'), 1, 'hit'],
    ['max-age=0', control('max-age=0'), 0, 'request'],
    ['max-age that it meets', control('max-age=10'), 10, 'hit'],
    ['max-age that it exceeds', control('max-age=10'), 10.001, 'request'],
    ['max-age that is no number', control('max-age=x'), 1, 'request'],
    ['min-fresh that it meets', control('min-fresh=10'), 50, 'hit'],
    ['min-fresh that it does not', control('min-fresh=10'), 50.001, 'request'],
    ['max-stale that it meets', control('max-stale=10'), 70, 'hit'],
    ['max-stale that it exceeds', control('max-stale=10'), 70.001, 'stale'],
    ['bare max-stale', control('max-stale'), 80_000, 'hit'],
    ['max-stale with no-cache', control('max-stale, no-cache'), 61, 'request'],
    ['only-if-cached, stored', control('only-if-cached'), 1, 'hit'],
    ['only-if-cached, stale', control('only-if-cached'), 61, '504'],
    ['only-if-cached, max-stale', control('only-if-cached, max-stale'), 61, 'hit'],
    ['only-if-cached, no-cache', control('only-if-cached, no-cache'), 1, '504'],
  ])('%s', (_, fields, at, what) => {
    expect(outcome(decided(at, request(fields), stored(minute)))).toBe(what)
  })

  test('only-if-cached with nothing stored is 504', () => {
    const refusal = decided(0, request(control('only-if-cached')))
    expect(refusal).toMatchObject({ action: 'refuse', cacheStatus: { detail: 'uri-miss' } })
    expect(outcome(refusal)).toBe('504')
  })

  test.each(['must-revalidate', 'proxy-revalidate', 's-maxage=60'])(
    'max-stale has no say against %s (§5.2.2.2)',
    (directive) => {
      const kept = stored({ ...control(`max-age=60, ${directive}`), ETag: '"a"' })
      expect(outcome(decided(61, request(control('max-stale')), kept))).toBe('stale')
    },
  )

  test('Age counts for max-age', () => {
    const kept = stored({ ...control('max-age=3600'), Age: '1800' })
    expect(outcome(decided(1, request(control('max-age=600')), kept))).toBe('request')
  })

  test('what is immutable needs no validation while it is fresh, but by no-cache (RFC 8246 §2)', () => {
    const kept = stored({ ...control('max-age=60, immutable'), ETag: '"a"' })
    expect(outcome(decided(1, request(control('max-age=0')), kept))).toBe('hit')
    expect(outcome(decided(1, request(control('no-cache')), kept))).toBe('request')
    expect(outcome(decided(61, request(control('max-age=0')), kept))).toBe('request')
  })

  test('can be ruled out of reloading', () => {
    const rules = { ...rfc, heedReload: false }
    for (const value of ['no-cache', 'max-age=0', 'min-fresh=900']) {
      const decision = decide([stored(minute)], request(control(value)), start, rules)
      expect(outcome(decision)).toBe('hit')
    }
  })

  test.each(['max-age=60', 'no-cache, max-age=60', 'max-age=60, must-revalidate'])(
    'can be ruled out of asking whether what is stored is fresh: %s',
    (value) => {
      const kept = [stored({ ...control(value), ETag: '"a"' })]
      const late = start + 3_600_000
      expect(outcome(decide(kept, request(control('no-cache')), late, rfc))).not.toBe('hit')
      const rules = { ...rfc, heedFreshness: false }
      expect(outcome(decide(kept, request(control('no-cache')), late, rules))).toBe('hit')
      expect(outcome(decide([], request({}), late, rules))).toBe('uri-miss')
    },
  )
})

describe('methods', () => {
  test('HEAD is answered from GET, without body (RFC 9110 §9.3.2)', () => {
    const hit = asServe(decided(1, request({ Range: 'bytes=0-1' }, 'HEAD'), stored(minute)))
    expect([hit.head.status, hit.withBody, line(hit.head, 'Content-Length')]).toEqual([
      200,
      false,
      '10',
    ])
  })

  test.each(['POST', 'PUT', 'OPTIONS', 'M-SEARCH', 'get'])('%s goes to the origin', (method) => {
    const asked = request(control('only-if-cached'), method)
    const forward = asForward(decided(1, asked, stored(minute)))
    expect(forward).toMatchObject({ because: 'method', request: asked, conditions: 'client' })
  })
})

describe('validation (RFC 9111 §4.3.1)', () => {
  const asked = request({ 'If-None-Match': '"client"', 'If-Modified-Since': date(-1), X: '1' })

  test('has the validators of what is stored in place of the client’s', () => {
    const kept = stored({ ...minute, ETag: 'W/"a"', 'Last-Modified': date(-99) })
    const forward = asForward(decided(61, asked, kept))
    const conditions = { 'If-None-Match': 'W/"a"', 'If-Modified-Since': date(-99) }
    expect(forward.request).toEqual(request({ X: '1', ...conditions }))
    expect(forward).toMatchObject({ conditions: 'cache', candidate: kept, asked })
  })

  test('keeps the client’s where nothing stored has any', () => {
    const kept = stored(minute)
    expect(asForward(decided(61, asked, kept))).toMatchObject({
      request: asked,
      conditions: 'client',
      candidate: kept,
    })
    expect(asForward(decided(0, asked)).request).toBe(asked)
  })

  test('has the fields that select the response', () => {
    const vary = { ...minute, ETag: '"a"', Vary: 'X' }
    const forward = asForward(decided(61, asked, stored(vary, { asked })))
    expect(line(forward.request, 'X')).toBe('1')
  })

  test.each(['If-Match', 'If-Unmodified-Since'])(
    '%s is for the origin alone (RFC 9111 §4.3.2, RFC 9110 §13.1)',
    (name) => {
      const protecting = request({ [name]: name === 'If-Match' ? '"a"' : date(0) })
      const forward = asForward(decided(1, protecting, stored({ ...minute, ETag: '"a"' })))
      expect(forward).toMatchObject({ because: 'request', request: protecting })
      expect(forward.candidate).toBeUndefined()
    },
  )
})
