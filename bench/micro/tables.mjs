import { median } from '../statistics.mjs'
import { withoutTtl } from '../variants.mjs'
import { nsOf, speedup } from './rows.mjs'
import { workloads } from './workloads.mjs'

const peers = ['map', 'lru-cache', 'quick-lru', 'tiny-lru', 'mnemonist']
/** Neither has a TTL. */
const without = ['map', 'mnemonist']

export function tablesOf(rows) {
  const tables = [100_000, 10_000].flatMap((entries) => [
    speeds(rows, entries, 'hotset', [...peers, 'hotset-lru', 'hotset-get-sync']),
    speeds(
      rows,
      entries,
      withoutTtl('hotset'),
      peers.map((peer) => (without.includes(peer) ? peer : withoutTtl(peer))),
    ),
  ])
  return [...tables, promises(rows), hitRatios(rows)].filter(({ lines }) => lines.length > 0)
}

function speeds(rows, entries, ours, peers) {
  const others = peers.filter((peer) =>
    rows.some((row) => row.entries === entries && row.variant === peer),
  )
  const measured = workloads.filter(({ name }) => nsOf(rows, entries, name, ours))
  return {
    name: `${entries} ${ours}`,
    title: `${entries.toLocaleString('en')} entries, ${ours}: its time, then how many times as long the others take (over 1: ours is faster)`,
    head: ['', 'ns', 'loop ns', ...others],
    lines: measured.map(({ name }) => [
      name,
      nanoseconds(nsOf(rows, entries, name, ours)),
      nanoseconds(nsOf(rows, entries, name, 'loop')),
      ...others.map((other) => times(speedup(rows, entries, name, other, ours))),
    ]),
  }
}

function promises(rows) {
  const variants = ['hotset-get-or-set', 'map-async', 'lru-cache-fetch']
  const measured = variants.filter((variant) => nsOf(rows, 1_000, 'await hit', variant))
  return {
    name: 'promises',
    title: '1,000 entries: an awaited hit, and how many times as long it takes as from map-async',
    head: ['', 'ns', 'times map-async'],
    lines: measured.map((variant) => [
      variant,
      nanoseconds(nsOf(rows, 1_000, 'await hit', variant)),
      times(speedup(rows, 1_000, 'await hit', variant, 'map-async')),
    ]),
  }
}

function hitRatios(rows) {
  const variants = ['hotset', 'hotset-lru', ...peers]
  const ratioOf = (entries, variant) =>
    rows.find(
      (row) =>
        row.entries === entries && row.variant === variant && row.workload === 'read-through',
    )?.hitRatio
  return {
    name: 'hit-ratios',
    title: 'Share of the reads of read-through that were hits',
    head: ['entries', ...variants],
    lines: [100_000, 10_000]
      .map((entries) => [
        entries.toLocaleString('en'),
        ...variants.map((variant) => ratioOf(entries, variant)?.toFixed(3) ?? ''),
      ])
      .filter(([, ...ratios]) => ratios.some(Boolean)),
  }
}

function nanoseconds(rounds) {
  return rounds ? median(rounds).toFixed(0) : ''
}

function times(quotient) {
  if (!quotient) return ''
  const { middle, low, high } = quotient
  const extremes = low < high ? ` (${low.toFixed(2)}–${high.toFixed(2)})` : ''
  return `${middle.toFixed(2)}${extremes}`
}
