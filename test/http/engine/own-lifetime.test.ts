import { describe, expect, test } from 'vitest'
import { conclude } from '../../../src/http/engine/conclusion.ts'
import { decide } from '../../../src/http/engine/decision.ts'
import type { Rules } from '../../../src/http/engine/rules.ts'
import type { RequestHead } from '../../../src/http/message.ts'
import {
  admission,
  asForward,
  asServe,
  date,
  exchanged,
  type Fields,
  fieldsNamed,
  outcome,
  request,
  response,
  safe,
  second,
  start,
  stored,
} from './scene.ts'

const ttl: Rules = { ...safe, ttl: 600 * second }

function refusal(fields: Fields, asked: RequestHead, rules: Rules, status = 200) {
  const result = admission(fields, { asked, rules, status })
  return result.storable ? undefined : result.because
}

function decidedAfter(seconds: number, asked: RequestHead, rules: Rules, fields: Fields = {}) {
  return decide([stored(fields, { rules })], asked, start + seconds * second, rules)
}

describe('a lifetime of the server’s own', () => {
  test.each<[string, Fields, number]>([
    ['is for what declares none', {}, 600],
    ['counts from when the response came', { Date: date(-60), Age: '90' }, 600],
    ['takes the place of a guess', { 'Last-Modified': date(-100) }, 600],
    ['gives way to a shorter one', { 'Cache-Control': 'max-age=60' }, 60],
    ['bounds a longer one', { 'Cache-Control': 'max-age=6000' }, 600],
    ['gives way to none', { 'Cache-Control': 'max-age=0', ETag: '"a"' }, 0],
    ['gives way to Expires', { Expires: date(-9), ETag: '"a"' }, 0],
    ['gives way to no-cache', { 'Cache-Control': 'no-cache', ETag: '"a"' }, 0],
    ['is for what says something else', { 'Cache-Control': 'public, no-transform' }, 600],
  ])('%s', (_, fields, seconds) => {
    expect(stored(fields, { rules: ttl }).freshUntil).toBe(start + seconds * second)
  })

  test.each(['no-store', 'private', 'private, max-age=60'])(
    'does not make %s storable',
    (value) => {
      expect(refusal({ 'Cache-Control': value }, request(), ttl)).toMatch(value.split(',')[0] ?? '')
    },
  )

  test('is for the statuses named alone, errors not among them', () => {
    for (const status of [203, 302, 404, 410, 500, 503]) {
      expect(refusal({}, request(), ttl, status)).toBe('no-lifetime')
      expect(refusal({}, request(), { ...ttl, statuses: [status] }, status)).toBeUndefined()
    }
  })
})

test.each(['text/event-stream', 'Text/Event-Stream; charset=utf-8', 'multipart/x-mixed-replace'])(
  'a stream of %s is given none: it never ends',
  (type) => {
    expect(refusal({ 'Content-Type': type }, request(), ttl)).toBe('no-lifetime')
    expect(refusal({ 'Content-Type': 'text/event' }, request(), ttl)).toBeUndefined()
  },
)

describe('what clients are told of it', () => {
  test.each<[string, Fields, Partial<Rules>, number, readonly string[]]>([
    ['to ask each time', {}, {}, 9, ['no-cache']],
    [
      'what the handler said, and to ask',
      { 'Cache-Control': 'public' },
      {},
      9,
      ['public', 'no-cache'],
    ],
    ['what the handler declared', { 'Cache-Control': 'max-age=60' }, {}, 9, ['max-age=60']],
    ['to keep it for a while from now', {}, { browserTtl: 60_000 }, 100, ['max-age=160']],
    ['for ever', {}, { ttl: Infinity, browserTtl: Infinity }, 9, ['max-age=2147483648']],
    ['not for longer than it is kept here', {}, { browserTtl: 60_000 }, 580, ['max-age=600']],
  ])('%s', (_, fields, changed, at, told) => {
    const rules = { ...ttl, ...changed }
    const { head } = asServe(decidedAfter(at, request(), rules, fields))
    expect(fieldsNamed(head, 'Cache-Control')).toEqual(told)
  })

  test('is told with the first answer too, and with a 304', () => {
    const forward = asForward(decide([], request(), start, ttl))
    const pass = conclude(forward, response({}), exchanged(), ttl)
    expect(pass.action === 'pass' && fieldsNamed(pass.head, 'Cache-Control')).toEqual(['no-cache'])
    const again = decidedAfter(9, request({ 'If-None-Match': '"a"' }), ttl, { ETag: '"a"' })
    expect(asServe(again).head.status).toBe(304)
    expect(fieldsNamed(asServe(again).head, 'Cache-Control')).toEqual(['no-cache'])
  })

  test('is no concern of a response that is not stored', () => {
    const forward = asForward(decide([], request({ Cookie: 'a=b' }), start, ttl))
    const pass = conclude(forward, response({}), exchanged(), ttl)
    expect(pass.action === 'pass' && fieldsNamed(pass.head, 'Cache-Control')).toEqual([])
  })
})

describe('who says who asks (promise 7)', () => {
  const cookie = request({ Cookie: 'session=1; theme=dark' })
  const authorization = request({ Authorization: 'Bearer x' })
  const undeclared: readonly [string, Fields, Rules][] = [
    ['a lifetime of the server’s own', {}, ttl],
    ['a guessed one', { 'Last-Modified': date(-1000) }, safe],
    ['none', { ETag: '"a"' }, safe],
  ]

  test.each(undeclared)('neither stores nor is served %s', (_, fields, rules) => {
    expect(refusal(fields, cookie, rules)).toBe('cookie')
    expect(refusal(fields, authorization, rules)).toBe('authorization')
    expect(outcome(decidedAfter(1, cookie, rules, fields))).toBe('bypass')
    expect(outcome(decidedAfter(1, authorization, rules, fields))).toBe('bypass')
  })

  test.each(undeclared)('but by the name of cookies: %s', (_, fields, rules) => {
    const ignoring: Rules = { ...rules, cookies: 'ignore' }
    expect(refusal(fields, cookie, ignoring)).toBeUndefined()
    expect(outcome(decidedAfter(1, cookie, ignoring, fields))).not.toBe('bypass')
    expect(refusal(fields, authorization, ignoring)).toBe('authorization')
  })

  test('has a response for each value of the cookies named', () => {
    const rules: Rules = { ...ttl, cookies: ['theme'] }
    const dark = stored({}, { asked: cookie, rules })
    const status = (fields: Fields) => outcome(decide([dark], request(fields), start, rules))
    expect(status({ Cookie: 'other=2; theme=dark' })).toBe('hit')
    expect(status({ cookie: ['x=1', 'theme=dark'] })).toBe('hit')
    expect(status({ cookie: ['theme=dark', 'theme=light'] })).toBe('vary-miss')
    expect(status({ Cookie: 'theme=light' })).toBe('vary-miss')
    expect(status({ Cookie: 'theme=dark; theme=light' })).toBe('vary-miss')
    expect(status({ Cookie: 'xtheme=dark' })).toBe('vary-miss')
    expect(status({})).toBe('vary-miss')
    expect(status({ Cookie: 'theme=dark', Authorization: 'x' })).toBe('bypass')
  })

  test('gets what the origin declared to be everybody’s', () => {
    const declared = { 'Cache-Control': 'max-age=60' }
    for (const rules of [safe, ttl]) {
      expect(refusal(declared, cookie, rules)).toBeUndefined()
      expect(outcome(decidedAfter(1, cookie, rules, declared))).toBe('hit')
      expect(outcome(decidedAfter(1, authorization, rules, declared))).toBe('hit')
      expect(
        outcome(decidedAfter(1, authorization, rules, { 'Cache-Control': 'public', ETag: '"a"' })),
      ).not.toBe('bypass')
    }
  })

  test('is nobody else in a cache of its own', () => {
    const own: Rules = { ...ttl, shared: false }
    expect(refusal({}, cookie, own)).toBeUndefined()
    expect(outcome(decidedAfter(1, authorization, own))).toBe('hit')
  })
})

describe('a page that is to be filled', () => {
  const has = request({ 'If-None-Match': '"a"', 'If-Modified-Since': date(0), X: '1' })

  test('is asked for without the conditions of one client, who gets a 304 all the same', () => {
    const forward = asForward(decide([], has, start, ttl))
    expect(forward).toMatchObject({ request: request({ X: '1' }), conditions: 'none', asked: has })
    const pass = conclude(forward, response({ ETag: '"a"' }), exchanged(), ttl)
    expect(pass).toMatchObject({
      action: 'pass',
      head: { status: 304 },
      withBody: false,
      admission: { storable: true },
    })
  })

  test('is asked for as it was where it would not be stored', () => {
    const barred = { ...has, headers: [...has.headers, 'Cookie', 'a=b'] }
    expect(asForward(decide([], barred, start, ttl)).request).toBe(barred)
    expect(asForward(decide([], has, start, safe)).request).toBe(has)
    const head = { ...has, method: 'HEAD' }
    expect(asForward(decide([], head, start, ttl)).request).toBe(head)
  })
})
