import { AsyncLocalStorage } from 'node:async_hooks'
import type { LoadStartEvent } from '../../contracts/events.ts'
import { type CacheSet, membership } from '../../telemetry/cache-set.ts'
import { subscribe } from '../../telemetry/subscribe.ts'
import type { Call } from './call.ts'
import { callSite } from './call-site.ts'
import { LoadCosts } from './load-costs.ts'
import { LoadRun } from './load-run.ts'
import type { Profile } from './profile.ts'

/** What runs now, and what it runs for. */
interface Scope {
  readonly profile: Profile
  /** The call that began last: what is told in its course is about it. */
  readonly call: Call | undefined
  /** The load whose loader runs. */
  readonly load: LoadRun | undefined
}

/** Notes what the caches do in the profile of the request that they do it for. */
export class Recorder {
  readonly stop: () => void
  readonly #scopes = new AsyncLocalStorage<Scope | undefined>()
  readonly #loads = new WeakMap<LoadStartEvent, LoadRun>()
  readonly #costs = new LoadCosts()
  readonly #precise: () => number

  constructor(caches: CacheSet, precise: () => number) {
    this.#precise = precise
    this.stop = this.#subscribe(membership(caches))
  }

  /** Runs what belongs to a request. */
  run<T>(profile: Profile, body: () => T): T {
    return this.#scopes.run({ profile, call: undefined, load: undefined }, body)
  }

  /** What is called from here on belongs to a request. */
  enter(profile: Profile): void {
    this.#scopes.enterWith({ profile, call: undefined, load: undefined })
  }

  #scope(): Scope | undefined {
    const scope = this.#scopes.getStore()
    return scope?.profile.isComplete ? undefined : scope
  }

  #subscribe(isMember: (event: { readonly cache: string }) => boolean): () => void {
    const changed = (event: { readonly cache: string }) => {
      if (isMember(event)) this.#scope()?.call?.changed(this.#precise())
    }
    return subscribe({
      call: (event) => {
        const scope = isMember(event) ? this.#scope() : undefined
        if (scope === undefined) return
        const call = scope.profile.call(event, callSite(), scope.load)
        // From here on in this call, and in whatever its caller does next, until that calls again.
        this.#scopes.enterWith({ ...scope, call })
      },
      read: (event) => {
        const scope = isMember(event) ? this.#scope() : undefined
        if (scope === undefined) return
        const { profile, call: begun, load: within } = scope
        const { cache, namespace, key, outcome, load } = event
        // A hit of which no call was told is in the turn of its call.
        const call = begun?.awaits(event)
          ? begun
          : profile.call({ verb: 'get', cache, namespace, names: [key] }, callSite(), within)
        const isServed = outcome === 'hit' || outcome === 'stale'
        const sparedMs = isServed ? this.#costs.estimate(event) : undefined
        call.answer(event, load && this.#loads.get(load), sparedMs, this.#precise())
      },
      'load-start': (event) => {
        if (!isMember(event)) return
        const scope = this.#scope()
        const load = new LoadRun(event, scope?.profile.start)
        this.#loads.set(event, load)
        if (scope === undefined) return
        if (event.background) scope.profile.renewal(load)
        const inner = event.background ? undefined : { ...scope, call: undefined, load }
        event.around((body) => this.#scopes.run(inner, body))
      },
      load: (event) => {
        if (!isMember(event)) return
        if (event.start !== undefined) this.#loads.get(event.start)?.end(event.durationMs, event)
        if (!('error' in event)) this.#costs.note(event, event.durationMs)
      },
      write: changed,
      delete: changed,
      invalidate: changed,
      clear: changed,
    })
  }
}
