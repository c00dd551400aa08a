import type { Clock } from '../../contracts/clock.ts'
import { noDirectives } from '../engine/cache-control.ts'
import type { ForwardReason } from '../engine/cache-status.ts'
import { conclude } from '../engine/conclusion.ts'
import { isOfSomebody } from '../engine/credentials.ts'
import { decide } from '../engine/decision.ts'
import { fieldValue } from '../engine/fields.ts'
import type { Forward } from '../engine/forwarding.ts'
import { ageAt } from '../engine/freshness.ts'
import { invalidated } from '../engine/invalidation.ts'
import { requestFields } from '../engine/request-fields.ts'
import type { Rules } from '../engine/rules.ts'
import { expired, type StoredResponse } from '../engine/stored-response.ts'
import type { HttpResponse, RequestHead } from '../message.ts'
import type { Answers } from './answers.ts'
import { discard, type Fetched, type Fetcher, type Task } from './fetcher.ts'
import { Flight, type Landing } from './flight.ts'
import type { Found, Page, PageStore } from './page-store.ts'
import { RecentKeys } from './recent-keys.ts'
import type { SoftPurges } from './soft-purges.ts'

/** Time for which requests for a URL do not wait for each other, as its responses were for one alone. */
const unsharedTime = 30_000
/** Pause after a failed renewal in the background. */
const renewalPause = 10_000

interface Parts {
  readonly pages: PageStore
  readonly softPurges: SoftPurges
  readonly fetcher: Fetcher
  readonly answers: Answers
  readonly clock: Clock
}

/** What a page answers to plain requests, until that changes. */
interface Ready {
  readonly answer: HttpResponse
  readonly until: number
  readonly rules: Rules
}

/** The machine between what is stored, the origin, and those who ask. */
export class Exchange {
  readonly #parts: Parts
  readonly #flights = new Map<string, Flight>()
  readonly #filling = new Set<Promise<unknown>>()
  readonly #keys = new Set<string>()
  readonly #unshared: RecentKeys
  readonly #paused: RecentKeys
  readonly #ready = new WeakMap<Page, Ready>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#unshared = new RecentKeys(parts.clock, unsharedTime)
    this.#paused = new RecentKeys(parts.clock, renewalPause)
  }

  answerNow(request: RequestHead, rules: Rules): HttpResponse | undefined {
    const { pages, softPurges, answers, clock } = this.#parts
    if (!softPurges.known) return undefined
    const page = pages.findNow(request, rules)
    if (page === undefined) return undefined
    const now = clock.recent?.() ?? clock.now()
    const stored = this.#current(page)
    const plain = stored === page.stored && isPlain(request)
    if (plain) {
      const ready = this.#ready.get(page)
      if (ready !== undefined && now < ready.until && ready.rules === rules) return ready.answer
    }
    const decision = decide([stored], request, now, rules)
    if (decision.action !== 'serve' || decision.renewal !== undefined) return undefined
    const answer = answers.served(page.body, decision, false)
    if (plain) this.#ready.set(page, { answer, until: changeAfter(stored, now), rules })
    return answer
  }

  async handle(task: Task): Promise<HttpResponse> {
    const { softPurges, pages, answers, clock } = this.#parts
    const { request, rules } = task
    if (!softPurges.known) await softPurges.learn()
    for (let landing: Landing | undefined; ; ) {
      const { matching, other } = await pages.find(request, rules)
      const known = matching.length === 0 && other !== undefined ? [other] : matching
      const stored = known.map(({ page }) => this.#current(page))
      const decision = decide(stored, request, clock.now(), rules)
      if (decision.action === 'refuse') return answers.refused(decision)
      if (decision.action === 'serve') {
        const found = known[stored.indexOf(decision.stored)] as Found
        if (decision.renewal !== undefined) this.#renew(task, decision.renewal, found)
        return answers.served(found.page.body, decision, landing !== undefined)
      }
      const found = decision.candidate && known[stored.indexOf(decision.candidate)]
      const flight = this.#joinable(decision, found, landing, rules)
      if (flight === undefined) return this.#forward(task, decision, found)
      flight.attend(request.signal)
      landing = await flight.landing
      const shared = this.#shared(task, decision, found, landing)
      if (shared !== undefined) return shared
    }
  }

  /** A flight to wait for. What a flight before it brought for one alone is not waited for again. */
  #joinable(
    forward: Forward,
    found: Found | undefined,
    landing: Landing | undefined,
    rules: Rules,
  ): Flight | undefined {
    if (!isSharable(forward)) return undefined
    const name = nameOf(forward, found, rules)
    const again =
      landing?.outcome === 'lost' ||
      (landing?.outcome === 'kept' && forward.because === 'vary-miss')
    if (landing !== undefined && !again) this.#unshared.add(name)
    return this.#unshared.has(name) ? undefined : this.#flights.get(name)
  }

  /** What a flight that failed means to who waited for it: its error, or something stored instead. */
  #shared(
    { rules }: Task,
    forward: Forward,
    found: Found | undefined,
    landing: Landing,
  ): HttpResponse | undefined {
    if (landing.outcome === 'kept' || landing.outcome === 'lost') return undefined
    const { reply } = landing
    if (reply !== undefined && reply.status < 500) return undefined
    const now = this.#parts.clock.now()
    const conclusion = conclude(forward, reply, { requestAt: now, responseAt: now }, rules)
    if (conclusion.action === 'serve' && found !== undefined) {
      return this.#parts.answers.served(found.page.body, conclusion.serve, true)
    }
    if (landing.outcome === 'failed') throw landing.error
    return undefined
  }

  async #forward(task: Task, forward: Forward, found: Found | undefined): Promise<HttpResponse> {
    const { pages, fetcher } = this.#parts
    const { request, rules } = task
    if (mayFill(forward)) return this.#fly(task, forward, found, new Flight())
    const fetched = await fetcher.fetch(task, forward, found?.page, request.signal)
    const invalid = fetched.reply && invalidated(request, fetched.reply)
    if (invalid !== undefined) await pages.invalidate([...invalid.urls, request.url], invalid.tags)
    // An answer to POST: a load that begins after what the POST itself has made invalid.
    if (fetched.kept !== undefined) {
      this.#track(pages.fill(pages.newKey(), request.url, fetched.kept, rules))
    }
    return fetched.answer
  }

  /** Resolves when there is an answer; the flight lands when its body is in the cache, or will not be. */
  #fly(
    task: Task,
    forward: Forward,
    found: Found | undefined,
    flight: Flight,
  ): Promise<HttpResponse> {
    const name = nameOf(forward, found, task.rules)
    if (isSharable(forward) && !this.#flights.has(name)) this.#flights.set(name, flight)
    flight.attend(task.request.signal)
    return new Promise((resolve, reject) => {
      const fetch = async () => {
        const fetched = await this.#parts.fetcher.fetch(task, forward, found?.page, flight.signal)
        flight.arrived()
        resolve(fetched.answer)
        return fetched
      }
      const land = (landing: Landing) => {
        if (this.#flights.get(name) === flight) this.#flights.delete(name)
        flight.land(landing)
      }
      const landed = this.#fill(forward, found, fetch, task.rules).then(land, (error) => {
        land({ outcome: 'failed', reply: undefined, error })
        reject(error)
      })
      this.#track(landed)
    })
  }

  /** Fetches as a load of the cache, so that what is purged meanwhile is not kept. */
  async #fill(
    forward: Forward,
    found: Found | undefined,
    fetch: () => Promise<Fetched>,
    rules: Rules,
  ): Promise<Landing> {
    const { pages } = this.#parts
    const { url } = forward.asked
    // Two loads of one key would wait for each other.
    const key = found && !this.#keys.has(found.key) ? found.key : pages.newKey()
    let fetching: Promise<Fetched> | undefined
    const load = async () => {
      fetching = fetch()
      return (await fetching).kept?.()
    }
    this.#keys.add(key)
    const kept = await pages.fill(key, url, load, rules).catch(() => false)
    this.#keys.delete(key)
    // A cache that fails does without; an origin that fails has its say here.
    const { drop, reply, lost } = await (fetching ?? fetch())
    if (kept) return { outcome: 'kept' }
    if (await lost) return { outcome: 'lost', reply: undefined }
    if (drop && found !== undefined) await pages.drop(found.key)
    return { outcome: 'passed', reply }
  }

  /** Renews what is being served stale, unless that is under way or has just failed. */
  #renew(task: Task, forward: Forward, found: Found): void {
    const name = nameOf(forward, found, task.rules)
    if (this.#flights.has(name) || this.#paused.has(name)) return
    const flight = new Flight()
    flight.landing.then(({ outcome }) => {
      if (outcome !== 'kept') this.#paused.add(name)
    })
    // Who was served what is stale may leave: it does not wait for this.
    const request = { ...forward.asked, signal: undefined, background: true }
    this.#fly({ ...task, request }, forward, found, flight).then(
      ({ body }) => discard(body),
      () => {},
    )
  }

  async settled(): Promise<void> {
    while (this.#filling.size > 0) await Promise.allSettled(this.#filling)
  }

  /** Nobody waits for it, but `settled`. */
  #track(filling: Promise<unknown>): void {
    const done = () => void this.#filling.delete(filling)
    this.#filling.add(filling)
    filling.then(done, done)
  }

  #current(page: Page): StoredResponse {
    const { stored, tags } = page
    const purgedAt = this.#parts.softPurges.of(tags, stored.requestAt)
    return purgedAt === undefined ? stored : expired(stored, purgedAt)
  }
}

/** When the seconds in `Age` or `Cache-Status` are others, or it is stale. */
function changeAfter(stored: StoredResponse, now: number): number {
  const left = stored.freshUntil - now
  return now + Math.min(left, 1000 - (ageAt(stored, now) % 1000), (left % 1000) + 1)
}

/** Whether nothing but the URL and what a page varies on decides how it is answered. */
function isPlain({ method, headers }: RequestHead): boolean {
  if (method !== 'GET') return false
  const asked = requestFields(headers)
  return (
    asked.control === noDirectives &&
    asked.cookie === undefined &&
    asked.authorization === undefined &&
    asked.range === undefined &&
    asked.ifMatch === undefined &&
    asked.ifNoneMatch === undefined &&
    asked.ifModifiedSince === undefined &&
    asked.ifUnmodifiedSince === undefined
  )
}

/**
 * What a request is known by to those who would send the same: those that say who asks wait for each other alone, as
 * what they are answered may be for nobody else, which says nothing of what the others are.
 */
function nameOf({ asked }: Forward, found: Found | undefined, rules: Rules): string {
  return `${asked.url} ${found?.key ?? ''}${isOfSomebody(asked, rules) ? ' of somebody' : ''}`
}

function mayFill({ asked, because, candidate }: Forward): boolean {
  if (because === 'method' || because === 'bypass') return false
  return asked.method === 'GET' || candidate !== undefined
}

const shared: ReadonlySet<ForwardReason> = new Set(['uri-miss', 'vary-miss', 'miss', 'stale'])
/** What makes a reply one for this client alone. */
const ofOneAlone = [
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
]

/** Whether the reply may do for others who ask the same meanwhile. */
function isSharable({ asked, because, conditions, completes }: Forward): boolean {
  if (asked.method !== 'GET' || completes || !shared.has(because)) return false
  // Nothing of its exchange is stored (RFC 9111 §5.2.1.5): it has nothing to share.
  if (requestFields(asked.headers).control.noStore) return false
  return conditions !== 'client' || !ofOneAlone.some((name) => has(asked, name))
}

function has({ headers }: RequestHead, name: string): boolean {
  return fieldValue(headers, name) !== undefined
}
