import type { Cache } from '../contracts/cache.ts'
import type { Cancel, Clock } from '../contracts/clock.ts'
import type { Duration } from '../contracts/duration.ts'
import type { Bytes, Store } from '../contracts/store.ts'
import { withDeadline } from '../kernel/deadline.ts'
import { waitingTime } from '../kernel/duration.ts'
import { ClosedError, StoreTimeoutError } from '../kernel/errors.ts'
import { expectNumber } from '../kernel/expect.ts'
import { stampSource } from '../kernel/random.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { type CacheSet, cachesOf } from './cache-set.ts'
import type { KeyStatistics } from './key-statistics.ts'
import { cacheReport, type ProcessIdentity, processIdentity } from './process-report.ts'
import { decodeReport, encodeReport, readSlots, slotKeys } from './report-slots.ts'

/** How often a process says how it is, and what of. */
export interface ReportProcessesOptions {
  /** Time between two reports; each is readable for three times as long. @default '5s' */
  readonly interval?: Duration | undefined
  /** Whose groups, hottest keys and advice are reported as well. @default none */
  readonly statistics?: KeyStatistics | undefined
  /** Told of a report that could not be written; the next one is tried all the same. */
  readonly onError?: ((error: unknown) => void) | undefined
  /** Time. @default the system's */
  readonly clock?: Clock | undefined
  /** Chance, by which a place in the store is chosen. @default Math.random */
  readonly random?: (() => number) | undefined
}

/** A process that says how it is. */
export interface ProcessReporting {
  /** Who reports. */
  readonly process: ProcessIdentity
  /** Reports now, instead of when it is due. */
  write(): Promise<void>
  /** Reports no more, and takes back what was reported. */
  stop(): Promise<void>
}

/** Reports are worth less than what waits for the store. */
const longestWait = 2_000
/** A report that is missed, or two, is no reason to disappear. */
const lifetimes = 3

/**
 * Has this process say, at an interval, how its caches do: each in the store of the cache, for whoever
 * has access to it (`readReports`). Caches without a store are not reported.
 */
export function reportProcesses(
  caches: CacheSet,
  options: ReportProcessesOptions = {},
): ProcessReporting {
  const { statistics, onError, clock = systemClock, random = Math.random } = options
  const interval = expectNumber(
    'interval',
    waitingTime('interval', options.interval ?? '5s'),
    100,
    86_400_000,
  )
  const process = processIdentity(clock)
  const writers = new Map<Cache, SlotWriter>()
  let stopped = false
  let cancel: Cancel | undefined
  let writing: Promise<void> | undefined

  async function report(cache: Cache): Promise<void> {
    try {
      const store = await cache.store()
      if (store === undefined) return
      const writer = writers.get(cache) ?? new SlotWriter(store, process.id, cache.name, random)
      writers.set(cache, writer)
      const described = await cacheReport(cache, statistics, clock)
      const bytes = encodeReport({ process, cache: described }, stamp())
      await inTime(writer.write(bytes, clock.now() + lifetimes * interval), clock)
    } catch (error) {
      // What was closed has nothing to report any more.
      if (!(error instanceof ClosedError)) onError?.(error)
    }
  }

  async function writeAll(): Promise<void> {
    cancel?.()
    await Promise.all(cachesOf(caches).map(report))
    writing = undefined
    if (!stopped) cancel = clock.schedule(interval, () => void write(), 'background')
  }

  function write(): Promise<void> {
    writing ??= writeAll()
    return writing
  }

  void write()
  return {
    process,
    write,
    async stop() {
      stopped = true
      await writing
      cancel?.()
      const removals = [...writers.values()].map((writer) => inTime(writer.remove(), clock))
      for (const removal of await Promise.allSettled(removals)) {
        if (removal.status === 'rejected') onError?.(removal.reason)
      }
    },
  }
}

const stamp = stampSource()

/**
 * Keeps one report in a place of its own. Who finds another's there takes one that is free: two that
 * take the same at once notice at the next report, so that no store has to compare and set for it.
 */
class SlotWriter {
  readonly #store: Store
  readonly #process: string
  readonly #cache: string
  readonly #random: () => number
  #key: string | undefined

  constructor(store: Store, process: string, cache: string, random: () => number) {
    this.#store = store
    this.#process = process
    this.#cache = cache
    this.#random = random
  }

  async write(value: Bytes, expiresAt: number): Promise<void> {
    this.#key = (await this.#isOwn()) ? this.#key : await this.#free()
    if (this.#key !== undefined) await this.#store.setMany([{ key: this.#key, value, expiresAt }])
  }

  async remove(): Promise<void> {
    if (this.#key !== undefined && (await this.#isOwn())) await this.#store.deleteMany([this.#key])
  }

  async #isOwn(): Promise<boolean> {
    if (this.#key === undefined) return false
    const [bytes] = await this.#store.getMany([this.#key])
    const there = decodeReport(bytes)
    return there?.process.id === this.#process && there.cache.inspection.name === this.#cache
  }

  /** Undefined where so many report already that there is no room. */
  async #free(): Promise<string | undefined> {
    const taken = await readSlots(this.#store)
    const free = slotKeys.filter((_, slot) => taken[slot] === undefined)
    return free[Math.floor(this.#random() * free.length)]
  }
}

function inTime<T>(work: Promise<T>, clock: Clock): Promise<T> {
  return withDeadline(
    work,
    longestWait,
    clock,
    () => new StoreTimeoutError(`Reporting to the store took longer than ${longestWait} ms`),
  )
}
