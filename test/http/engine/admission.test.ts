import { describe, expect, test } from 'vitest'
import type { Refusal } from '../../../src/http/engine/admission.ts'
import { complete } from '../../../src/http/engine/completion.ts'
import type { Rules } from '../../../src/http/engine/rules.ts'
import { withEntityTag } from '../../../src/http/engine/stored-response.ts'
import {
  admission,
  admitted,
  date,
  type Fields,
  line,
  lines,
  request,
  rfc,
  safe,
  stored,
  url,
} from './scene.ts'

const fresh = { 'Cache-Control': 'max-age=60' }
const own: Rules = { ...rfc, shared: false }

function refusal(...asked: Parameters<typeof admission>): Refusal | undefined {
  const result = admission(...asked)
  return result.storable ? undefined : result.because
}

describe('a status (RFC 9111 §3)', () => {
  test.each([
    200, 203, 204, 299, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 414, 451, 499,
    500, 501, 502, 503, 504, 599,
  ])('%i is stored when it is declared fresh', (status) => {
    expect(refusal(fresh, { status })).toBeUndefined()
  })

  test.each([
    [304, 'answers a condition'],
    [412, 'answers a condition'],
    [416, 'answers a range'],
  ])('%i is not: it %s, and would answer others', (status) => {
    expect(refusal(fresh, { status })).toBe('status')
  })

  test('is to be understood where the response says so (§5.2.2.3)', () => {
    const must = { 'Cache-Control': 'max-age=60, no-store, must-understand' }
    expect(refusal(must)).toBeUndefined()
    expect(refusal(must, { status: 404 })).toBeUndefined()
    expect(refusal(must, { status: 599 })).toBe('status')
    expect(refusal(must, { status: 299 })).toBe('status')
  })
})

describe('what is refused', () => {
  test.each<[Refusal | undefined, Fields, Rules]>([
    ['no-store', { 'Cache-Control': 'max-age=60, no-store' }, rfc],
    ['no-store', { 'Cache-Control': 'max-age=60, nO-StOrE' }, own],
    ['private', { 'Cache-Control': 'max-age=60, private' }, rfc],
    [undefined, { 'Cache-Control': 'max-age=60, private' }, own],
    [undefined, { 'Cache-Control': 'max-age=60, private="x"' }, rfc],
    ['set-cookie', { ...fresh, 'Set-Cookie': 'a=b' }, safe],
    [undefined, { ...fresh, 'Set-Cookie2': 'a=b' }, safe],
    ['set-cookie', { 'Cache-Control': 'public, max-age=60', 'Set-Cookie': 'a=b' }, safe],
    ['set-cookie', { ...fresh, 'Set-Cookie': 'a=b' }, { ...safe, shared: false }],
    [undefined, { 'Cache-Control': 'max-age=60, private="Set-Cookie"', 'Set-Cookie': 'a=b' }, safe],
    [undefined, { ...fresh, 'Set-Cookie': 'a=b' }, rfc],
    ['nonce', { ...fresh, 'Content-Security-Policy': "script-src 'nonce-x'" }, safe],
    ['nonce', { ...fresh, 'content-security-policy-report-only': "'Nonce-x'" }, safe],
    [undefined, { ...fresh, 'Content-Security-Policy': "script-src 'self'" }, safe],
    [undefined, { ...fresh, 'Content-Security-Policy': "script-src 'nonce-x'" }, rfc],
    ['vary', { ...fresh, Vary: '*' }, rfc],
    ['vary', { ...fresh, Vary: ', *' }, rfc],
    ['vary', { ...fresh, Vary: ['Foo', '*, Bar'] }, rfc],
    ['vary', { ...fresh, Vary: Array.from({ length: 65 }, (_, i) => `F${i}`) }, rfc],
    ['too-large', { ...fresh, 'Content-Length': `${rfc.maxBodyBytes + 1}` }, rfc],
    [undefined, { ...fresh, 'Content-Length': `${rfc.maxBodyBytes}` }, rfc],
    ['no-lifetime', {}, rfc],
    ['no-lifetime', { 'Cache-Control': 'max-age=0' }, rfc],
    ['no-lifetime', { 'Cache-Control': 'no-cache' }, rfc],
    [undefined, { 'Cache-Control': 'max-age=0', ETag: '"a"' }, rfc],
    [undefined, { 'Cache-Control': 'no-cache', 'Last-Modified': date(-9) }, rfc],
    [undefined, { 'Cache-Control': 'max-age=0, stale-while-revalidate=9' }, rfc],
    [undefined, { 'Cache-Control': 'max-age=0, stale-if-error=9' }, rfc],
    [undefined, { ...fresh, 'Surrogate-Key': Array.from({ length: 48 }, (_, i) => `t${i}`) }, rfc],
    ['tags', { ...fresh, 'Surrogate-Key': Array.from({ length: 49 }, (_, i) => `t${i}`) }, rfc],
    ['tags', { ...fresh, 'Cache-Tag': 'x'.repeat(500) }, rfc],
  ])('%s: %o', (because, fields, rules) => {
    expect(refusal(fields, { rules })).toBe(because)
  })

  test.each<[string, Fields, Refusal | undefined]>([
    ['max-age alone', fresh, 'authorization'],
    ['max-age and a tag', { ...fresh, ETag: '"a"' }, 'authorization'],
    ['proxy-revalidate', { 'Cache-Control': 'max-age=60, proxy-revalidate' }, 'authorization'],
    ['public', { 'Cache-Control': 'max-age=60, public' }, undefined],
    ['s-maxage', { 'Cache-Control': 's-maxage=60, max-age=60' }, undefined],
    ['must-revalidate', { 'Cache-Control': 'max-age=60, must-revalidate' }, undefined],
  ])('to a request with Authorization: %s (§3.5)', (_, fields, because) => {
    const asked = request({ authorization: 'Basic x' })
    expect(refusal(fields, { asked })).toBe(because)
    expect(refusal(fields, { asked, rules: safe })).toBe(because)
    expect(refusal(fields, { asked, rules: own })).toBeUndefined()
  })

  test('to a request that says no-store (§5.2.1.5)', () => {
    expect(refusal(fresh, { asked: request({ 'Cache-Control': 'no-store' }) })).toBe(
      'request-no-store',
    )
  })

  test('what varies on Cookie, for a request with cookies, where rules say so', () => {
    const varying = { ...fresh, Vary: 'cookie' }
    const asked = request({ Cookie: 'a=b' })
    expect(refusal(varying, { asked, rules: safe })).toBe('vary-cookie')
    expect(refusal(varying, { asked })).toBeUndefined()
    expect(refusal(varying, { rules: safe })).toBeUndefined()
    expect(refusal(varying, { asked, rules: { ...safe, shared: false } })).toBeUndefined()
  })
})

describe('a method (RFC 9110 §9.3)', () => {
  const here = { ...fresh, 'Content-Location': url }

  test.each(['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'get'])('%s is not stored', (method) => {
    expect(refusal(here, { asked: request({}, method) })).toBe('method')
  })

  test('POST is, when it says to be what GET would get, and for how long (§9.3.3)', () => {
    const asked = request({}, 'POST')
    expect(refusal(here, { asked })).toBeUndefined()
    expect(refusal({ ...here, 'Content-Location': '/page' }, { asked })).toBeUndefined()
    expect(refusal(fresh, { asked })).toBe('method')
    expect(refusal({ ...here, 'Content-Location': '/other' }, { asked })).toBe('method')
    expect(refusal({ 'Content-Location': url, ETag: '"a"' }, { asked })).toBe('method')
    expect(refusal(here, { asked, rules: { ...rfc, methods: ['GET'] } })).toBe('method')
  })
})

describe('what is kept of the head (RFC 9111 §3.1)', () => {
  test('all but what is of the connection, of proxies, and of the moment', () => {
    const kept = stored({
      ...fresh,
      Date: date(0),
      Connection: 'a, B',
      A: '1',
      b: '2',
      C: ['3', '4'],
      'Keep-Alive': 'x',
      TE: 'x',
      'Transfer-Encoding': 'chunked',
      Upgrade: 'x',
      'Proxy-Connection': 'x',
      'Proxy-Authenticate': 'x',
      'Proxy-Authentication-Info': 'x',
      'Proxy-Authorization': 'x',
      Age: '5',
      'Content-Length': '10',
    })
    expect(kept.headers).toEqual(
      lines({ ...fresh, Date: date(0), C: ['3', '4'], 'Content-Length': '10' }),
    )
  })

  test('without the fields that are private or would need validation (§5.2.2.4, §5.2.2.7)', () => {
    const fields = { 'Cache-Control': 'max-age=60, private="a", no-cache="B"', A: '1', b: '2' }
    expect(line(stored(fields), 'a')).toBeUndefined()
    expect(line(stored(fields), 'b')).toBeUndefined()
    expect(line(stored(fields, { rules: own }), 'a')).toBe('1')
  })

  test('with a Date, if only of its arrival (RFC 9110 §6.6.1)', () => {
    expect(line(stored(fresh, { at: 5 }), 'date')).toBe(date(5))
    expect(line(stored({ ...fresh, date: date(-5) }), 'Date')).toBe(date(-5))
  })

  test('with the tag that it is given', () => {
    const tagged = withEntityTag(stored({ ...fresh, etag: 'W/"x"' }), '"y"')
    expect([tagged.etag, line(tagged, 'ETag')]).toEqual(['"y"', '"y"'])
  })
})

describe('tags', () => {
  test('are keys, tags and groups of the origin (RFC 9875 §2)', () => {
    const fields = {
      ...fresh,
      'Surrogate-Key': 'a  b',
      'Cache-Tag': 'c, a',
      'Cache-Groups': '"one", "Two";x=1, 3',
    }
    expect(admitted(admission(fields)).tags).toEqual([
      'tag:a',
      'tag:b',
      'tag:c',
      'group:https://example.test one',
      'group:https://example.test Two',
    ])
  })

  test('are those of the rules too', () => {
    const rules = { ...safe, tags: ['page', 'a b'] }
    expect(admitted(admission({ ...fresh, 'Cache-Tag': 'page, c' }, { rules })).tags).toEqual([
      'tag:page',
      'tag:c',
      'tag:a b',
    ])
  })

  test('are at least 32 groups of 32 characters (RFC 9875 §2)', () => {
    const groups = Array.from({ length: 32 }, (_, i) => `"${String(i).padStart(32, 'x')}"`)
    expect(admitted(admission({ ...fresh, 'Cache-Groups': groups })).tags).toHaveLength(32)
  })
})

describe('a body', () => {
  test.each<[string, Fields, number, boolean]>([
    ['is as long as announced', { 'Content-Length': '10' }, 10, true],
    ['is truncated', { 'Content-Length': '10' }, 9, false],
    ['is longer than announced', { 'Content-Length': '10' }, 11, false],
    ['is announced twice and differently', { 'Content-Length': ['10', '11'] }, 10, false],
    ['is empty as announced', { 'Content-Length': '0' }, 0, true],
    ['is not announced', {}, 7, true],
    ['is as long as may be', {}, rfc.maxBodyBytes, true],
    ['is too long', {}, rfc.maxBodyBytes + 1, false],
  ])('%s (RFC 9110 §8.6)', (_, fields, length, whole) => {
    const { stored: head } = admitted(admission({ ...fresh, ...fields }))
    const body = complete(head, length, rfc)
    expect(body && [body.bodyLength, line(body, 'Content-Length')]).toEqual(
      whole ? [length, `${length}`] : undefined,
    )
  })

  test('of a 204 has no length to tell', () => {
    const { stored: head } = admitted(admission(fresh, { status: 204 }))
    const body = complete(head, 0, rfc)
    expect(body && line(body, 'content-length')).toBeUndefined()
  })
})
