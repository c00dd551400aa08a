import { describe, expect, test } from 'vitest'
import { notModified } from '../../../src/http/engine/answer.ts'
import { parseTargeted } from '../../../src/http/engine/cache-control.ts'
import { conclude } from '../../../src/http/engine/conclusion.ts'
import { decide } from '../../../src/http/engine/decision.ts'
import { renewing } from '../../../src/http/engine/forwarding.ts'
import { profiles, type Rules } from '../../../src/http/engine/rules.ts'
import {
  admission,
  asForward,
  exchanged,
  type Fields,
  request,
  response,
  rfc,
  safe,
  second,
  start,
  stored,
} from './scene.ts'

/** What is a list in an RFC is that list here. */

const minute = { 'Cache-Control': 'max-age=60', ETag: '"a"' }

test('`must-understand` is heeded of the statuses of RFC 9110 §15 that may be stored', () => {
  const understood = [
    ...[200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 409, 410],
    ...[411, 413, 414, 415, 417, 421, 422, 426, 451, 500, 501, 502, 503, 504, 505],
  ]
  const part = { 'Content-Range': 'bytes 0-9/20' }
  const fields = { 'Cache-Control': 'max-age=60, no-store, must-understand', ...part }
  const stores = (status: number) => admission(fields, { status }).storable
  const all = Array.from({ length: 400 }, (_, i) => 200 + i)
  expect(all.filter(stores)).toEqual(understood)
})

test('a 304 has no field that describes content it does not send (RFC 9110 §15.4.5)', () => {
  const ofContent = ['Encoding', 'Language', 'Length', 'Range', 'Type']
  const described = ofContent.flatMap((name) => [`Content-${name}`, 'x'])
  const others = ['Content-Location', '/x', 'ETag', '"a"']
  expect(notModified([...described, ...others]).headers).toEqual(others)
})

test('nothing of one client is in a request for all (RFC 9111 §4.3.1)', () => {
  const own = {
    'Cache-Control': 'no-cache',
    'If-Modified-Since': 'x',
    'If-None-Match': '"x"',
    'If-Range': '"x"',
    Pragma: 'no-cache',
    Range: 'bytes=0-1',
  }
  const bare = stored({ 'Cache-Control': 'max-age=60' })
  expect(renewing(bare, request({ ...own, Accept: 'x' }, 'HEAD')).request).toEqual(
    request({ Accept: 'x' }),
  )
})

describe('a targeted field has values of the right type, or is not heeded (RFC 9213 §2.1)', () => {
  const times = ['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error']
  const flags = [
    ...['no-store', 'no-cache', 'private', 'public', 'must-revalidate', 'proxy-revalidate'],
    ...['must-understand', 'immutable'],
  ]

  test.each(times)('%s', (name) => {
    expect(parseTargeted(`${name}=5`)).toBeDefined()
    for (const value of ['', '=1.5', '=-1', '="5"', '=x']) {
      expect(parseTargeted(`${name}${value}`)).toBeUndefined()
    }
  })

  test.each(flags)('%s', (name) => {
    expect(parseTargeted(name)).toBeDefined()
    expect(parseTargeted(`${name}="x"`)).toBeDefined()
    expect(parseTargeted(`${name}=1`)).toBeUndefined()
  })
})

describe('what came with a request, or with this one answer, says nothing of what is stored', () => {
  const rules: Rules = { ...safe, ttl: 60 * second }

  test.each<[string, Fields, Fields, boolean]>([
    ['nothing', {}, {}, false],
    ['no-store of the request', { 'Cache-Control': 'no-store' }, {}, false],
    ['credentials', { Authorization: 'u' }, {}, false],
    ['a cookie', { Cookie: 'a=1' }, {}, false],
    ['a cookie that is set', {}, { 'Set-Cookie': 'a=1' }, false],
    ['a cookie that is varied on', { Cookie: 'a=1' }, { ...minute, Vary: 'Cookie' }, false],
    ['no-store of the response', {}, { 'Cache-Control': 'no-store' }, true],
    ['private', {}, { 'Cache-Control': 'private' }, true],
  ])('%s', (_, asked, replied, isDropped) => {
    const kept = { ...stored({ ETag: '"a"' }, { rules }), freshUntil: start - 90_000 * second }
    const forward = { ...asForward(decide([kept], request(), start, rules)), asked: request(asked) }
    const conclusion = conclude(forward, response(replied), exchanged(), rules)
    expect(conclusion).toMatchObject({ action: 'pass', drop: isDropped })
  })
})

test('what is chosen for everybody is written down', () => {
  const { staleOnDisconnect, maxVariants, maxBodyBytes } = profiles.safe
  expect({ staleOnDisconnect, maxVariants, maxBodyBytes }).toEqual({
    staleOnDisconnect: 24 * 3600 * second,
    maxVariants: 32,
    maxBodyBytes: 8_388_608,
  })
  expect(rfc).toEqual({
    ...safe,
    cookies: 'ignore',
    storeVaryCookie: true,
    storeSetCookie: true,
    storeNonce: true,
    normaliseLanguage: true,
  })
})
