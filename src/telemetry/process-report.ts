import type { Cache, CurvePoint, Inspection } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import { builtinModule } from '../kernel/builtin-module.ts'
import { hexOf } from '../kernel/hex.ts'
import { stampSource } from '../kernel/random.ts'
import type { Advice } from './advice.ts'
import type { HotKey } from './cache-tally.ts'
import type { GroupStatistics } from './group-tally.ts'
import { type KeyStatistics, knownCurve } from './key-statistics.ts'

/** What a process says of one of its caches. */
export interface CacheReport {
  /** When it said so, epoch milliseconds. */
  readonly at: number
  /** Of a bound that is infinite, JSON has nothing but `null`. */
  readonly inspection: Inspection
  /** Empty where the cache was made without. */
  readonly curve: readonly CurvePoint[]
  /** Empty where nobody asked for statistics; those read most, and `'other'`. */
  readonly groups: readonly GroupStatistics[]
  /** The keys read most; empty where nobody asked for statistics. */
  readonly hottest: readonly HotKey[]
  /** What could be done better; empty where nobody asked for statistics. */
  readonly advice: readonly Advice[]
}

/** Which process it is. */
export interface ProcessIdentity {
  /** Drawn at random when it began to report. */
  readonly id: string
  /** Name of the machine. */
  readonly host: string
  /** Its number on that machine; 0 where there is none. */
  readonly pid: number
  /** When it began to report, epoch milliseconds. */
  readonly startedAt: number
  /** Of this package, and of what runs it. */
  readonly versions: { readonly hotset: string | undefined; readonly runtime: string }
}

/** What one process says of itself and of its caches. */
export interface ProcessReport extends ProcessIdentity {
  /** One report a cache. */
  readonly caches: readonly CacheReport[]
}

/** Most groups, keys and characters of each in a report, so that its size is bounded. */
const mostGroups = 20
const mostKeys = 20
const longestName = 200

/** What one cache does in this process, as reports and the dashboard have it. */
export async function cacheReport(
  cache: Cache,
  statistics: KeyStatistics | undefined,
  clock: Clock,
): Promise<CacheReport> {
  const groups = statistics?.groups(cache.name) ?? []
  const others = groups.slice(mostGroups).filter(({ group }) => group === 'other')
  return {
    at: clock.now(),
    inspection: await cache.inspect(),
    curve: knownCurve(cache),
    groups: [...groups.slice(0, mostGroups), ...others].map((statistics) => ({
      ...statistics,
      group: statistics.group.slice(0, longestName),
    })),
    hottest: (statistics?.hottest(cache.name) ?? [])
      .slice(0, mostKeys)
      .map((hot) => ({ ...hot, key: hot.key.slice(0, longestName) })),
    advice: statistics?.advice(cache) ?? [],
  }
}

interface System {
  hostname(): string
}

interface Modules {
  createRequire(from: string): (name: string) => { version?: unknown }
}

interface Runtime {
  readonly pid?: number
  readonly versions?: Readonly<Record<string, string | undefined>>
}

/** Who this process is, as far as its runtime tells. */
export function processIdentity(clock: Clock): ProcessIdentity {
  const { process = {} } = globalThis as { process?: Runtime }
  const { bun, deno, node } = process.versions ?? {}
  const runtimes = Object.entries({ bun, deno, node }).find(([, version]) => version !== undefined)
  return {
    id: hexOf(stampSource()()),
    host: builtinModule<System>('node:os')?.hostname() ?? 'unknown',
    pid: process.pid ?? 0,
    startedAt: clock.now(),
    versions: { hotset: ownVersion(), runtime: runtimes?.join(' ') ?? 'unknown' },
  }
}

/** Not known where the package has been bundled into something else. */
function ownVersion(): string | undefined {
  try {
    const require = builtinModule<Modules>('node:module')?.createRequire(import.meta.url)
    const version = require?.('hotset/package.json').version
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}
