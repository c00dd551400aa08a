import type { Clock } from '../../contracts/clock.ts'
import { type CacheSet, cachesOf, membership } from '../../telemetry/cache-set.ts'
import { subscribe } from '../../telemetry/subscribe.ts'
import { type Sample, sampleOf } from './sample.ts'
import type { Happening } from './state.ts'

/** What this process remembers of the last minutes. */
export interface Watcher {
  /** What was counted after `since`, the oldest first. */
  history(cache: string, since: number): readonly Sample[]
  /** The newest come first. */
  happenings(): readonly Happening[]
  stop(): void
}

const intervalMs = 2_000
/** Five minutes. */
const mostSamples = 150
const mostHappenings = 50
/** Of an error that repeats itself, one in so long is told. */
const repeatMs = 10_000

/** Counts what goes to the stores, and samples what the caches count themselves. */
export function watch(caches: CacheSet, clock: Clock): Watcher {
  const isMember = membership(caches)
  const samples = new Map<string, Sample[]>()
  const operations = new Map<string, { count: number; ms: number }>()
  const happenings: Happening[] = []

  function tell(cache: string, kind: Happening['kind'], text: string): void {
    const at = clock.now()
    const isRepeated = happenings.some(
      (other) =>
        other.cache === cache &&
        other.kind === kind &&
        kind === 'error' &&
        at - other.at < repeatMs,
    )
    if (isRepeated) return
    happenings.unshift({ at, cache, kind, text })
    happenings.length = Math.min(happenings.length, mostHappenings)
  }

  const unsubscribe = subscribe({
    operation(event) {
      if (!isMember(event)) return
      const { count, ms } = operations.get(event.cache) ?? { count: 0, ms: 0 }
      operations.set(event.cache, { count: count + 1, ms: ms + event.durationMs })
    },
    store(event) {
      if (!isMember(event)) return
      if (event.up) tell(event.cache, 'store-up', 'The store can be trusted again')
      else tell(event.cache, 'store-down', 'The store does not answer: memory and loaders go on')
    },
    gap(event) {
      if (isMember(event)) tell(event.cache, 'gap', event.reason)
    },
    error(event) {
      if (isMember(event)) tell(event.cache, 'error', messageOf(event.error))
    },
  })

  function sample(): void {
    const at = clock.now()
    for (const cache of cachesOf(caches)) {
      const { count, ms } = operations.get(cache.name) ?? { count: 0, ms: 0 }
      const taken = { ...sampleOf(at, cache.stats()), operations: count, operationMs: ms }
      const kept = samples.get(cache.name) ?? []
      if (kept.push(taken) > mostSamples) kept.shift()
      samples.set(cache.name, kept)
    }
  }

  let cancel = () => {}
  const tick = () => {
    sample()
    cancel = clock.schedule(intervalMs, tick, 'background')
  }
  tick()
  return {
    history: (cache, since) => (samples.get(cache) ?? []).filter(({ at }) => at > since),
    happenings: () => happenings,
    stop() {
      cancel()
      unsubscribe()
    },
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500)
}
