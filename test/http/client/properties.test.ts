import * as fc from 'fast-check'
import { Agent, request } from 'undici'
import { afterAll, expect, test } from 'vitest'
import {
  type ClientOptions,
  cachingFetch,
  hotsetInterceptor,
} from '../../../src/http/client/index.ts'
import { admit } from '../../../src/http/engine/admission.ts'
import { decide } from '../../../src/http/engine/decision.ts'
import { type Profile, profiles, type Rules } from '../../../src/http/engine/rules.ts'
import type { RequestHead, ResponseHead } from '../../../src/http/message.ts'
import { createCache } from '../../../src/index.ts'
import { fakeClock } from '../../../src/testing/index.ts'
import { originOf, outcome, start } from './test-origin.ts'

/** Whatever is asked and answered, what comes from the cache is what the engine's rules allow of it. */

const directive = fc.constantFrom(
  ...['max-age=60', 'max-age=0', 's-maxage=30', 'public', 'private', 'no-store', 'no-cache'],
  ...['must-revalidate', 'stale-while-revalidate=30', 'immutable', 'private="x"'],
)
const directives = fc.array(directive, { maxLength: 3 }).map((all) => all.join(', '))
const fields = fc.record({
  'Cache-Control': fc.oneof(fc.constant('max-age=60'), directives),
  Vary: fc.constantFrom('', '', '', 'A', 'B, a', '*', 'Cookie'),
  ETag: fc.constantFrom('', '"1"', 'W/"2"'),
  'Set-Cookie': fc.constantFrom('', '', '', 'id=1'),
  'Last-Modified': fc.constantFrom('', new Date(start - 3_600_000).toUTCString()),
})
const asked = fc.record({
  A: fc.constantFrom('', '', '1', '2'),
  Authorization: fc.constantFrom('', '', '', 'ann', 'bob'),
  Cookie: fc.constantFrom('', '', '', 'id=1'),
  'Cache-Control': fc.constantFrom('', '', '', 'no-cache', 'max-age=10', 'no-store'),
})
const turn = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'GET', 'POST'),
  path: fc.constantFrom('/a', '/b'),
  asked,
  fields,
  status: fc.constantFrom(200, 200, 200, 301, 404, 500),
  /** The body breaks off. */
  broken: fc.constantFrom(false, false, false, false, true),
  wait: fc.nat({ max: 40 }),
})
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never

const setups = fc.record({ shared: fc.boolean(), profile: fc.constantFrom<Profile>('safe', 'rfc') })

function filled(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

interface Got {
  readonly status: number
  readonly headers: Headers
  /** Missing where the body failed. */
  readonly text: string | undefined
}

interface Asking {
  ask(url: string, method: string, headers: Record<string, string>): Promise<Got>
  settled(): Promise<void>
}

const agent = new Agent()
afterAll(() => agent.close())

const clients: Record<string, (options: ClientOptions) => Asking> = {
  fetch(options) {
    const fetch = cachingFetch(options)
    return {
      settled: fetch.settled,
      async ask(url, method, headers) {
        const response = await fetch(url, { method, headers, redirect: 'manual' })
        const text = await response.text().catch(() => undefined)
        return { status: response.status, headers: response.headers, text }
      },
    }
  },
  undici(options) {
    const interceptor = hotsetInterceptor(options)
    const dispatcher = agent.compose(interceptor)
    return {
      settled: interceptor.settled,
      async ask(url, method, fields) {
        const answer = await request(url, { dispatcher, method, headers: fields })
        const text = await answer.body.text().catch(() => undefined)
        const headers = new Headers()
        for (const [name, value] of Object.entries(answer.headers)) {
          for (const line of [value ?? []].flat()) headers.append(name, line)
        }
        return { status: answer.statusCode, headers, text }
      },
    }
  },
}

for (const [name, make] of Object.entries(clients)) {
  test(`${name}: nothing that the rules forbid`, async () => {
    let hits = 0
    const origin = await originOf()
    const property = fc.asyncProperty(
      fc.array(turn, { minLength: 2, maxLength: 10 }),
      setups,
      async (turns, setup) => {
        const clock = fakeClock(start)
        const cache = createCache({ clock })
        const client = make({ cache, clock, ...setup })
        const rules = { ...profiles[setup.profile], shared: setup.shared }
        const made = new Map<string, Made>()
        try {
          for (const [i, each] of turns.entries()) {
            clock.advance(each.wait * 1000)
            const id = `${i}`
            const headers = filled(each.fields)
            origin.answer = (request, response) => {
              request.resume()
              const { path: _, ...told } = each
              const length = each.broken ? { 'Content-Length': '100' } : {}
              response.writeHead(told.status, { ...headers, ...length, id })
              if (each.broken) response.write(id, () => response.destroy())
              else response.end(id)
            }
            made.set(id, { turn: each, at: clock.now() })
            const url = origin.url + each.path
            const got = await client.ask(url, each.method, filled(each.asked))
            await client.settled()
            const from = made.get(got.headers.get('id') ?? '')
            if (from === undefined) throw new Error('Answered from nowhere')
            const fromCache = outcome(got.headers.get('cache-status')) === 'hit'
            if (fromCache) hits++
            // What broke off fails for who asked, and is never served to anybody.
            expect(got.text).toBe(from.turn.broken ? undefined : got.headers.get('id'))
            if (!fromCache) continue
            expect(from.turn.broken).toBe(false)
            expectAllowed(from, each, clock.now(), rules, origin.url)
          }
        } finally {
          await cache.close()
        }
      },
    )
    await fc.assert(property, { numRuns: 300 })
    expect(hits).toBeGreaterThan(20)
  })
}

interface Made {
  readonly turn: Turn
  readonly at: number
}

/** The engine, told what the origin said, would serve it too. */
function expectAllowed(from: Made, asking: Turn, now: number, rules: Rules, base: string): void {
  const first = headOf(from.turn, base)
  const response: ResponseHead = {
    status: from.turn.status,
    reason: '',
    headers: Object.entries(filled(from.turn.fields)).flat(),
  }
  const at = { requestAt: from.at, responseAt: from.at }
  // What sets a cookie is kept without it in the rfc profile.
  const admission = admit(first, response, at, rules)
  if (!admission.storable) throw new Error(`Served, and not storable: ${admission.because}`)
  const decision = decide([admission.stored], headOf(asking, base), now, rules)
  expect(decision.action).toBe('serve')
  if (rules.shared || rules.storeSetCookie) return
  expect(asking.asked.Authorization).toBe(from.turn.asked.Authorization)
  expect(asking.asked.Cookie).toBe(from.turn.asked.Cookie)
}

function headOf({ method, path, asked }: Turn, base: string): RequestHead {
  return { method, url: base + path, headers: Object.entries(filled(asked)).flat() }
}
