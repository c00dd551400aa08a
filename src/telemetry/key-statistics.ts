import type { Cache } from '../contracts/cache.ts'
import { expectFunction, expectInteger, expectOptions } from '../kernel/expect.ts'
import { randomSeed } from '../kernel/random.ts'
import { type Advice, adviceOn } from './advice.ts'
import { type CacheSet, membership } from './cache-set.ts'
import { CacheTally, type HotKey, type TallySetup } from './cache-tally.ts'
import type { GroupStatistics } from './group-tally.ts'
import { keyGroup } from './key-group.ts'
import { subscribe } from './subscribe.ts'

/** How keys are grouped, and how many are followed. */
export interface KeyStatisticsOptions {
  /** What a key has in common with others of its kind. @default keyGroup */
  readonly group?: ((key: string, namespace: string | undefined) => string) | undefined
  /** Most groups of a cache that are told apart; the others are `'other'`. @default 200 */
  readonly maxGroups?: number | undefined
  /** Keys of a cache among which the hottest are looked for. @default 256 */
  readonly hotKeys?: number | undefined
  /** Most keys of a cache that are followed from being stored to leaving memory. @default 4096 */
  readonly sampledKeys?: number | undefined
  /** Makes the sample hard to foresee. @default random */
  readonly seed?: number | undefined
}

/** What each kind of keys costs, and what it saves; since it was asked for. */
export interface KeyStatistics {
  /** Those read most come first; `'other'` comes last. Caches are named as in events. */
  groups(cache: string): GroupStatistics[]
  /** The keys read most of late come first. */
  hottest(cache: string): HotKey[]
  /** What could be done better, in plain words; nothing as long as too little is known. */
  advice(cache: Cache): Advice[]
  /** Nothing is counted any more. */
  stop(): void
}

const known: ReadonlySet<string> = new Set<keyof KeyStatisticsOptions>([
  ...(['group', 'maxGroups', 'hotKeys', 'sampledKeys', 'seed'] as const),
])

/** Begins to count by kinds of keys; each read costs more from then on (docs/guides/telemetry.md). */
export function keyStatistics(caches: CacheSet, options: KeyStatisticsOptions = {}): KeyStatistics {
  expectOptions('key statistics options', options, known)
  const { group = keyGroup, maxGroups = 200, hotKeys = 256, sampledKeys = 4_096 } = options
  expectFunction('group', group)
  const { MAX_SAFE_INTEGER } = Number
  const setup: TallySetup = {
    group,
    maxGroups: expectInteger('maxGroups', maxGroups, 1, MAX_SAFE_INTEGER),
    hotKeys: expectInteger('hotKeys', hotKeys, 1, MAX_SAFE_INTEGER),
    sampledKeys: expectInteger('sampledKeys', sampledKeys, 16, MAX_SAFE_INTEGER),
    seed: options.seed ?? randomSeed(),
  }
  const isMember = membership(caches)
  const tallies = new Map<string, CacheTally>()
  const tallyOf = (event: { readonly cache: string }): CacheTally | undefined => {
    let tally = tallies.get(event.cache)
    if (tally === undefined && isMember(event)) {
      tally = new CacheTally(setup)
      tallies.set(event.cache, tally)
    }
    return tally
  }
  const stop = subscribe({
    read: (event) => tallyOf(event)?.read(event),
    load: (event) => tallyOf(event)?.load(event),
    write: (event) => tallyOf(event)?.write(event),
    remove: (event) => tallyOf(event)?.remove(event),
  })
  const groups = (cache: string) => tallies.get(cache)?.groups() ?? []
  return {
    groups,
    hottest: (cache) => tallies.get(cache)?.hottest() ?? [],
    advice: (cache) => adviceOn(groups(cache.name), knownCurve(cache)),
    stop,
  }
}

/** Points of the cache's curve, or none where it was made without. */
export function knownCurve(cache: Cache): ReturnType<Cache['curve']> {
  try {
    return cache.curve()
  } catch {
    return []
  }
}
