import type { CurvePoint } from '../../../contracts/cache.ts'
import type { Backlog } from '../../../contracts/writing.ts'
import type { Advice } from '../../../telemetry/advice.ts'
import type { HotKey } from '../../../telemetry/cache-tally.ts'
import type { GroupStatistics } from '../../../telemetry/group-tally.ts'
import type { CacheReport, ProcessReport } from '../../../telemetry/process-report.ts'

/** A process and what it says of the cache that is looked at. */
export interface Peer {
  readonly process: ProcessReport
  readonly report: CacheReport
}

/** What the processes say of a cache, as if they were one. */
export interface Combined {
  readonly entries: number
  readonly weight: number
  /** Of all memories together; undefined where one has no such bound. */
  readonly maxEntries: number | undefined
  readonly maxWeight: number | undefined
  readonly policy: string | undefined
  readonly groups: readonly GroupStatistics[]
  readonly hottest: readonly HotKey[]
  readonly advice: readonly Advice[]
  readonly curve: readonly CurvePoint[]
  readonly backlogs: Readonly<Record<string, Backlog>>
}

export function peersOf(processes: readonly ProcessReport[], cache: string): Peer[] {
  return processes.flatMap((process) => {
    const report = process.caches.find(({ inspection }) => inspection.name === cache)
    return report === undefined ? [] : [{ process, report }]
  })
}

export function combine(peers: readonly Peer[]): Combined {
  const reports = peers.map(({ report }) => report)
  const memories = reports.flatMap(({ inspection }) => inspection.memory ?? [])
  const busiest = [...reports].sort((a, b) => readsOf(b) - readsOf(a))
  return {
    entries: sum(memories, ({ entries }) => entries),
    weight: sum(memories, ({ weight }) => weight),
    maxEntries: bound(memories.map(({ maxEntries }) => maxEntries)),
    maxWeight: bound(memories.map(({ maxWeight }) => maxWeight)),
    policy: memories[0]?.policy,
    groups: groupsOf(reports),
    hottest: hottestOf(reports),
    advice: [
      ...new Map(
        busiest
          .toReversed()
          .flatMap(({ advice }) => advice)
          .map((advice) => [`${advice.kind}\0${advice.group ?? ''}`, advice]),
      ).values(),
    ],
    curve: meanCurve(reports),
    backlogs: backlogsOf(reports),
  }
}

function readsOf({ inspection: { stats } }: CacheReport): number {
  return stats.hits + stats.stale + stats.misses
}

function groupsOf(reports: readonly CacheReport[]): GroupStatistics[] {
  const groups = new Map<string, GroupStatistics>()
  for (const one of reports.flatMap(({ groups }) => groups)) {
    const other = groups.get(one.group)
    groups.set(one.group, other === undefined ? one : addedGroups(one, other))
  }
  return [...groups.values()].sort((a, b) => b.reads - a.reads)
}

function addedGroups(a: GroupStatistics, b: GroupStatistics): GroupStatistics {
  const sums = added(a, b)
  const served = sums.hits + sums.stale
  return { ...sums, hitRatio: served + sums.misses === 0 ? 1 : served / (served + sums.misses) }
}

function hottestOf(reports: readonly CacheReport[]): HotKey[] {
  const keys = new Map<string, HotKey>()
  for (const hot of reports.flatMap(({ hottest }) => hottest)) {
    const name = `${hot.namespace ?? ''}\0${hot.key}`
    const other = keys.get(name)
    keys.set(name, other === undefined ? hot : added(hot, other))
  }
  return [...keys.values()].sort((a, b) => b.reads - a.reads)
}

/** Each process has a memory of its own: a size is that of one of them, its ratio that of all reads. */
function meanCurve(reports: readonly CacheReport[]): CurvePoint[] {
  const known = reports.filter(({ curve }) => curve.length > 0)
  const reads = sum(known, readsOf)
  return (known[0]?.curve ?? []).map(({ size, hitRatio }, i) => ({
    size,
    hitRatio:
      reads === 0
        ? hitRatio
        : sum(known, (report) => readsOf(report) * (report.curve[i]?.hitRatio ?? 0)) / reads,
  }))
}

function backlogsOf(reports: readonly CacheReport[]): Record<string, Backlog> {
  const backlogs: Record<string, Backlog> = {}
  for (const [name, one] of reports.flatMap(({ inspection }) =>
    Object.entries(inspection.backlogs),
  )) {
    const other = backlogs[name]
    backlogs[name] =
      other === undefined
        ? one
        : { ...added(one, other), oldest: Math.max(one.oldest, other.oldest) }
  }
  return backlogs
}

/** The numbers of both together; all else is that of the first. */
function added<T extends object>(a: T, b: T): T {
  const members = Object.entries(a).map(([name, value]) => {
    const other: unknown = b[name as keyof T]
    return [name, typeof value === 'number' && typeof other === 'number' ? value + other : value]
  })
  return Object.fromEntries(members)
}

function sum<T>(items: readonly T[], pick: (item: T) => number): number {
  return items.reduce((total, item) => total + pick(item), 0)
}

/** JSON has nothing but `null` for a bound that is infinite. */
function bound(bounds: readonly (number | string | null | undefined)[]): number | undefined {
  const known = bounds.filter((bound) => typeof bound === 'number' && Number.isFinite(bound))
  return known.length === 0 || known.length < bounds.length
    ? undefined
    : sum(known as number[], (bound) => bound)
}
