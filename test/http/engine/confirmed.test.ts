import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  answerFrom,
  heldRange,
  holdsWhatIsAsked,
  isNotModified,
} from '../../../src/http/engine/answer.ts'
import { askForRest, combine } from '../../../src/http/engine/combine.ts'
import { holding } from '../../../src/http/engine/completion.ts'
import { conclude } from '../../../src/http/engine/conclusion.ts'
import { decide } from '../../../src/http/engine/decision.ts'
import { untouched } from '../../../src/http/engine/forwarding.ts'
import { parseRange, resolveRange } from '../../../src/http/engine/range.ts'
import { requestFields } from '../../../src/http/engine/request-fields.ts'
import type { Rules } from '../../../src/http/engine/rules.ts'
import type { StoredResponse } from '../../../src/http/engine/stored-response.ts'
import { describes, freshen, validating } from '../../../src/http/engine/validation.ts'
import type { RequestHead, ResponseHead } from '../../../src/http/message.ts'
import {
  asForward,
  date,
  exchanged,
  type Fields,
  fieldsNamed,
  line,
  lines,
  request,
  response,
  rfc,
  safe,
  second,
  start,
  stored,
} from './scene.ts'

const minute = { 'Cache-Control': 'max-age=60', ETag: '"a"' }

function part(from: number, to: number, size = 10): StoredResponse {
  const range = { 'Content-Range': `bytes ${from}-${to}/${size}` }
  return stored({ ...minute, ...range }, { status: 206, length: to - from + 1 })
}

function concluded(kept: StoredResponse, asked: RequestHead, got: ResponseHead, rules = rfc) {
  return conclude(asForward(decide([kept], asked, start, rules)), got, exchanged(), rules)
}

describe('what is held', () => {
  test('is all of a body that is whole, and nothing where no length is known', () => {
    const whole = stored(minute)
    expect(heldRange(whole)).toEqual({ start: 0, end: 9, size: 10 })
    const open: StoredResponse = { ...whole, bodyLength: undefined }
    expect(heldRange(open)).toBeUndefined()
    const fields = requestFields(['Range', 'bytes=0-1'])
    expect(answerFrom(open, 'GET', fields, start, rfc).head.status).toBe(200)
    expect(combine(open, '"a"', { start: 0, end: 4, size: 10 })).toBeUndefined()
  })

  test('a part answers for a part to GET alone', () => {
    const fields = requestFields(['Range', 'bytes=2-3'])
    expect(holdsWhatIsAsked(part(0, 4), 'GET', fields, start)).toBe(true)
    expect(holdsWhatIsAsked(part(0, 4), 'HEAD', fields, start)).toBe(false)
    expect(holdsWhatIsAsked(part(0, 4), 'GET', requestFields([]), start)).toBe(false)
  })

  test('is said by status and reason', () => {
    const kept = stored(minute)
    const head = (fields: Fields) =>
      answerFrom(kept, 'GET', requestFields(lines(fields)), start, rfc).head
    expect(head({ Range: 'bytes=0-1' })).toMatchObject({ status: 206, reason: 'Partial Content' })
    expect(head({ Range: 'bytes=0-1' }).headers.join()).toContain('Cache-Control,no-transform')
    expect(head({ 'If-None-Match': '"a"' })).toMatchObject({ status: 304, reason: 'Not Modified' })
    expect(head({ Range: 'bytes=90-' })).toEqual({
      status: 416,
      reason: 'Range Not Satisfiable',
      headers: ['Date', date(0), 'Content-Range', 'bytes */10', 'Content-Length', '0'],
    })
    const all = { start: 0, end: 9, size: 10 }
    expect(holding(part(0, 4), all, 10)).toMatchObject({ status: 200, reason: 'OK' })
    expect(holding(part(0, 4), { ...all, end: 8 }, 9)).toMatchObject({
      status: 206,
      reason: 'Partial Content',
    })
    const said = { ...minute, 'Content-Range': 'of another kind' }
    expect(line(stored(said), 'Content-Range')).toBe('of another kind')
  })
})

describe('conditions', () => {
  test.each([
    [199, false],
    [200, true],
    [299, true],
    [300, false],
  ])('concern successes: %d', (status, isKnown) => {
    const kept = { status, etag: '"a"', lastModified: undefined, date: start }
    expect(isNotModified(kept, requestFields(['If-None-Match', '"a"']), start)).toBe(isKnown)
  })

  test.each([
    [-1, true],
    [-0.5, false],
    [0, false],
  ])('a date is strong if it is a second older: %d', (seconds, isStrong) => {
    const kept = {
      ...stored({ 'Cache-Control': 'max-age=60', 'Last-Modified': date(-1) }),
      date: start - second - seconds * second,
    }
    const fields = requestFields(['Range', 'bytes=0-1', 'If-Range', date(-1)])
    expect(answerFrom(kept, 'GET', fields, start, rfc).head.status).toBe(isStrong ? 206 : 200)
  })
})

describe('the rest of a part', () => {
  const size = 7
  const bounds = fc
    .tuple(fc.nat({ max: size - 1 }), fc.nat({ max: size - 1 }))
    .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)])
  const numbers = ([from, to]: [number, number]) =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const isOne = (all: number[]) => all.length > 0 && (all.at(-1) ?? 0) - (all[0] ?? 0) < all.length

  test('is asked for where it is one range, and makes one with what is held', () => {
    fc.assert(
      fc.property(bounds, bounds, (held, wanted) => {
        const kept = part(...held, size)
        if (!kept.range) return
        const asked = request({ Range: `bytes=${wanted[0]}-${wanted[1]}` })
        const rest = askForRest(kept, asked, requestFields(asked.headers))
        const missing = numbers(wanted).filter((at) => !numbers(held).includes(at))
        const all = [...new Set([...numbers(held), ...missing])].sort((a, b) => a - b)
        const expected = isOne(missing) && isOne(all) ? missing : undefined
        const spec = rest && parseRange(line(rest, 'Range'))
        const range = spec && resolveRange(spec, size)
        expect(range && numbers([range.start, range.end])).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('and what is held make all of it, each byte from one of them', () => {
    fc.assert(
      fc.property(bounds, bounds, (held, got) => {
        const kept = part(...held, size)
        const reply = { start: got[0], end: got[1], size }
        const combined = combine(kept, '"a"', reply)
        const all = [...new Set([...numbers(held), ...numbers(got)])].sort((a, b) => a - b)
        if (!isOne(all)) {
          expect(combined).toBeUndefined()
          return
        }
        const bytes = { stored: numbers(held), reply: numbers(got) }
        const pieces = combined?.pieces.flatMap(({ of, start, end }) => {
          expect(end).toBeLessThanOrEqual(bytes[of].length)
          return bytes[of].slice(start, end)
        })
        expect(pieces).toEqual(all)
        expect(combined?.replyLength).toBe(numbers(got).length)
      }),
      { numRuns: 500 },
    )
  })

  test.each<[Fields, boolean]>([
    [{}, true],
    [{ 'If-Range': '"a"' }, true],
    [{ 'If-Range': '"b"' }, false],
    [{ 'If-None-Match': '"b"' }, false],
    [{ 'If-Modified-Since': date(-9) }, false],
  ])('is not asked for against a condition of the client: %o', (fields, isAsked) => {
    const asked = request(fields)
    const rest = askForRest(part(0, 4), asked, requestFields(asked.headers))
    expect(rest !== undefined).toBe(isAsked)
  })

  test('it has the length of what it is', () => {
    const asked = request({ Range: 'bytes=2-6' })
    const fields = { ...minute, 'Content-Range': 'bytes 5-6/10' }
    const conclusion = concluded(part(2, 4), asked, response(fields, 206))
    if (conclusion.action !== 'combine') throw new Error(conclusion.action)
    expect(line(conclusion.kept?.stored ?? response(), 'Content-Length')).toBe('5')
    const whole = concluded(part(2, 4), asked, response(fields, 200))
    expect(whole.action).toBe('pass')
  })
})

describe('a condition of the cache (RFC 9111 §4.3)', () => {
  test.each<[Fields, Fields | undefined]>([
    [{ ETag: '"a"' }, { 'If-None-Match': '"a"' }],
    [{ 'Last-Modified': date(-9) }, { 'If-Modified-Since': date(-9) }],
    [
      { ETag: '"a"', 'Last-Modified': date(-9) },
      { 'If-None-Match': '"a"', 'If-Modified-Since': date(-9) },
    ],
    [{}, undefined],
  ])('is all that tells: %o', (fields, conditions) => {
    const kept = stored({ 'Cache-Control': 'max-age=60', ...fields })
    const asked = request({ 'If-None-Match': '"client"', Accept: 'x' })
    expect(validating(asked, kept)?.headers).toEqual(
      conditions && lines({ Accept: 'x', ...conditions }),
    )
  })

  test.each<[Fields, boolean]>([
    [{}, true],
    [{ ETag: '"a"', 'Last-Modified': date(-9), 'Content-Length': '10' }, true],
    [{ ETag: '"b"' }, false],
    [{ 'Last-Modified': date(-8) }, false],
    [{ 'Content-Length': '11' }, false],
  ])('a reply to HEAD describes what is stored: %o', (fields, isSame) => {
    const kept = stored({ ...minute, 'Last-Modified': date(-9) })
    expect(describes(response(fields), kept)).toBe(isSame)
  })

  test('a 304 replaces the fields that it has, whatever their values', () => {
    const kept = stored({ ...minute, 'Content-Language': 'de', X: '1', Age: '0' })
    const reply = response({ X: '2', 'X-Note': 'content-language' }, 304)
    const { stored: fresh } = freshen(request(), kept, reply, exchanged(), rfc)
    expect(line(fresh, 'Content-Language')).toBe('de')
    expect(line(fresh, 'X')).toBe('2')
  })

  test.each([
    ['kept where cookies are stored', rfc, ['a=1']],
    ['given to who asked, and to nobody else', safe, []],
  ])('its cookie is %s', (_, rules, kept) => {
    const old = { ...stored({ ...minute }, { rules }), freshUntil: start }
    const asked = request()
    const forward = asForward(decide([old], asked, start + 90_000 * second, rules))
    expect(forward.conditions).toBe('cache')
    const reply = response({ ETag: '"a"', 'Set-Cookie': 'a=1' }, 304)
    const conclusion = conclude(forward, reply, exchanged(), rules)
    if (conclusion.action !== 'serve') throw new Error(conclusion.action)
    expect(fieldsNamed(conclusion.serve.head, 'Set-Cookie')).toEqual(['a=1'])
    expect(fieldsNamed(conclusion.kept?.stored ?? response(), 'Set-Cookie')).toEqual(kept)
  })
})

describe('what goes through', () => {
  const filling: Rules = { ...rfc, ttl: 60 * second }

  test.each<[string, Fields, Fields, number]>([
    [
      'since then',
      { 'If-Modified-Since': date(-5) },
      { 'Last-Modified': date(-5), Date: date(0) },
      304,
    ],
    [
      'after that',
      { 'If-Modified-Since': date(-5) },
      { 'Last-Modified': date(-4), Date: date(-9) },
      200,
    ],
    ['by its date', { 'If-Modified-Since': date(-5) }, { Date: date(-5) }, 304],
    ['by when it came', { 'If-Modified-Since': date(-5) }, { Date: 'x' }, 200],
    ['by when it came, then', { 'If-Modified-Since': date(0) }, { Date: 'x' }, 304],
    ['by its tag', { 'If-None-Match': '"b"' }, { ETag: '"b"' }, 304],
  ])('a client whose condition was kept back has the answer %s', (_, asked, reply, status) => {
    const forward = asForward(decide([], request(asked), start, filling))
    expect(forward.conditions).toBe('none')
    const conclusion = conclude(forward, response(reply), exchanged(), filling)
    expect(conclusion).toMatchObject({ action: 'pass', head: { status } })
  })

  test('of a condition that was sent on the origin has judged', () => {
    const asked = request({ 'If-None-Match': '"b"' })
    const conclusion = conclude(
      untouched('uri-miss', asked),
      response({ ETag: '"b"' }),
      exchanged(),
      rfc,
    )
    expect(conclusion).toMatchObject({ action: 'pass', head: { status: 200 }, withBody: true })
  })

  test('a 304 that nobody has asked for is not asked for again', () => {
    const old = { ...stored(minute), freshUntil: start }
    const forward = asForward(decide([old], request(), start + 90_000 * second, rfc))
    const other = response({ ETag: '"b"' }, 304)
    const again = conclude(forward, other, exchanged(), rfc)
    if (again.action !== 'again') throw new Error(again.action)
    expect(again.forward.conditions).toBe('none')
    expect(conclude(again.forward, other, exchanged(), rfc).action).toBe('pass')
  })

  test('a request with credentials keeps its condition', () => {
    const asked = { 'If-None-Match': '"b"', Authorization: 'u' }
    const rules: Rules = { ...safe, ttl: 60 * second }
    expect(asForward(decide([], request(asked), start, rules)).conditions).toBe('client')
  })

  test.each([
    [299, true],
    [300, false],
    [404, true],
    [405, false],
    [410, true],
  ])('%d that may not be stored tells what the resource is: %s', (status, isTold) => {
    const old = { ...stored(minute), freshUntil: start }
    const forward = asForward(decide([old], request(), start + 90_000 * second, rfc))
    const reply = response({ 'Cache-Control': 'no-store' }, status)
    expect(conclude(forward, reply, exchanged(), rfc)).toMatchObject({ drop: isTold })
  })
})
