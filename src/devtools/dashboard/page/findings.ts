import { type Combined, type Peer, peersOf } from './combine.ts'
import { shownPercent, shownTime, unknown } from './format.ts'
import { ratio, readsIn, type Span } from './series.ts'

/** What somebody should know, in a sentence. */
export interface Finding {
  readonly question: string
  readonly answer: string
  readonly mood: 'good' | 'bad' | 'neutral'
}

type Totals = Omit<Span, 'at'>

/** From this difference of hit ratios on, twice the memory is worth a thought. */
const worthwhile = 0.02
/** Below this difference, half of it is enough. */
const worthNothing = 0.01
/** Share of reads that wait for a loader, from which that is worth telling. */
const manyWaits = 0.2

export function findingsOf(peers: readonly Peer[], combined: Combined, totals: Totals): Finding[] {
  return [onSize(combined), onTime(totals), onCoherence(peers)]
}

function onSize({ curve, maxEntries, maxWeight }: Combined): Finding {
  const question = 'Is memory large enough?'
  const [half, now, twice] = curve
  if (half === undefined || now === undefined || twice === undefined) {
    const isBounded = maxEntries !== undefined || maxWeight !== undefined
    const answer = isBounded
      ? 'Nobody knows: make the cache with memory: { curve: true }, and it will be estimated here.'
      : 'It has no bound that one could compare.'
    return { question, answer, mood: 'neutral' }
  }
  const [less, present, more] = [half, now, twice].map(({ hitRatio }) => shownPercent(hitRatio))
  if (twice.hitRatio - now.hitRatio >= worthwhile) {
    const answer = `No: twice the size would raise its hit ratio from ${present} to ${more}.`
    return { question, answer, mood: 'bad' }
  }
  const answer =
    now.hitRatio - half.hitRatio < worthNothing
      ? `Yes, and half of it would do nearly as well: ${less} instead of ${present}.`
      : `Yes: twice the size would do hardly better, ${more} instead of ${present}.`
  return { question, answer, mood: 'good' }
}

function onTime(totals: Totals): Finding {
  const question = 'Where does the time go?'
  const { loads, loadMs, loadFailures = 0, operations, operationMs, misses = 0 } = totals
  const waits = ratio(misses, readsIn(totals))
  const [load, trip] = [ratio(loadMs, loads), ratio(operationMs, operations)]
  if (waits === undefined) return { question, answer: 'Nobody reads.', mood: 'neutral' }
  const parts = [
    `${shownPercent(waits)} of the reads find nothing`,
    load === undefined ? 'nothing was loaded' : `a load takes ${shownTime(load)}`,
    ...(trip === undefined ? [] : [`a trip to the store ${shownTime(trip)}`]),
  ]
  const failed =
    loadFailures < 1 ? '' : ` ${shownPercent(ratio(loadFailures, loads))} of the loads fail.`
  const answer = `${parts.join(', ')}, on average.${failed}`
  return { question, answer, mood: failed !== '' ? 'bad' : waits > manyWaits ? 'neutral' : 'good' }
}

/** A process that is not well, and why. */
export function troubleOf({ report: { inspection } }: Peer): string | undefined {
  const { store, storeUp, busHealthy, enabled } = inspection
  if (!enabled) return 'switched off'
  if (store !== undefined && !storeUp) return 'its store does not answer'
  return busHealthy ? undefined : 'does not hear of changes'
}

function onCoherence(peers: readonly Peer[]): Finding {
  const question = 'Is every process coherent?'
  const troubled = peers.flatMap((peer) => {
    const trouble = troubleOf(peer)
    return trouble === undefined ? [] : [`${peer.process.host} ${peer.process.pid} ${trouble}`]
  })
  if (troubled.length > 0) {
    return { question, answer: `No: ${troubled.join('; ')}.`, mood: 'bad' }
  }
  const [first] = peers
  if (first === undefined) return { question, answer: unknown, mood: 'neutral' }
  const { store, bus } = first.report.inspection
  if (store === undefined) {
    const answer = 'The cache has no store: each process has entries of its own.'
    return { question, answer, mood: 'neutral' }
  }
  if (bus === undefined) {
    const answer =
      'The store answers. There is no bus: a change is noticed once memory asks the store again.'
    return { question, answer, mood: 'neutral' }
  }
  const answer =
    peers.length === 1
      ? 'Yes: its store answers, and it hears of changes.'
      : `Yes: all ${peers.length} reach the store and hear of each other's changes.`
  return { question, answer, mood: 'good' }
}

/** Something about a cache that should be seen from afar. */
export function isTroubled(processes: Parameters<typeof peersOf>[0], cache: string): boolean {
  return peersOf(processes, cache).some((peer) => troubleOf(peer) !== undefined)
}
