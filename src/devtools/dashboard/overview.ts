import type { Cache } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import { type CacheSet, cachesOf } from '../../telemetry/cache-set.ts'
import type { KeyStatistics } from '../../telemetry/key-statistics.ts'
import {
  cacheReport,
  type ProcessIdentity,
  type ProcessReport,
} from '../../telemetry/process-report.ts'
import { readReports } from '../../telemetry/read-reports.ts'
import type { Access, DashboardState } from './state.ts'
import type { Watcher } from './watcher.ts'

/** What is looked at, and by whom. */
export interface View {
  readonly caches: CacheSet
  /** This process, where its caches are among those that are looked at, and what it remembers. */
  readonly own: OwnProcess | undefined
  readonly clock: Clock
}

export interface OwnProcess {
  readonly identity: ProcessIdentity
  readonly statistics: KeyStatistics | undefined
  readonly watcher: Watcher
}

/** Until when in its history the page has seen a process, by its id. */
export type Seen = Readonly<Record<string, number>>

interface Reports {
  readonly processes: readonly ProcessReport[]
  readonly problems: readonly string[]
}

/** Visitors that ask at about the same time are told the same of others. */
const sharedMs = 1_000

/** Answers what a visitor is told. */
export function overviewOf(view: View): (access: Access, seen: Seen) => Promise<DashboardState> {
  const { caches, own, clock } = view
  let reading: Promise<Reports> | undefined
  let readAt = 0
  const readShared = () => {
    if (reading === undefined || clock.now() - readAt >= sharedMs) {
      readAt = clock.now()
      reading = readAll(cachesOf(caches), clock)
    }
    return reading
  }
  return async (access, seen) => {
    const [{ processes, problems }, self] = await Promise.all([readShared(), selfOf(view)])
    const others = processes.filter(({ id }) => id !== self?.id)
    const names = cachesOf(caches).map(({ name }) => name)
    const since = own === undefined ? 0 : (seen[own.identity.id] ?? 0)
    return {
      ...{ at: clock.now(), access, actsOn: names, own: self?.id, problems },
      processes: self === undefined ? others : [self, ...others],
      history: Object.fromEntries(
        names.map((name) => [name, own?.watcher.history(name, since) ?? []]),
      ),
      happenings: own?.watcher.happenings() ?? [],
    }
  }
}

async function selfOf({ caches, own, clock }: View): Promise<ProcessReport | undefined> {
  if (own === undefined) return undefined
  const reports = cachesOf(caches).map((cache) => cacheReport(cache, own.statistics, clock))
  return { ...own.identity, caches: await Promise.all(reports) }
}

/** Each store is asked; what processes say of several stores comes together. */
async function readAll(caches: readonly Cache[], clock: Clock): Promise<Reports> {
  const problems: string[] = []
  const each = await Promise.all(
    caches.map((cache) =>
      readReports(cache, { clock }).catch((error): ProcessReport[] => {
        const reason = error instanceof Error ? error.message : String(error)
        problems.push(`What others report of ${cache.name} cannot be read: ${reason}`)
        return []
      }),
    ),
  )
  const processes = new Map<string, ProcessReport>()
  for (const process of each.flat().filter(isSound)) {
    const known = processes.get(process.id)?.caches ?? []
    const names = new Set(known.map(({ inspection }) => inspection.name))
    const more = process.caches.filter(({ inspection }) => !names.has(inspection.name))
    processes.set(process.id, { ...process, caches: [...known, ...more] })
  }
  return { processes: [...processes.values()], problems }
}

/** Whoever may write to the store may have written it, or another version: all is there that is looked into. */
function isSound({ versions, caches }: ProcessReport): boolean {
  return (
    isObject(versions) &&
    caches.every(
      ({ inspection: { stats, backlogs }, curve, groups, hottest, advice }) =>
        isObject(stats?.memory) &&
        isObject(stats.store) &&
        isObject(backlogs) &&
        Object.values(backlogs).every(isObject) &&
        [curve, groups, hottest, advice].every(
          (items: unknown) => Array.isArray(items) && items.every(isObject),
        ),
    )
  )
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
