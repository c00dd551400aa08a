/** What is set together with others, each for its own time. */
export interface TimedEntry<T = unknown> {
  readonly key: string
  readonly value: T
  /** Milliseconds. @default for ever */
  readonly ttl?: number | undefined
}

/** How Keyv's family says for how long: no time, or 0, is for ever. */
export function lifetime(ttl: number | undefined): number | null {
  return ttl || null
}

/** Entries in batches that have one lifetime each. Of a key that occurs twice, the last one counts. */
export function byLifetime<T>(
  entries: readonly TimedEntry<T>[],
): [number | null, Map<string, T>][] {
  const last = new Map(entries.map((entry) => [entry.key, entry]))
  const batches = new Map<number | null, Map<string, T>>()
  for (const { key, value, ttl } of last.values()) {
    const batch = batches.get(lifetime(ttl)) ?? new Map<string, T>()
    batches.set(lifetime(ttl), batch.set(key, value))
  }
  return [...batches]
}
