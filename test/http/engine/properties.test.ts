import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { admit } from '../../../src/http/engine/admission.ts'
import { complete } from '../../../src/http/engine/completion.ts'
import { conclude } from '../../../src/http/engine/conclusion.ts'
import { decide } from '../../../src/http/engine/decision.ts'
import { fieldValue, isName, listMembers } from '../../../src/http/engine/fields.ts'
import { invalidated } from '../../../src/http/engine/invalidation.ts'
import type { Rules } from '../../../src/http/engine/rules.ts'
import type { StoredResponse } from '../../../src/http/engine/stored-response.ts'
import type { FieldLines, RequestHead, ResponseHead } from '../../../src/http/message.ts'
import { date, line, outcome, rfc, safe, second, start, url } from './scene.ts'

const directive = fc.constantFrom(
  ...['max-age=60', 'max-age=0', 'max-age=x', 's-maxage=30', 'public', 'private', 'private="x"'],
  ...['no-store', 'no-cache', 'no-cache="x"', 'must-revalidate', 'proxy-revalidate', 'immutable'],
  ...['must-understand', 'stale-while-revalidate=30', 'stale-if-error=30', 'ext="no-store'],
)
const directives = fc.array(directive, { maxLength: 3 }).map((all) => all.join(', '))
const instant = fc.integer({ min: -200, max: 200 }).map(date)

function oneOf(field: string, ...values: string[]): fc.Arbitrary<FieldLines> {
  return fc.constantFrom(...values).map((value) => [field, value])
}

function fields(...kinds: fc.Arbitrary<FieldLines>[]): fc.Arbitrary<FieldLines> {
  return fc.array(fc.oneof(...kinds), { maxLength: 6 }).map((all) => all.flat())
}

const credentials = [oneOf('Authorization', 'u1', 'u2'), oneOf('Cookie', 'id=1', 'id=2; x=3')]
const requestLines = fields(
  ...credentials,
  oneOf('A', '1', '2'),
  oneOf('b', 'x', 'y'),
  oneOf('Range', 'bytes=0-3', 'bytes=5-', 'bytes=-2', 'bytes=90-', 'x'),
  oneOf('If-None-Match', '"a"', 'W/"b"', '*'),
  oneOf('If-Range', '"a"', date(0)),
  oneOf('Cache-Control', 'no-cache', 'max-age=10', 'max-stale', 'only-if-cached', 'no-store'),
  instant.map((at) => ['If-Modified-Since', at]),
)
const responseLines = fields(
  directives.map((value) => ['Cache-Control', value]),
  directives.map((value) => ['Cache-Control', value]),
  oneOf('Vary', 'A', 'B, a', '*', 'Cookie', 'Accept-Language'),
  oneOf('ETag', '"a"', 'W/"b"', '"c"'),
  oneOf('Set-Cookie', 'id=1', 'id=2'),
  oneOf('Age', '0', '30', '9999', 'x'),
  oneOf('Content-Range', 'bytes 0-9/20', 'bytes 5-14/20', 'bytes 0-9/10'),
  oneOf('No-Vary-Search', 'params', 'key-order'),
  ...['Date', 'Expires', 'Last-Modified'].map((name) => instant.map((at) => [name, at])),
)
const status = fc.constantFrom(200, 200, 200, 206, 204, 301, 304, 404, 412, 500, 503, 599)
const anyRequest: fc.Arbitrary<RequestHead> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST'),
  url: fc.constantFrom(url, `${url}?a=1&b=2`, `${url}?b=2&a=1`),
  headers: requestLines,
})
const anyResponse: fc.Arbitrary<ResponseHead> = fc.record({
  status,
  reason: fc.constant(''),
  headers: responseLines,
})
const anyRules: fc.Arbitrary<Rules> = fc.constantFrom<Rules>(
  rfc,
  safe,
  { ...safe, ttl: 60 * second },
  { ...safe, ttl: 60 * second, cookies: ['id'] },
  { ...rfc, shared: false },
)
const at = { requestAt: start, responseAt: start }

function storedOf(asked: RequestHead, response: ResponseHead, rules: Rules) {
  const admission = admit(asked, response, at, rules)
  return admission.storable ? complete(admission.stored, 10, rules) : undefined
}

test('no-store never makes more storable', () => {
  fc.assert(
    fc.property(anyRequest, anyResponse, anyRules, (asked, response, rules) => {
      const forbidden = { ...response, headers: [...response.headers, 'cache-control', 'no-store'] }
      if (!admit(asked, forbidden, at, rules).storable) return
      expect(fieldValue(response.headers, 'cache-control')).toContain('must-understand')
      expect(admit(asked, response, at, rules).storable).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('the order of lines of different fields makes no difference', () => {
  const shuffled = (lines: FieldLines, seed: readonly number[]) => {
    const names = [
      ...new Set(lines.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())),
    ]
    names.sort((a, b) => (seed[a.length % seed.length] ?? 0) - (seed[b.length % seed.length] ?? 0))
    return names.flatMap((name) => {
      const own: string[] = []
      for (let i = 0; i < lines.length; i += 2) {
        if (isName(lines[i] ?? '', name)) own.push(name, lines[i + 1] ?? '')
      }
      return own
    })
  }
  const seed = fc.array(fc.nat(), { minLength: 5, maxLength: 5 })
  fc.assert(
    fc.property(anyRequest, anyResponse, anyRules, seed, (asked, response, rules, order) => {
      const other = { ...response, headers: shuffled(response.headers, order) }
      const kept = storedOf(asked, response, rules)
      const same = storedOf({ ...asked, headers: shuffled(asked.headers, order) }, other, rules)
      expect(same && { ...same, headers: [] }).toEqual(kept && { ...kept, headers: [] })
      if (!kept || !same) return
      const again = { ...asked, headers: shuffled(asked.headers, order) }
      const one = decide([kept], asked, start + second, rules)
      const two = decide([same], again, start + second, rules)
      expect(outcome(two)).toBe(outcome(one))
    }),
    { numRuns: 2000 },
  )
})

test('what is no longer fresh does not become so', () => {
  const seconds = fc.integer({ min: 0, max: 120 })
  fc.assert(
    fc.property(anyRequest, anyResponse, anyRules, seconds, seconds, (asked, got, rules, a, b) => {
      const kept = storedOf(asked, got, rules)
      if (!kept) return
      const plain = { ...asked, method: 'GET' }
      const later = outcome(decide([kept], plain, start + Math.max(a, b) * second, rules))
      const sooner = outcome(decide([kept], plain, start + Math.min(a, b) * second, rules))
      if (later === 'hit') expect(sooner).toBe('hit')
    }),
    { numRuns: 2000 },
  )
})

test('what is stored survives being written down', () => {
  fc.assert(
    fc.property(anyRequest, anyResponse, anyRequest, anyRules, (asked, got, again, rules) => {
      const kept = storedOf(asked, got, rules)
      if (!kept) return
      const read = JSON.parse(JSON.stringify(kept)) as StoredResponse
      const decisions = [kept, read].map((each) => decide([each], again, start + second, rules))
      const [one, two] = decisions.map((decision) => JSON.stringify(decision))
      expect(two).toBe(one)
    }),
    { numRuns: 1000 },
  )
})

/** A response as its origin made it, and who asked. */
interface Origin {
  readonly asked: RequestHead
  readonly response: ResponseHead
}

test('whatever happens, nobody is served what is not theirs, or is no longer true', () => {
  const turn = fc.record({ asked: anyRequest, response: anyResponse, wait: fc.nat({ max: 40 }) })
  let hits = 0
  fc.assert(
    fc.property(fc.array(turn, { minLength: 2, maxLength: 12 }), anyRules, (turns, rules) => {
      const origins = new Map<string, Origin>()
      let kept: StoredResponse[] = []
      let now = start
      turns.forEach(({ asked, response, wait }, i) => {
        now += wait * second
        const decision = decide(kept, asked, now, rules)
        if (decision.action === 'serve') {
          hits++
          const from = origins.get(line(decision.head, 'id') ?? line(decision.stored, 'id') ?? '')
          if (!from) throw new Error('Served from nowhere')
          expectRightful(from, asked, rules)
          expectTrue(decision.stored, asked, now)
          const { part, stored } = decision
          if (part) expect(part.end).toBeLessThanOrEqual(stored.bodyLength ?? 0)
        }
        if (decision.action !== 'forward') return
        const named = namedReply(asked, response, `${i}`)
        origins.set(`${i}`, { asked, response: named })
        const exchanged = { requestAt: now, responseAt: now }
        const conclusion = conclude(decision, named, exchanged, rules)
        if (invalidated(asked, named))
          kept = kept.filter(({ selecting }) => selecting.url !== asked.url)
        if (conclusion.action === 'pass' && conclusion.admission.storable) {
          const whole = complete(conclusion.admission.stored, 10, rules)
          if (whole) kept.push(whole)
        }
        if ('drop' in conclusion && conclusion.drop) {
          kept = kept.filter((each) => each !== decision.candidate)
        }
        if (conclusion.action !== 'combine' && 'kept' in conclusion && conclusion.kept) {
          const { stored } = conclusion.kept
          kept = kept.map((each) => (each === decision.candidate ? stored : each))
        }
      })
    }),
    { numRuns: 3000 },
  )
  expect(hits).toBeGreaterThan(100)
})

/** With a name by which it is known again; what confirms an earlier one changes nothing of it. */
function namedReply(asked: RequestHead, response: ResponseHead, id: string): ResponseHead {
  if (response.status !== 304 && asked.method !== 'HEAD') {
    return { ...response, headers: [...response.headers, 'id', id] }
  }
  const etag = fieldValue(response.headers, 'etag')
  return { ...response, headers: etag === undefined ? [] : ['ETag', etag] }
}

/** Read anew, and as simply as can be, from the response as it was made. */
function expectRightful({ asked: first, response }: Origin, asked: RequestHead, rules: Rules) {
  const said = listMembers(fieldValue(response.headers, 'cache-control'))
  const has = (...names: string[]) =>
    said.some((each) => names.includes(each.split('=')[0] ?? '') && !each.includes('"'))
  expect(has('no-store') && !has('must-understand')).toBe(false)
  expect([304, 412, 416]).not.toContain(response.status)
  const varies = listMembers(fieldValue(response.headers, 'vary')).map((name) => name.toLowerCase())
  expect(varies).not.toContain('*')
  for (const name of varies) {
    expect(fieldValue(asked.headers, name)).toBe(fieldValue(first.headers, name))
  }
  if (!rules.storeSetCookie) expect(response.headers).not.toContain('Set-Cookie')
  if (!fieldValue(response.headers, 'no-vary-search')) expect(asked.url).toBe(first.url)
  if (!rules.shared) return
  expect(has('private')).toBe(false)
  const authorized = fieldValue(first.headers, 'authorization') !== undefined
  if (authorized) expect(has('public', 's-maxage', 'must-revalidate')).toBe(true)
  if (typeof rules.cookies === 'object') {
    const id = (head: RequestHead) =>
      fieldValue(head.headers, 'cookie')
        ?.match(/\bid=\d/g)
        ?.join()
    expect(id(asked)).toBe(id(first))
  }
  const declares =
    has('max-age', 's-maxage') || fieldValue(response.headers, 'expires') !== undefined
  if (declares || rules.cookies !== 'bypass') return
  expect([...first.headers, ...asked.headers]).not.toContain('Cookie')
}

function expectTrue(stored: StoredResponse, asked: RequestHead, now: number) {
  expect(stored.noCache).toBe(false)
  const accepted = fieldValue(asked.headers, 'cache-control')?.includes('max-stale') ?? false
  if (stored.mustRevalidate && stored.staleWhileRevalidate === 0) {
    expect(now).toBeLessThan(stored.freshUntil)
  } else if (!accepted) {
    expect(now).toBeLessThan(stored.freshUntil + Math.max(0.001, stored.staleWhileRevalidate))
  }
}
