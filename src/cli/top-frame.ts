import type { StoreUsage } from '../contracts/store.ts'
import type { Paint } from './paint.ts'
import { printable } from './printable.ts'
import { hitRatioOf, type Peer, totalsOf } from './process-reports.ts'
import { adviceOf, peerTable, percentOf, silence, summary } from './stats.ts'
import type { Target } from './target.ts'
import { textList, textTable } from './text-table.ts'

export interface Look {
  readonly target: Target
  readonly usage: StoreUsage | undefined
  readonly peers: readonly Peer[]
  /** What was there at the look before. */
  readonly before: readonly Peer[]
}

const mostKeys = 8
const barWidth = 30

/** The lines of the live view. */
export function topFrame({ target, usage, peers, before }: Look, paint: Paint): string[] {
  const parts = [`${paint('bold', target.label)}  ${paint('dim', 'q ends')}`]
  parts.push(textList([...summary(target, usage, peers), ...rates(peers, before, paint)], paint))
  if (peers.length === 0) parts.push(silence)
  else parts.push(peerTable(peers, paint))
  const hot = hottest(peers)
  if (hot.length > 0) {
    const columns = [{ title: 'most read keys' }, { title: 'reads', align: 'right' as const }]
    parts.push(textTable(columns, hot, paint))
  }
  const advice = adviceOf(peers)
  if (advice.length > 0) parts.push(advice.map((text) => `→ ${text}`).join('\n'))
  return parts.join('\n\n').split('\n')
}

/** What happened between the last two reports of each process. */
function rates(peers: readonly Peer[], before: readonly Peer[], paint: Paint) {
  const pairs = peers.flatMap((peer) => {
    const earlier = before.find(({ process }) => process.id === peer.process.id)
    return earlier === undefined || earlier.report.at >= peer.report.at ? [] : [{ peer, earlier }]
  })
  if (pairs.length === 0) return []
  const now = totalsOf(pairs.map(({ peer }) => peer))
  const then = totalsOf(pairs.map(({ earlier }) => earlier))
  const times = pairs.map(({ peer, earlier }) => (peer.report.at - earlier.report.at) / 1000)
  const seconds = times.reduce((sum, time) => sum + time, 0) / times.length
  const reads = now.reads - then.reads
  const ratio = hitRatioOf({ reads, hits: now.hits - then.hits, stale: now.stale - then.stale })
  const rate = (count: number) =>
    `${(count / seconds).toLocaleString('en', { maximumFractionDigits: 1 })}/s`
  const text = `${rate(reads)} reads, ${rate(now.loads - then.loads)} loads`
  return [
    ['now', text] as const,
    ...(ratio === undefined ? [] : [['', `${bar(ratio, paint)} ${percentOf(ratio)} hit`] as const]),
  ]
}

function bar(share: number, paint: Paint): string {
  const full = Math.round(share * barWidth)
  return paint('green', '█'.repeat(full)) + paint('dim', '░'.repeat(barWidth - full))
}

function hottest(peers: readonly Peer[]): string[][] {
  const reads = new Map<string, number>()
  for (const { report } of peers) {
    for (const { key, namespace, reads: count } of report.hottest) {
      const name =
        namespace === undefined ? printable(key) : `${printable(namespace)}: ${printable(key)}`
      reads.set(name, (reads.get(name) ?? 0) + count)
    }
  }
  const most = [...reads].sort(([, a], [, b]) => b - a).slice(0, mostKeys)
  return most.map(([name, count]) => [name, count.toLocaleString('en')])
}
