import { type Row, type RowKey, sizeOf } from './row.ts'

/** A power of two, as `oneOf` wants; six parameters a row are less than the 32,766 of SQLite. */
const mostRows = 4096

/** Batches without a key that occurs twice; what is in a later one was asked for later. */
export function rounds<Item extends { readonly row: RowKey }>(items: readonly Item[]): Item[][] {
  const found: Item[][] = []
  const times = new Map<string, number>()
  for (const item of items) {
    const before = times.get(item.row.id) ?? 0
    times.set(item.row.id, before + 1)
    found[before] ??= []
    found[before].push(item)
  }
  return found
}

/** As many keys as a statement can take. */
export function* slices<Key extends RowKey>(keys: readonly Key[]): Generator<readonly Key[]> {
  for (let at = 0; at < keys.length; at += mostRows) yield keys.slice(at, at + mostRows)
}

/** Batches that a statement can take, in the order of their keys: so nobody waits in a circle. */
export function* chunks<Item extends { readonly row: RowKey | Row }>(
  items: readonly Item[],
  mostBytes: number,
): Generator<Item[]> {
  let chunk: Item[] = []
  let size = 0
  for (const item of items.toSorted((a, b) => (a.row.id < b.row.id ? -1 : 1))) {
    const next = 'value' in item.row ? sizeOf(item.row) : 0
    if (chunk.length === mostRows || (chunk.length > 0 && size + next > mostBytes)) {
      yield chunk
      chunk = []
      size = 0
    }
    chunk.push(item)
    size += next
  }
  if (chunk.length > 0) yield chunk
}
