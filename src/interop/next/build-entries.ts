import type { Entries } from './entries.ts'

/** Most entries of one process; the oldest go first. */
const mostEntries = 1000

/** Entries of a process of `next build`, where the store may be out of reach and nothing is revalidated. */
export function buildEntries(): Entries {
  const entries = new Map<string, unknown>()
  return {
    async read<T>(key: string) {
      return entries.has(key) ? { value: entries.get(key) as T, isStale: false } : undefined
    },
    async write(key, value) {
      const oldest = entries.size < mostEntries ? undefined : entries.keys().next().value
      if (oldest !== undefined) entries.delete(oldest)
      entries.set(key, value)
    },
    known: () => 0,
    async revalidate() {},
  }
}
