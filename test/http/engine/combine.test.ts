import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { combine } from '../../../src/http/engine/combine.ts'
import { type Combine, conclude } from '../../../src/http/engine/conclusion.ts'
import { decide } from '../../../src/http/engine/decision.ts'
import type { ByteRange } from '../../../src/http/engine/range.ts'
import type { StoredResponse } from '../../../src/http/engine/stored-response.ts'
import type { RequestHead, ResponseHead } from '../../../src/http/message.ts'
import {
  asForward,
  decided,
  exchanged,
  type Fields,
  line,
  outcome,
  request,
  response,
  rfc,
  start,
  stored,
} from './scene.ts'

const minute = { 'Cache-Control': 'max-age=60', ETag: '"a"' }
const letters = 'abcdefghij'

function part(start: number, end: number, fields: Fields = {}): StoredResponse {
  const range = { 'Content-Range': `bytes ${start}-${end}/10` }
  return stored({ ...minute, ...range, ...fields }, { status: 206, length: end - start + 1 })
}

function reply(start: number, end: number, fields: Fields = {}): ResponseHead {
  return response({ ...minute, 'Content-Range': `bytes ${start}-${end}/10`, ...fields }, 206)
}

function concluded(kept: StoredResponse, asked: RequestHead, got: ResponseHead) {
  return conclude(asForward(decide([kept], asked, start, rfc)), got, exchanged(), rfc)
}

function joined({ combination }: Combine, held: string, got: string): string {
  const body = { stored: held, reply: got }
  return combination.pieces.map(({ of, start, end }) => body[of].slice(start, end)).join('')
}

describe('what is lacking is asked for (RFC 9111 §3.4)', () => {
  test.each<[string, StoredResponse, string | undefined, string]>([
    ['the rest of the whole', part(0, 4), undefined, 'bytes=5-'],
    ['what comes before', part(5, 9), undefined, 'bytes=0-4'],
    ['the rest of a range', part(2, 4), 'bytes=3-7', 'bytes=5-7'],
    ['the beginning of one', part(2, 4), 'bytes=0-3', 'bytes=0-1'],
    ['a range that touches', part(2, 4), 'bytes=5-7', 'bytes=5-7'],
    ['the last', part(2, 7), 'bytes=-5', 'bytes=8-'],
  ])('%s', (_, kept, range, rest) => {
    const asked = request(range === undefined ? {} : { Range: range })
    const forward = asForward(decided(0, asked, kept))
    expect(forward).toMatchObject({
      because: 'partial',
      completes: true,
      conditions: 'none',
      asked,
    })
    expect(line(forward.request, 'Range')).toBe(rest)
    expect(line(forward.request, 'If-Range')).toBe('"a"')
  })

  test.each<[string, StoredResponse, Fields, string?]>([
    ['without a tag', part(0, 4, { ETag: [] }), {}],
    ['with a weak tag', part(0, 4, { ETag: 'W/"a"' }), {}],
    ['where two parts are lacking', part(3, 5), {}],
    ['where it does not touch', part(0, 4), { Range: 'bytes=7-8' }],
    ['for several ranges', part(0, 4), { Range: 'bytes=0-1, 5-6' }],
    ['for one that cannot be had', part(0, 4), { Range: 'bytes=10-' }],
    ['for a condition of the client', part(0, 4), { 'If-None-Match': '"x"' }],
    ['for another representation', part(0, 4), { 'If-Range': '"x"', Range: 'bytes=0-9' }],
    ['for HEAD', part(0, 4), {}, 'HEAD'],
  ])('but not %s', (_, kept, fields, method) => {
    const asked = request(fields, method)
    const forward = asForward(decided(0, asked, kept))
    expect(forward).toMatchObject({ because: 'partial', completes: false, request: asked })
  })
})

test('a part that holds what is asked, and is stale, is validated', () => {
  for (const range of ['bytes=2-6', 'bytes=2-3', 'bytes=5-6']) {
    const forward = asForward(decided(61, request({ Range: range }), part(2, 6)))
    expect(forward).toMatchObject({ because: 'stale', conditions: 'cache', completes: false })
    expect(forward.request).toEqual(request({ Range: range, 'If-None-Match': '"a"' }))
  }
})

describe('a reply', () => {
  test('that is the rest makes the whole, with the newer fields', () => {
    const combined = concluded(part(0, 4, { X: '1' }), request(), reply(5, 9, { X: '2' }))
    if (combined.action !== 'combine') throw new Error(combined.action)
    expect(joined(combined, letters.slice(0, 5), letters.slice(5))).toBe(letters)
    expect(combined.combination.replyLength).toBe(5)
    expect(combined.serve).toMatchObject({ head: { status: 200 }, part: undefined })
    expect(line(combined.serve.head, 'X')).toBe('2')
    expect(line(combined.serve.head, 'Content-Length')).toBe('10')
    expect(line(combined.serve.head, 'Content-Range')).toBeUndefined()
    const whole = combined.kept?.stored
    expect(whole && outcome(decided(1, request(), whole))).toBe('hit')
  })

  test('that is the rest of a range makes that', () => {
    const asked = request({ Range: 'bytes=3-7' })
    const combined = concluded(part(2, 4), asked, reply(5, 7))
    if (combined.action !== 'combine') throw new Error(combined.action)
    expect(joined(combined, 'cde', 'fgh')).toBe('cdefgh')
    expect(combined.serve).toMatchObject({ head: { status: 206 }, part: { start: 1, end: 6 } })
    expect(line(combined.serve.head, 'Content-Range')).toBe('bytes 3-7/10')
    expect(combined.kept?.stored.range).toEqual({ start: 2, end: 7, size: 10 })
  })

  test('to the client’s own range is joined to what it touches', () => {
    const kept = part(0, 4)
    const asked = request({ Range: 'bytes=4-6', 'Cache-Control': 'no-cache' })
    expect(concluded(kept, asked, reply(4, 6))).toMatchObject({
      action: 'combine',
      serve: { part: { start: 4, end: 7 } },
      combination: { range: { start: 0, end: 6 } },
    })
  })

  test('that is all passes', () => {
    expect(concluded(part(0, 4), request(), response(minute)).action).toBe('pass')
  })

  test.each([
    ['of another representation', reply(5, 9, { ETag: '"b"' })],
    ['of another size', reply(5, 9, { 'Content-Range': 'bytes 5-9/11' })],
    ['of less than was asked', reply(5, 7)],
    ['of who knows what', reply(5, 9, { 'Content-Range': '?' })],
    ['that there is none', response({}, 416)],
  ])('%s is of no use: the client’s request is sent', (_, got) => {
    const asked = request({ X: '1' })
    const conclusion = concluded(part(0, 4), asked, got)
    expect(conclusion).toMatchObject({
      action: 'again',
      forward: { request: asked, candidate: undefined, completes: false },
    })
  })

  test('of a part that touches nothing is stored by itself', () => {
    const asked = request({ Range: 'bytes=7-8' })
    expect(concluded(part(0, 4), asked, reply(7, 8))).toMatchObject({
      action: 'pass',
      admission: { storable: true, stored: { range: { start: 7, end: 8, size: 10 } } },
    })
  })

  test('that may not be stored is joined for the client alone', () => {
    const got = reply(5, 9, { 'Cache-Control': 'no-store' })
    expect(concluded(part(0, 4), request(), got)).toMatchObject({
      action: 'combine',
      kept: undefined,
    })
  })
})

test('parts of representations of different size are not joined', () => {
  expect(combine(part(0, 4), '"a"', { start: 5, end: 9, size: 11 })).toBeUndefined()
})

test('two parts that touch are what lies between their ends, byte for byte', () => {
  const range = fc
    .tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 }))
    .map(([a, b]): ByteRange => ({ start: Math.min(a, b), end: Math.max(a, b), size: 10 }))
  const slice = ({ start, end }: ByteRange) => letters.slice(start, end + 1)
  fc.assert(
    fc.property(range, range, (held, got) => {
      const whole = held.end - held.start === 9
      const kept = whole ? stored(minute) : part(held.start, held.end)
      const combination = combine(kept, '"a"', got)
      const touching = held.start <= got.end + 1 && got.start <= held.end + 1
      expect(combination !== undefined).toBe(touching)
      if (!combination) return
      const body = { stored: slice(held), reply: slice(got) }
      const bytes = combination.pieces.map(({ of, start, end }) => body[of].slice(start, end))
      expect(bytes.join('')).toBe(slice(combination.range))
      expect(combination.replyLength).toBe(body.reply.length)
      expect(bytes).not.toContain('')
    }),
  )
})
