import { withoutTtl } from '../variants.mjs'
import { speedup } from './rows.mjs'

/** Workload, peer, and how many times as long as ours it shall take at least. */
const atHundredThousand = [
  ['hit template', 'map', 1.5],
  ['hit template', 'lru-cache', 2],
  ['hit fresh', 'map', 1],
  ['hit fresh', 'lru-cache', 1.2],
  ['hit same', 'lru-cache', 0.7],
  ['read-through', 'map', 1.1],
  ['read-through', 'lru-cache', 1.5],
  ['insert+evict', 'map', 1.3],
  ['insert+evict', 'lru-cache', 2],
]
/** Where everything is in the processor's caches, we shall not be slower than lru-cache. */
const atTenThousand = [
  'hit template',
  'hit fresh',
  'read-through',
  'insert+evict',
  'set over',
  '95/5',
]
const hits = ['hit template', 'hit fresh', 'hit same']

export function targetsOf(rows) {
  const target = (entries, workload, above, below, bound) => ({
    name: `${entries.toLocaleString('en')} ${workload}: ${above} / ${below}`,
    unit: '×',
    measured: speedup(rows, entries, workload, above, below),
    ...bound,
  })
  return [
    ...atHundredThousand.map(([workload, peer, least]) =>
      target(100_000, workload, peer, 'hotset', { least }),
    ),
    ...hits.map((workload) =>
      target(100_000, workload, 'hotset', withoutTtl('hotset'), { most: 1.15 }),
    ),
    ...atTenThousand.map((workload) =>
      target(10_000, workload, 'lru-cache', 'hotset', { least: 1 }),
    ),
    target(1_000, 'await hit', 'hotset-get-or-set', 'map-async', { most: 2.14 }),
  ].filter(({ measured }) => measured !== undefined)
}
