import type { Cache, Inspection } from '../contracts/cache.ts'

export type Attributes = Readonly<Record<string, string>>

export interface Sample {
  readonly attributes: Attributes
  readonly value: number
}

/** A number that caches have anyway, read when somebody asks for it. */
export interface Metric {
  /** As OpenTelemetry names things; its conventions know none for caches yet. */
  readonly name: string
  /** A counter never goes back; a gauge is what there is now. */
  readonly kind: 'counter' | 'gauge'
  /** By UCUM, as OpenTelemetry writes it. */
  readonly unit: string
  readonly help: string
  /** Nothing where the cache has no such part. */
  readonly read: (inspection: Inspection) => readonly Sample[]
}

const one = (value: number): Sample[] => [{ attributes: {}, value }]
const some = (value: number | undefined): Sample[] => (value === undefined ? [] : one(value))
const each = (attribute: string, values: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(values).map(([name, value]) => ({ attributes: { [attribute]: name }, value }))

export const metrics: readonly Metric[] = [
  {
    ...{ name: 'hotset.cache.reads', kind: 'counter', unit: '{read}' },
    help: 'Reads, by what they found and in which tier.',
    read: ({ stats: { memory, store, misses, coalesced } }) => [
      { attributes: { outcome: 'hit', tier: 'memory' }, value: memory.hits },
      { attributes: { outcome: 'stale', tier: 'memory' }, value: memory.stale },
      { attributes: { outcome: 'hit', tier: 'store' }, value: store.hits },
      { attributes: { outcome: 'stale', tier: 'store' }, value: store.stale },
      { attributes: { outcome: 'miss' }, value: misses },
      { attributes: { outcome: 'coalesced' }, value: coalesced },
    ],
  },
  {
    ...{ name: 'hotset.cache.loads', kind: 'counter', unit: '{load}' },
    help: 'Loaders that were run.',
    read: ({ stats }) => one(stats.loads),
  },
  {
    ...{ name: 'hotset.cache.load.failures', kind: 'counter', unit: '{load}' },
    help: 'Loaders that failed.',
    read: ({ stats }) => one(stats.loadFailures),
  },
  {
    ...{ name: 'hotset.cache.load.spared', kind: 'counter', unit: '{load}' },
    help: 'Loads that another process spared this one.',
    read: ({ stats }) => one(stats.store.awaited),
  },
  {
    ...{ name: 'hotset.cache.writes', kind: 'counter', unit: '{write}' },
    help: 'Values that the cache was given, by loads and by writers.',
    read: ({ stats }) => one(stats.writes),
  },
  {
    ...{ name: 'hotset.cache.removals', kind: 'counter', unit: '{entry}' },
    help: 'Entries that left memory, by reason.',
    read: ({ stats }) => each('reason', stats.memory.removals),
  },
  {
    ...{ name: 'hotset.cache.store.errors', kind: 'counter', unit: '{error}' },
    help: 'Operations that the store failed in, or did not answer in time.',
    read: ({ stats }) => one(stats.store.errors),
  },
  {
    ...{ name: 'hotset.cache.store.io', kind: 'counter', unit: 'By' },
    help: 'Bytes of records that were read from the store and written to it.',
    read: ({ stats: { store } }) =>
      each('direction', { read: store.bytesRead, written: store.bytesWritten }),
  },
  {
    ...{ name: 'hotset.cache.behind.writes', kind: 'counter', unit: '{write}' },
    help: 'Writes that were put off and have reached their source, by definition.',
    read: ({ backlogs }) => eachBacklog(backlogs, 'written'),
  },
  {
    ...{ name: 'hotset.cache.memory.entry.count', kind: 'gauge', unit: '{entry}' },
    help: 'Entries in memory.',
    read: ({ memory }) => some(memory?.entries),
  },
  {
    ...{ name: 'hotset.cache.memory.weight', kind: 'gauge', unit: '1' },
    help: 'Weight of the entries in memory: bytes, unless the cache weighs otherwise.',
    read: ({ memory }) => some(memory?.weight),
  },
  {
    ...{ name: 'hotset.cache.store.entry.count', kind: 'gauge', unit: '{entry}' },
    help: 'Records in the store, where it can tell.',
    read: ({ store }) => some(store?.entries),
  },
  {
    ...{ name: 'hotset.cache.store.size', kind: 'gauge', unit: 'By' },
    help: 'Bytes that the store takes, where it can tell.',
    read: ({ store }) => some(store?.bytes),
  },
  {
    ...{ name: 'hotset.cache.store.up', kind: 'gauge', unit: '1' },
    help: 'Whether what is behind memory is asked: 0 while its breaker is open.',
    read: ({ store, storeUp }) => some(store && Number(storeUp)),
  },
  {
    ...{ name: 'hotset.cache.bus.healthy', kind: 'gauge', unit: '1' },
    help: "Whether others' changes are heard, as far as can be known.",
    read: ({ bus, busHealthy }) => some(bus === undefined ? undefined : Number(busHealthy)),
  },
  {
    ...{ name: 'hotset.cache.loading', kind: 'gauge', unit: '{key}' },
    help: 'Keys that are being looked up or loaded now.',
    read: ({ loading }) => one(loading),
  },
  {
    ...{ name: 'hotset.cache.behind.pending', kind: 'gauge', unit: '{write}' },
    help: 'Writes that wait to reach their source, by definition.',
    read: ({ backlogs }) => eachBacklog(backlogs, 'pending'),
  },
  {
    ...{ name: 'hotset.cache.behind.dead_letters', kind: 'gauge', unit: '{write}' },
    help: 'Writes that were given up and wait for a decision, by definition.',
    read: ({ backlogs }) => eachBacklog(backlogs, 'deadLetters'),
  },
]

/** Every metric with what the caches say now, each sample with its cache; of caches alike, the sum. */
export async function readMetrics(
  caches: readonly Cache[],
): Promise<{ readonly metric: Metric; readonly samples: readonly Sample[] }[]> {
  const inspections = await Promise.all(caches.map((cache) => cache.inspect()))
  return metrics.map((metric) => {
    const samples = new Map<string, Sample>()
    for (const inspection of inspections) {
      for (const { attributes, value } of metric.read(inspection)) {
        const all = { cache: inspection.name, ...attributes }
        const name = JSON.stringify(all)
        samples.set(name, { attributes: all, value: value + (samples.get(name)?.value ?? 0) })
      }
    }
    return { metric, samples: [...samples.values()] }
  })
}

function eachBacklog(
  backlogs: Inspection['backlogs'],
  member: 'written' | 'pending' | 'deadLetters',
): Sample[] {
  const values = Object.entries(backlogs).map(([name, backlog]) => [name, backlog[member]])
  return each('definition', Object.fromEntries(values))
}
