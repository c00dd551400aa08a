import type { Cache } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Duration } from '../contracts/duration.ts'
import type { Store } from '../contracts/store.ts'
import { withDeadline } from '../kernel/deadline.ts'
import { waitingTime } from '../kernel/duration.ts'
import { ClosedError, ConfigError, StoreError, StoreTimeoutError } from '../kernel/errors.ts'
import { stampSource } from '../kernel/random.ts'
import { stampLength, stampNumber, stampOffset } from '../kernel/stamp.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { type CacheSet, cachesOf } from './cache-set.ts'
import { errorType } from './error-type.ts'

/** From the best to the worst. */
const statuses = ['up', 'degraded', 'down'] as const

/**
 * `'degraded'`: the store or the bus fails, and memory stands in; `'down'`: nothing is kept, as there
 * is no memory, or the cache cannot be used at all.
 */
export type HealthStatus = (typeof statuses)[number]

/** How one cache does. */
export interface CacheHealth {
  /** Whether it answers, and by what. */
  readonly status: HealthStatus
  /** What keeps it from being up, each with the code of its error, and no address in it. */
  readonly problems: readonly string[]
  /** Milliseconds in which the store kept a record and removed it; undefined where it did not, or there is none. */
  readonly roundTripMs: number | undefined
}

/** How all caches do, by name. */
export interface Health {
  /** The worst of theirs. */
  readonly status: HealthStatus
  /** Of caches with the same name, the worst. */
  readonly caches: Readonly<Record<string, CacheHealth>>
}

/** How long caches are waited for. */
export interface HealthOptions {
  /** Longest wait for the answer of a store. @default '1s' */
  readonly timeout?: Duration | undefined
  /** Time. @default the system's */
  readonly clock?: Clock | undefined
}

/** A record that was not removed, as the process ended meanwhile, is gone after a minute. */
const lifeMs = 60_000

/**
 * Asks each cache how it does: its store has to keep a small record and to remove it, in time, and its
 * bus to hear the others. A store that has not been used yet is opened by it. Whatever fails is an
 * answer; it rejects with a `ConfigError` for a `timeout` that is no duration, and for nothing else.
 */
export async function health(caches: CacheSet, options: HealthOptions = {}): Promise<Health> {
  const { clock = systemClock } = options
  const timeout = waitingTime('timeout', options.timeout ?? '1s')
  const each = await Promise.all(
    cachesOf(caches).map(
      async (cache) => [cache.name, await healthOf(cache, timeout, clock)] as const,
    ),
  )
  each.sort(([, one], [, other]) => rankOf(one) - rankOf(other))
  return { status: each.at(-1)?.[1].status ?? 'up', caches: Object.fromEntries(each) }
}

function rankOf({ status }: CacheHealth): number {
  return statuses.indexOf(status)
}

async function healthOf(cache: Cache, timeout: number, clock: Clock): Promise<CacheHealth> {
  const late = () => new StoreTimeoutError(`No answer within ${timeout} ms`)
  const [trip, inspection] = await Promise.allSettled([
    withDeadline(roundTrip(cache, clock), timeout, clock, late),
    withDeadline(cache.inspect(), timeout, clock, late),
  ])
  const problems: string[] = []
  if (trip.status === 'rejected') problems.push(`store: ${errorType(trip.reason)}`)
  // Not there if that, too, waited for the store: then nothing is known of memory and bus.
  const known = inspection.status === 'fulfilled' ? inspection.value : undefined
  if (known?.busHealthy === false) problems.push('bus: not heard')
  const keepsNothing = known?.enabled === true && known.memory === undefined
  const isDown = trip.status === 'rejected' && (keepsNothing || isUnusable(trip.reason))
  return {
    status: isDown ? 'down' : problems.length > 0 ? 'degraded' : 'up',
    problems,
    roundTripMs: trip.status === 'fulfilled' ? trip.value : undefined,
  }
}

/** Every call of the cache is refused, whatever its memory has. */
function isUnusable(error: unknown): boolean {
  return error instanceof ClosedError || error instanceof ConfigError
}

/** Answers how long it took; undefined where there is no store. */
async function roundTrip(cache: Cache, clock: Clock): Promise<number | undefined> {
  // Of nothing: refused if the cache has been closed.
  await cache.getMany([])
  const store = await cache.store()
  if (store === undefined) return undefined
  const time = () => clock.precise?.() ?? clock.now()
  const begun = time()
  if (!(await keeps(store, clock.now() + lifeMs))) {
    throw new StoreError(`${store.name} did not keep a record`)
  }
  return time() - begun
}

/** Not by reading: a replica that is read may not have the record yet. */
async function keeps(store: Store, expiresAt: number): Promise<boolean> {
  const stamp = nextStamp()
  // No cache has such keys, as those of reports.
  const key = `hotset:health:${stampNumber(stamp)}`
  const value = new Uint8Array(stampOffset + stampLength)
  value.set(stamp, stampOffset)
  await store.setMany([{ key, value, expiresAt }])
  const [kept] = await store.deleteMany([key])
  return kept === true
}

const nextStamp = stampSource()
