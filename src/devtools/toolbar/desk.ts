import type { Clock } from '../../contracts/clock.ts'
import { warn } from '../../kernel/warn.ts'
import type { CacheSet } from '../../telemetry/cache-set.ts'
import { HtmlInjector } from './html-injector.ts'
import { type Asked, forThisClientAlone, isAsset, type PageHead, placeFor } from './page-head.ts'
import { Profile } from './profile.ts'
import { Recorder } from './recorder.ts'
import type { RequestReport, RequestSummary } from './request-report.ts'
import { serverTiming } from './server-timing.ts'
import { snippet } from './snippet.ts'

/** What `toolbar` was told, with what it takes for the rest. */
export interface Settings<R> {
  readonly authorize: ((request: R) => boolean | Promise<boolean>) | undefined
  readonly nonce: ((request: R) => string | undefined) | undefined
  readonly keep: number
  /** Without a slash at the end. */
  readonly path: string
  readonly clock: Clock
  readonly id: () => string
}

/** A response of the toolbar's own. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A request of the application that is looked at. */
export interface Visit {
  /** Runs what answers it. */
  run<T>(body: () => T): T
  /** As `run`, of all that comes from here on. */
  enter(): void
  /** Changes the head that is to be sent; answers what the body has to go through, if it must. */
  atHead(head: PageHead): HtmlInjector | undefined
  /** It has been answered. */
  complete(): void
}

/** What is the same in all frameworks: who is let in, what is kept, and what becomes of a response. */
export class Desk<R> {
  readonly #settings: Settings<R>
  readonly #recorder: Recorder
  readonly #precise: () => number
  /** The last requests, the oldest first. */
  readonly #profiles = new Map<string, Profile>()

  constructor(caches: CacheSet, settings: Settings<R>) {
    const { clock } = settings
    this.#settings = settings
    this.#precise = () => (clock.precise === undefined ? clock.now() : clock.precise())
    this.#recorder = new Recorder(caches, this.#precise)
  }

  stop(): void {
    this.#recorder.stop()
  }

  /** Who cannot be told to be allowed is not. */
  admits(request: R): boolean | Promise<boolean> {
    const { authorize } = this.#settings
    if (authorize === undefined) return true
    const refuse = (error: unknown) => {
      warn(`\`authorize\` of the toolbar failed: ${error}`)
      return false
    }
    try {
      const admitted = authorize(request)
      if (typeof admitted !== 'object') return admitted === true
      return admitted.then((said) => said === true, refuse)
    } catch (error) {
      return refuse(error)
    }
  }

  /** Answers who asks for a report; `undefined` for who asks for something else. */
  answer({ method, path, header }: Asked): Answer | undefined {
    const [pathname = ''] = path.split('?')
    const { path: root } = this.#settings
    if (pathname !== root && !pathname.startsWith(`${root}/`)) return undefined
    // Other origins are not let in, whatever the application lets them have.
    const site = header('sec-fetch-site') ?? 'none'
    if (site !== 'same-origin' && site !== 'none')
      return json(403, { error: 'Not for other origins' })
    if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'Expected GET' })
    const id = pathname.slice(root.length + 1)
    if (id === '') return json(200, { requests: this.summaries() })
    const report = this.#profiles.get(id)?.report()
    if (report !== undefined) return json(200, report)
    return json(404, { error: 'This process does not know the request, or not any more' })
  }

  /** The last first. */
  summaries(): RequestSummary[] {
    return Array.from(this.#profiles.values(), (profile) => {
      const { id, method, path, startedAt, durationMs, complete, status, totals } = profile.report()
      return { id, method, path, startedAt, durationMs, complete, status, totals }
    }).reverse()
  }

  report(id: string): RequestReport | undefined {
    return this.#profiles.get(id)?.report()
  }

  open(request: R, asked: Asked): Visit {
    const { clock, id } = this.#settings
    const { method, path } = asked
    const start = { id: id(), method, path, startedAt: clock.now() }
    const profile = new Profile(start, this.#precise)
    const isKept = !isAsset(asked)
    if (isKept) this.#keep(profile)
    return {
      run: (body) => this.#recorder.run(profile, body),
      enter: () => this.#recorder.enter(profile),
      atHead: (head) => this.#atHead(request, asked, head, profile),
      complete: () => {
        profile.complete()
        if (!isKept && profile.calls > 0) this.#keep(profile)
      },
    }
  }

  #keep(profile: Profile): void {
    this.#profiles.set(profile.start.id, profile)
    if (this.#profiles.size <= this.#settings.keep) return
    this.#profiles.delete(this.#profiles.keys().next().value as string)
  }

  /** Fails for nobody: without it the response is what it would have been. */
  #atHead(request: R, asked: Asked, head: PageHead, profile: Profile): HtmlInjector | undefined {
    try {
      profile.status = head.status
      profile.cacheStatus = head.get('cache-status').join(', ') || undefined
      const timing = serverTiming(profile.report())
      head.set('server-timing', [...head.get('server-timing'), timing].join(', '))
      const place = placeFor(asked, head, this.#settings.nonce?.(request))
      if (place === undefined) return undefined
      forThisClientAlone(head)
      return new HtmlInjector(() => this.#snippet(profile, place.nonce))
    } catch (error) {
      warn(`The toolbar failed: ${error}`)
      return undefined
    }
  }

  #snippet(profile: Profile, nonce: string | undefined): Uint8Array {
    const data = { report: profile.report(), reports: this.#settings.path }
    return new TextEncoder().encode(snippet(data, nonce))
  }
}

function json(status: number, value: unknown): Answer {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  }
  return { status, headers, body: JSON.stringify(value) }
}
