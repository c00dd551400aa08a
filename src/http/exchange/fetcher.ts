import type { Clock } from '../../contracts/clock.ts'
import { joinedBytes } from '../../kernel/joined-bytes.ts'
import { type Kept, refusedAsSent } from '../engine/admission.ts'
import { complete } from '../engine/completion.ts'
import { type Combine, conclude, type Pass, type ServeAfter } from '../engine/conclusion.ts'
import type { Forward } from '../engine/forwarding.ts'
import { searchKey } from '../engine/no-vary-search.ts'
import type { Rules } from '../engine/rules.ts'
import { type StoredResponse, withEntityTag } from '../engine/stored-response.ts'
import type {
  Body,
  HttpRequest,
  HttpResponse,
  Origin,
  OriginResponse,
  ResponseHead,
} from '../message.ts'
import type { Answers } from './answers.ts'
import { bodyDigest } from './body-digest.ts'
import type { Page, PageEntry } from './page-store.ts'
import { Recording, type Room } from './recording.ts'
import { tagOf, urlTag } from './tags.ts'

/** A request, who can answer it, and by which rules. */
export interface Task {
  readonly request: HttpRequest
  readonly origin: Origin
  readonly rules: Rules
}

/** What became of a request that was forwarded. */
export interface Fetched {
  readonly answer: HttpResponse
  /** The origin's; `undefined` when it failed and something stored stands in for it. */
  readonly reply: ResponseHead | undefined
  /** Resolves once the body has come, and the answer been sent, with what is to be kept; missing where nothing is. */
  readonly kept: (() => Promise<PageEntry | undefined>) | undefined
  /** Whether nobody can tell if it may be kept, as it was not sent; missing where nothing is to be. */
  readonly lost?: Promise<boolean> | undefined
  /** The candidate is not to be used again. */
  readonly drop: boolean
}

/** Forwards requests, and carries out what the engine concludes from the replies. */
export class Fetcher {
  readonly #clock: Clock
  readonly #answers: Answers
  readonly #room: Room

  constructor(clock: Clock, answers: Answers, room: Room) {
    this.#clock = clock
    this.#answers = answers
    this.#room = room
  }

  /** Rejects with the origin's own error where nothing stands in for it. */
  async fetch(
    task: Task,
    forward: Forward,
    candidate: Page | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Fetched> {
    let added: OriginResponse['added']
    const origin: Origin = async (request) => {
      const reply = await task.origin(request)
      added = reply.added
      return reply
    }
    const fetched = await this.#fetch({ ...task, origin }, forward, candidate, signal)
    return added === undefined ? fetched : heeding(added, fetched, task)
  }

  async #fetch(
    task: Task,
    forward: Forward,
    candidate: Page | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Fetched> {
    const { request, origin, rules } = task
    const requestAt = this.#clock.now()
    let reply: HttpResponse | undefined
    let error: unknown
    try {
      const { body, background } = request
      reply = await origin({ ...forward.request, body, signal, background })
    } catch (failure) {
      error = failure
    }
    const exchanged = { requestAt, responseAt: this.#clock.now() }
    const conclusion = conclude(forward, reply, exchanged, rules)
    if (conclusion.action === 'pass' && reply !== undefined) {
      return this.#pass(conclusion, reply, candidate, rules)
    }
    if (conclusion.action === 'combine' && reply !== undefined && candidate !== undefined) {
      const combined = await this.#combine(conclusion, reply, candidate, rules)
      return combined ?? this.#fetch(task, conclusion.otherwise, candidate, signal)
    }
    discard(reply?.body)
    if (conclusion.action === 'again')
      return this.#fetch(task, conclusion.forward, candidate, signal)
    if (conclusion.action !== 'serve' || candidate === undefined) throw error
    return this.#serve(conclusion, reply, candidate)
  }

  #pass(
    { head, withBody, admission, kept, drop, cacheStatus }: Pass,
    reply: HttpResponse,
    candidate: Page | undefined,
    rules: Rules,
  ): Fetched {
    const status = { ...cacheStatus, stored: admission.storable }
    const answer = (body: Body | undefined) =>
      this.#answers.made(head, status, withBody ? body : undefined)
    if (!admission.storable) {
      if (!withBody) discard(reply.body)
      return { answer: answer(reply.body), reply, kept: described(kept, candidate), drop }
    }
    const { body } = reply
    if (body === undefined || body instanceof Uint8Array) {
      // A copy: whose buffer it is may write to it again.
      const bytes = body === undefined ? new Uint8Array() : new Uint8Array(body)
      const kept = () => recorded(admission, bytes, rules)
      return { answer: answer(body), reply, kept, drop }
    }
    const recording = new Recording(body, rules.maxBodyBytes, this.#room)
    if (!withBody) recording.leave()
    return {
      answer: answer(recording.body),
      reply,
      kept: async () => recorded(admission, await recording.whole, rules),
      drop,
    }
  }

  #serve(
    { serve, kept, drop }: ServeAfter,
    reply: HttpResponse | undefined,
    candidate: Page,
  ): Fetched {
    const answer = this.#answers.served(candidate.body, serve, false)
    return { answer, reply, kept: described(kept, candidate), drop }
  }

  /** Waits for the reply's body, as the answer is in both; `undefined` when it is not what was announced. */
  async #combine(
    { combination, serve, kept }: Combine,
    reply: HttpResponse,
    candidate: Page,
    rules: Rules,
  ): Promise<Fetched | undefined> {
    const rest = await wholeOf(reply.body, rules.maxBodyBytes, this.#room)
    if (rest?.length !== combination.replyLength) return undefined
    const body = joinedBytes(
      combination.pieces.map(({ of, start, end }) =>
        (of === 'stored' ? candidate.body : rest).subarray(start, end),
      ),
    )
    return {
      answer: this.#answers.served(body, serve, false),
      reply,
      kept: kept && (async () => entryOf(kept, body)),
      drop: false,
    }
  }
}

/** What others add to the answer when it is sent may say that it is for nobody else. */
function heeding(
  added: NonNullable<OriginResponse['added']>,
  fetched: Fetched,
  { request, rules }: Task,
): Fetched {
  const { kept } = fetched
  if (kept === undefined) return fetched
  return {
    ...fetched,
    async kept() {
      const entry = await kept()
      const lines = await added
      return lines === undefined || refusedAsSent(request, lines, rules) ? undefined : entry
    },
    lost: added.then((lines) => lines === undefined),
  }
}

/** What is not wanted is not waited for. */
export function discard(body: Body | undefined): void {
  if (body === undefined || body instanceof Uint8Array) return
  body[Symbol.asyncIterator]()
    .return?.()
    .catch(() => {})
}

/** What is to be kept of a response whose body has come, if it is the body that was announced. */
async function recorded(
  { stored, keepUntil, tags }: Kept,
  body: Uint8Array<ArrayBuffer> | undefined,
  rules: Rules,
): Promise<PageEntry | undefined> {
  const completed = body && complete(stored, body.length, rules)
  if (body === undefined || completed === undefined) return undefined
  return entryOf({ stored: await validatable(completed, body), keepUntil, tags }, body)
}

/** The candidate with what a reply without a body said of it. */
function described(kept: Kept | undefined, candidate: Page | undefined): Fetched['kept'] {
  return kept && candidate && (async () => entryOf(kept, candidate.body))
}

function entryOf({ stored, keepUntil, tags }: Kept, body: Uint8Array): PageEntry {
  const { url, noVarySearch } = stored.selecting
  const urls = new Set([url, searchKey(url, noVarySearch)])
  return {
    page: { stored, body, tags: [...[...urls].map(urlTag), ...tags.map(tagOf)] },
    keepUntil,
  }
}

/** What gets its lifetime from us is given out to be validated: that takes an entity tag. */
async function validatable(
  stored: StoredResponse,
  body: Uint8Array<ArrayBuffer>,
): Promise<StoredResponse> {
  if (stored.source !== 'ttl' || stored.etag !== undefined) return stored
  // 144 bits of it.
  return withEntityTag(stored, `"${(await bodyDigest(body)).slice(0, 24)}"`)
}

async function wholeOf(
  body: Body | undefined,
  limit: number,
  room: Room,
): Promise<Uint8Array | undefined> {
  if (body === undefined || body instanceof Uint8Array) return body
  const recording = new Recording(body, limit, room)
  recording.leave()
  return recording.whole
}
