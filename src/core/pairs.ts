import type { Entries } from '../contracts/cache.ts'
import { invalid } from '../kernel/expect.ts'

/** Pairs of a map, an array of pairs or a plain object, the last of equal keys winning. */
export function pairsOf<T>(entries: Entries<T>): Iterable<readonly [string, T]> {
  if (typeof entries !== 'object' || entries === null) {
    throw invalid('entries', 'a Map, an array of pairs or an object', entries)
  }
  return Symbol.iterator in entries
    ? (entries as Iterable<readonly [string, T]>)
    : Object.entries(entries)
}
