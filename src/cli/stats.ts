import type { StoreUsage } from '../contracts/store.ts'
import { counted, orNull, shownBytes, shownTime } from './amounts.ts'
import { type Command, command, type Terminal } from './command.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { type Paint, painter } from './paint.ts'
import { printable } from './printable.ts'
import {
  hitRatioOf,
  type Peer,
  peersOf,
  readsOf,
  type Totals,
  totalsOf,
} from './process-reports.ts'
import type { Target } from './target.ts'
import { type Column, textList, textTable } from './text-table.ts'
import { writeJson } from './write-out.ts'

/**
 * What the store holds; and, of the processes that report themselves by `reportProcesses` of
 * `hotset/telemetry`, reads, hits, loads, memory, whether the store and the bus work for them, and
 * advice.
 *
 * `--json` prints `{ cache, store, totals, processes }`: `store` is `{ name, entries, bytes,
 * maxBytes }` or null, `totals` is `{ reads, hits, stale, misses, coalesced, loads, loadFailures,
 * loadMs, writes, storeErrors, hitRatio }`, and each process `{ id, host, pid, startedAt, versions,
 * report }`, where `report` is what it said last.
 */
export const stats: Command = command({
  details: `
What the store of a cache holds, and what the processes that use it do: reads, loads, memory, and
advice where there is some. Processes are in it that report themselves, by reportProcesses of
hotset/telemetry.`,
  flags: { ...targetFlags, json: { help: 'prints {cache, store, totals, processes}' } },
  run: (_, values, terminal) =>
    withTarget(values, terminal, async (target) => {
      const [usage, peers] = await Promise.all([usageOf(target), peersOf(target)])
      if (values.json) await writeJson(terminal.stdout, statsInJson(target, usage, peers))
      else terminal.stdout.write(report(target, usage, peers, terminal))
    }),
})

/** Undefined where the store does not say, or where there is none. */
export async function usageOf({ store }: Target): Promise<StoreUsage | undefined> {
  return store?.usage?.()
}

export function statsInJson(
  { cache, store }: Target,
  usage: StoreUsage | undefined,
  peers: readonly Peer[],
): object {
  const totals = totalsOf(peers)
  return {
    cache: cache.name,
    store: store === undefined ? null : { name: store.name, ...(usage && bounded(usage)) },
    totals: { ...totals, hitRatio: hitRatioOf(totals) ?? null },
    processes: peers.map(({ process: { caches: _, ...process }, report }) => ({
      ...process,
      report,
    })),
  }
}

function bounded(usage: StoreUsage) {
  return { ...usage, maxBytes: orNull(usage.maxBytes) }
}

function report(
  target: Target,
  usage: StoreUsage | undefined,
  peers: readonly Peer[],
  terminal: Terminal,
): string {
  const paint = painter(terminal.stdout, terminal)
  const parts = [paint('bold', target.label), textList(summary(target, usage, peers), paint)]
  if (peers.length === 0) parts.push(silence)
  else parts.push(peerTable(peers, paint))
  const advice = adviceOf(peers)
  if (advice.length > 0) parts.push(advice.map((text) => `→ ${text}`).join('\n'))
  return `${parts.join('\n\n')}\n`
}

/** Why there is nothing to show. */
export const silence: string =
  'No process reports what it does: call reportProcesses(caches) of hotset/telemetry in the application.'

/** What holds for the cache as a whole. */
export function summary(
  { store }: Target,
  usage: StoreUsage | undefined,
  peers: readonly Peer[],
): (readonly [string, string])[] {
  const items: (readonly [string, string])[] = [['store', storeText(store?.name, usage)]]
  if (peers.length === 0) return items
  const totals = totalsOf(peers)
  return [
    ...items,
    ['reads', readsText(totals)],
    ['loads', loadsText(totals)],
    ['writes', totals.writes.toLocaleString('en')],
    ...(totals.storeErrors > 0
      ? [['failures', `${totals.storeErrors} of the store`] as const]
      : []),
  ]
}

function storeText(name: string | undefined, usage: StoreUsage | undefined): string {
  if (name === undefined) return 'none'
  if (usage === undefined) return name
  const bound = usage.maxBytes === Infinity ? '' : ` of ${shownBytes(usage.maxBytes)}`
  return `${name}, ${counted(usage.entries, 'record', 'records')}, ${shownBytes(usage.bytes)}${bound}`
}

function readsText(totals: Totals): string {
  const { reads, hits, stale, misses } = totals
  if (reads === 0) return 'none yet'
  const part = (count: number) => percentOf(count / reads)
  return `${reads.toLocaleString('en')}: ${part(hits)} hit, ${part(stale)} stale, ${part(misses)} miss`
}

function loadsText({ loads, loadFailures, loadMs }: Totals): string {
  if (loads === 0) return 'none yet'
  const failed = loadFailures > 0 ? `, ${loadFailures} failed` : ''
  return `${loads.toLocaleString('en')}, ${shownTime(loadMs / loads)} each${failed}`
}

export function percentOf(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

const columns: readonly Column[] = [
  { title: 'process' },
  ...['up', 'seen', 'reads', 'hits', 'loads', 'in memory'].map(
    (title): Column => ({ title, align: 'right' }),
  ),
  { title: 'state' },
]

/** A line a process. */
export function peerTable(peers: readonly Peer[], paint: Paint): string {
  const now = Date.now()
  const rows = peers.map(({ process, report: { at, inspection } }) => {
    const { stats, memory, storeUp, busHealthy, bus } = inspection
    const reads = readsOf(stats)
    const troubles = [
      ...(storeUp ? [] : ['store down']),
      ...(bus === undefined || busHealthy ? [] : ['not hearing others']),
    ]
    return [
      `${printable(process.host)} ${process.pid}`,
      shownTime(now - process.startedAt),
      `${shownTime(now - at)} ago`,
      reads.toLocaleString('en'),
      reads === 0 ? '' : percentOf((stats.hits + stats.stale) / reads),
      stats.loads.toLocaleString('en'),
      memory === undefined ? '' : memory.entries.toLocaleString('en'),
      troubles.length === 0 ? 'well' : paint('red', troubles.join(', ')),
    ]
  })
  return textTable(columns, rows, paint)
}

/** What any of the processes advises, each once. */
export function adviceOf(peers: readonly Peer[]): string[] {
  const texts = peers.flatMap(({ report }) => report.advice.map(({ text }) => printable(text)))
  return [...new Set(texts)]
}
