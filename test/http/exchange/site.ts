import { onTestFinished } from 'vitest'
import type { Cache } from '../../../src/contracts/cache.ts'
import type { Rules } from '../../../src/http/engine/rules.ts'
import { createHttpCache, type HttpCache } from '../../../src/http/exchange/http-cache.ts'
import type { Body, HttpRequest, HttpResponse, Origin } from '../../../src/http/message.ts'
import { createCache } from '../../../src/index.ts'
import { fakeClock } from '../../../src/testing/index.ts'

type Fields = Readonly<Record<string, string>>

/** A site of one origin: `answer` is what it says, `asked` what it was asked. */
export interface Site {
  readonly cache: Cache
  readonly http: HttpCache
  readonly clock: ReturnType<typeof fakeClock>
  readonly asked: HttpRequest[]
  /** What the origin answers from now on. */
  answer: Origin
  /** Asks, and reads the answer to its end. */
  get(path: string, fields?: Fields, method?: string): Promise<Read>
  /** Asks. */
  ask(path: string, fields?: Fields, more?: Partial<HttpRequest>): Promise<HttpResponse>
}

/** An answer that has been read; without `text` its body failed. */
export interface Read {
  readonly status: number
  readonly text: string | undefined
  readonly cacheStatus: string
  readonly fields: Fields
}

export const base = 'http://example.org'

export function siteWith(rules: Partial<Rules> = {}, cache?: Cache): Site {
  const clock = fakeClock()
  const own = cache ?? createCache({ clock })
  onTestFinished(() => own.close())
  const http = createHttpCache({ cache: own, clock, rules })
  const asked: HttpRequest[] = []
  const site: Site = {
    cache: own,
    http,
    clock,
    asked,
    answer: async () => page('hello'),
    async ask(path, fields = {}, more = {}) {
      const headers = Object.entries({ Host: 'example.org', ...fields }).flat()
      const request = { method: 'GET', url: base + path, headers, ...more }
      return http.handle(request, (forwarded) => {
        asked.push(forwarded)
        return site.answer(forwarded)
      })
    },
    async get(path, fields, method = 'GET') {
      return read(await site.ask(path, fields, { method }))
    },
  }
  return site
}

/** A response that may be kept for a minute, unless the fields say otherwise. */
export function page(body: Body | string, fields: Fields = {}, status = 200): HttpResponse {
  const headers = Object.entries({ 'Cache-Control': 'max-age=60', ...fields }).flat()
  return { status, reason: '', headers, body: typeof body === 'string' ? bytes(body) : body }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export async function read({ status, headers, body }: HttpResponse): Promise<Read> {
  const fields: Record<string, string> = {}
  for (let i = 0; i < headers.length; i += 2) {
    fields[(headers[i] as string).toLowerCase()] = headers[i + 1] as string
  }
  return { status, fields, cacheStatus: fields['cache-status'] ?? '', text: await textOf(body) }
}

async function textOf(body: Body | undefined): Promise<string | undefined> {
  if (body === undefined) return ''
  if (body instanceof Uint8Array) return new TextDecoder().decode(body)
  let text = ''
  try {
    for await (const part of body) text += new TextDecoder().decode(part)
    return text
  } catch {
    return undefined
  }
}

/** Resolves once what is ready to run has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
