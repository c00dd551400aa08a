import type { Cache } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Store } from '../contracts/store.ts'
import { withDeadline } from '../kernel/deadline.ts'
import { StoreTimeoutError } from '../kernel/errors.ts'
import { systemClock } from '../kernel/system-clock.ts'
import type { ProcessReport } from './process-report.ts'
import { readSlots } from './report-slots.ts'

/** How long reports are waited for. */
export interface ReadReportsOptions {
  /** Longest wait for the store, in milliseconds. @default 2000 */
  readonly timeout?: number | undefined
  /** Time. @default the system's */
  readonly clock?: Clock | undefined
}

/**
 * What all processes that share the store say of their caches, whatever these are called: by host and
 * process id. None where the cache has no store. Rejects where the store fails. The texts in it were
 * written by whoever may write to the store.
 */
export async function readReports(
  from: Cache | Store,
  options: ReadReportsOptions = {},
): Promise<ProcessReport[]> {
  const { timeout = 2_000, clock = systemClock } = options
  const store = 'getOrSet' in from ? await from.store() : from
  if (store === undefined) return []
  const stored = await withDeadline(
    readSlots(store),
    timeout,
    clock,
    () => new StoreTimeoutError(`Reading reports took longer than ${timeout} ms`),
  )
  const processes = new Map<string, ProcessReport>()
  for (const report of stored) {
    if (report === undefined) continue
    const { process, cache } = report
    const others = processes.get(process.id)?.caches ?? []
    const same = others.find(({ inspection }) => inspection.name === cache.inspection.name)
    // One that has just moved may be found in both places.
    const rest = others.filter((other) => other !== same)
    const latest = same !== undefined && same.at > cache.at ? same : cache
    processes.set(process.id, { ...process, caches: [...rest, latest] })
  }
  return [...processes.values()]
    .map((process) => ({ ...process, caches: [...process.caches].sort(byName) }))
    .sort((a, b) => compare(a.host, b.host) || a.pid - b.pid || compare(a.id, b.id))
}

function byName(a: ProcessReport['caches'][number], b: ProcessReport['caches'][number]): number {
  return compare(a.inspection.name, b.inspection.name)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
