import type { Cache, Duration } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import { waitingTime } from '../../kernel/duration.ts'
import { expectFunction, expectOptions } from '../../kernel/expect.ts'
import { bytes } from '../../kernel/size.ts'
import { systemClock } from '../../kernel/system-clock.ts'
import { buildEntries } from './build-entries.ts'
import { cacheEntries, type Entries } from './entries.ts'

/** What both handlers for Next are made with. */
export interface NextOptions {
  /** Where things are kept: in the namespace `next` of it. `next build` leaves it alone. */
  readonly cache: Cache
  /** Longest time for which anything is kept; Next decides when to renew it. @default '30d' */
  readonly ttl?: Duration | undefined
  /** What is larger is not kept: bytes, or a size such as `'8mb'`. @default '8mb' */
  readonly maxEntrySize?: number | string | undefined
  /** What tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set<keyof NextOptions>([
  'cache',
  'ttl',
  'maxEntrySize',
  'clock',
])

/** The options of a handler, understood. */
export interface NextSettings {
  readonly entries: Entries
  /** Milliseconds. */
  readonly longest: number
  /** Bytes. */
  readonly maxEntrySize: number
  readonly clock: Clock
}

export function nextSettings(subject: string, options: NextOptions): NextSettings {
  expectOptions(subject, options, known)
  const { cache, ttl = '30d', maxEntrySize = '8mb', clock = systemClock } = options
  expectFunction('cache.lookup', cache?.lookup)
  const builds = process.env.NEXT_PHASE === 'phase-production-build'
  return {
    entries: builds ? buildEntries() : cacheEntries(cache, clock),
    longest: waitingTime('ttl', ttl),
    maxEntrySize: bytes('maxEntrySize', maxEntrySize),
    clock,
  }
}
