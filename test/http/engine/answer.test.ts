import { describe, expect, test } from 'vitest'
import {
  asForward,
  asServe,
  date,
  decided,
  type Fields,
  line,
  outcome,
  request,
  stored,
} from './scene.ts'

const kept = stored({
  'Cache-Control': 'max-age=60',
  Date: date(0),
  ETag: '"a"',
  'Last-Modified': date(-100),
  'Content-Type': 'text/plain',
  Vary: 'X',
})

function answered(fields: Fields, method = 'GET', response = kept) {
  return asServe(decided(1, request(fields, method), response))
}

describe('the client’s conditions (RFC 9111 §4.3.2, RFC 9110 §13)', () => {
  test.each<[string, Fields, number]>([
    ['its tag', { 'If-None-Match': '"a"' }, 304],
    ['its tag, weak', { 'If-None-Match': 'W/"a"' }, 304],
    ['one of a list', { 'If-None-Match': '"x", "a" , "y"' }, 304],
    ['one of a line', { 'If-None-Match': ['"x"', '"a"'] }, 304],
    ['any (§13.1.2)', { 'If-None-Match': '*' }, 304],
    ['another tag', { 'If-None-Match': '"b"' }, 200],
    ['another tag that holds a comma', { 'If-None-Match': '"x, "a""' }, 200],
    ['no tag', { 'If-None-Match': '' }, 200],
    ['the date', { 'If-Modified-Since': date(-100) }, 304],
    ['a later date', { 'If-Modified-Since': date(-50) }, 304],
    ['an earlier date', { 'If-Modified-Since': date(-101) }, 200],
    ['no date (§13.1.3)', { 'If-Modified-Since': 'yesterday' }, 200],
    ['two dates (§13.1.3)', { 'If-Modified-Since': [date(0), date(0)] }, 200],
    ['tag before date', { 'If-None-Match': '"b"', 'If-Modified-Since': date(0) }, 200],
    ['date behind tag', { 'If-None-Match': '"a"', 'If-Modified-Since': date(-999) }, 304],
    ['condition before range (§13.2.2)', { 'If-None-Match': '"a"', Range: 'bytes=0-1' }, 304],
  ])('%s', (_, fields, status) => {
    const answer = answered(fields)
    expect([answer.head.status, answer.withBody]).toEqual([status, status !== 304])
    expect(answered(fields, 'HEAD').head.status).toBe(status)
  })

  test('without Last-Modified the date of the response counts, or of its arrival', () => {
    const dated = stored({ 'Cache-Control': 'max-age=60', Date: date(-10) })
    expect(answered({ 'If-Modified-Since': date(-10) }, 'GET', dated).head.status).toBe(304)
    expect(answered({ 'If-Modified-Since': date(-11) }, 'GET', dated).head.status).toBe(200)
    const undated = stored({ 'Cache-Control': 'max-age=60' })
    expect(answered({ 'If-Modified-Since': date(0) }, 'GET', undated).head.status).toBe(304)
    expect(answered({ 'If-Modified-Since': date(-1) }, 'GET', undated).head.status).toBe(200)
  })

  test('a tag counts for a response that has none only as any', () => {
    const untagged = stored({ 'Cache-Control': 'max-age=60' })
    expect(answered({ 'If-None-Match': '"a"' }, 'GET', untagged).head.status).toBe(200)
    expect(answered({ 'If-None-Match': '*' }, 'GET', untagged).head.status).toBe(304)
  })

  test.each([301, 404, 503])('do not concern a %i (RFC 9110 §13.2.1)', (status) => {
    const other = stored({ 'Cache-Control': 'max-age=60', ETag: '"a"' }, { status })
    expect(answered({ 'If-None-Match': '"a"' }, 'GET', other).head.status).toBe(status)
  })

  test('a 304 tells what it must, and nothing of content (RFC 9110 §15.4.5)', () => {
    const { head } = answered({ 'If-None-Match': '"a"' })
    const told = (name: string) => line(head, name)
    expect(['Cache-Control', 'Date', 'ETag', 'Vary'].map(told)).toEqual(
      ['Cache-Control', 'Date', 'ETag', 'Vary'].map((name) => line(kept, name)),
    )
    expect(told('Age')).toBe('1')
    expect(['Content-Length', 'Content-Type', 'Content-Range'].map(told)).toEqual(
      Array(3).fill(undefined),
    )
  })
})

describe('ranges of a whole (RFC 9110 §14)', () => {
  test.each<[string, Fields, string, readonly [number, number]]>([
    ['first and last', { Range: 'bytes=2-4' }, 'bytes 2-4/10', [2, 5]],
    ['from first on', { Range: 'bytes=7-' }, 'bytes 7-9/10', [7, 10]],
    ['beyond the end', { Range: 'bytes=7-99' }, 'bytes 7-9/10', [7, 10]],
    ['the last', { Range: 'bytes=-3' }, 'bytes 7-9/10', [7, 10]],
    ['more than all of the last', { Range: 'bytes=-99' }, 'bytes 0-9/10', [0, 10]],
    ['if the tag is the same', { Range: 'bytes=0-0', 'If-Range': '"a"' }, 'bytes 0-0/10', [0, 1]],
    ['if the date is', { Range: 'bytes=0-0', 'If-Range': date(-100) }, 'bytes 0-0/10', [0, 1]],
  ])('%s', (_, fields, contentRange, [start, end]) => {
    const { head, part, withBody } = answered(fields)
    expect([head.status, withBody, part]).toEqual([206, true, { start, end }])
    expect(line(head, 'Content-Range')).toBe(contentRange)
    expect(line(head, 'Content-Length')).toBe(`${end - start}`)
    expect(line(head, 'ETag')).toBe('"a"')
  })

  test.each<[string, Fields]>([
    ['several', { Range: 'bytes=0-1, 4-5' }],
    ['of another unit', { Range: 'lines=0-1' }],
    ['that make no sense', { Range: 'bytes=5-2' }],
    ['if the tag is another (§13.1.5)', { Range: 'bytes=0-1', 'If-Range': '"b"' }],
    ['if the tag is weak (§13.1.5)', { Range: 'bytes=0-1', 'If-Range': 'W/"a"' }],
    ['if the date is later (§13.1.5)', { Range: 'bytes=0-1', 'If-Range': date(-99) }],
    ['if it is no date', { Range: 'bytes=0-1', 'If-Range': 'x' }],
  ])('are ignored: %s (§14.2)', (_, fields) => {
    expect(answered(fields)).toMatchObject({ head: { status: 200 }, part: undefined })
  })

  test('are ignored by a weak tag, and by a date too close to the response (§8.8.2.2)', () => {
    const weak = stored({ 'Cache-Control': 'max-age=60', ETag: 'W/"a"', 'Last-Modified': date(0) })
    const part = (ifRange: string) =>
      answered({ Range: 'bytes=0-1', 'If-Range': ifRange }, 'GET', weak).head.status
    expect([part('W/"a"'), part(date(0))]).toEqual([200, 200])
  })

  test.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])(
    '%s cannot be had: 416 (§15.5.17)',
    (range) => {
      const { head, withBody } = answered({ Range: range })
      expect([head.status, withBody, line(head, 'Content-Range')]).toEqual([
        416,
        false,
        'bytes */10',
      ])
      expect(line(head, 'Cache-Control')).toBeUndefined()
    },
  )

  test.each([404, 302])('are of successes alone, not of a %i', (status) => {
    const other = stored({ 'Cache-Control': 'max-age=60' }, { status })
    expect(answered({ Range: 'bytes=0-1' }, 'GET', other).head.status).toBe(status)
  })
})

describe('ranges of a part (RFC 9111 §3.3)', () => {
  const partial = (fields: Fields = {}, length = 5) =>
    stored(
      { 'Cache-Control': 'max-age=60', 'Content-Range': 'bytes 4-8/10', ...fields },
      { status: 206, length },
    )

  test.each<[string, string, readonly [number, number]]>([
    ['all of it', 'bytes=4-8', [0, 5]],
    ['some of it', 'bytes=6-7', [2, 4]],
  ])('%s is there', (_, range, [start, end]) => {
    const answer = answered({ Range: range }, 'GET', partial())
    expect(answer).toMatchObject({ head: { status: 206 }, part: { start, end } })
    expect(line(answer.head, 'Content-Range')).toBe(`bytes ${4 + start}-${3 + end}/10`)
  })

  test.each<[string, Fields, string]>([
    ['more', { Range: 'bytes=4-9' }, 'GET'],
    ['the end', { Range: 'bytes=-1' }, 'GET'],
    ['the whole', {}, 'GET'],
    ['the head of the whole', {}, 'HEAD'],
    ['another representation', { Range: 'bytes=4-5', 'If-Range': '"b"' }, 'GET'],
  ])('%s is not', (_, fields, method) => {
    const decision = decided(1, request(fields, method), partial())
    expect(outcome(decision)).toBe('partial')
    expect(asForward(decision).request.headers).toEqual(request(fields).headers)
  })

  test('the whole is used where there is one, though older', () => {
    const newer = partial({ Date: date(5) })
    expect(asServe(decided(1, request(), newer, kept)).stored).toBe(kept)
    expect(asServe(decided(1, request(), kept, newer)).stored).toBe(kept)
    expect(asServe(decided(1, request({ Range: 'bytes=4-5' }), kept, newer)).stored).toBe(newer)
  })

  test('a body that is whole, but less than it says, is what came', () => {
    const short = partial({ 'Content-Range': 'bytes 4-9/10' })
    expect(short.range).toEqual({ start: 4, end: 8, size: 10 })
    expect(line(short, 'Content-Range')).toBe('bytes 4-8/10')
    expect(outcome(decided(1, request({ Range: 'bytes=-1' }), short))).toBe('partial')
    expect(() => partial({ 'Content-Length': '5' }, 4)).toThrow('Not complete')
    expect(() => partial({}, 6)).toThrow('Not complete')
    expect(() => partial({}, 0)).toThrow('Not complete')
  })

  test('a part that is everything is the whole', () => {
    const whole = partial({ 'Content-Range': 'bytes 0-9/10' }, 10)
    expect(whole).toMatchObject({ status: 200, range: undefined })
    expect(line(whole, 'Content-Range')).toBeUndefined()
    expect(answered({}, 'GET', whole).head.status).toBe(200)
  })

  test.each(['bytes 4-8/*', 'bytes */10', 'bytes 0-4/4', ''])(
    'Content-Range: %s is not stored',
    (value) => {
      expect(() => partial({ 'Content-Range': value })).toThrow('partial')
    },
  )
})
