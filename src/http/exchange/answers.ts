import type { FreshHead } from '../engine/answer.ts'
import { type CacheStatus, writeCacheStatus } from '../engine/cache-status.ts'
import type { Refuse, Serve } from '../engine/decision.ts'
import type { Body, HttpResponse } from '../message.ts'

/** Makes answers, each with a word on how it came about (RFC 9211). */
export class Answers {
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  made(head: FreshHead, status: CacheStatus, body: Body | undefined): HttpResponse {
    head.headers.push('Cache-Status', writeCacheStatus(this.#name, status))
    return { ...head, body }
  }

  served(
    body: Uint8Array,
    { head, withBody, part, cacheStatus }: Serve,
    collapsed: boolean,
  ): HttpResponse {
    const status = collapsed ? { ...cacheStatus, collapsed } : cacheStatus
    const sent = part === undefined ? body : body.subarray(part.start, part.end)
    return this.made(head, status, withBody ? sent : undefined)
  }

  refused({ head, cacheStatus }: Refuse): HttpResponse {
    return this.made(head, cacheStatus, undefined)
  }
}
