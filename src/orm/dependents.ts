import { mayBeOne, tableName } from './table-names.ts'

/** What changes along with the tables, and along with that. */
export function dependentsOf(
  tables: readonly string[],
  dependents: ReadonlyMap<string, readonly string[]>,
): Set<string> {
  const found = new Set<string>()
  const add = (table: string): void => {
    const others = [...dependents].filter(([name]) => mayBeOne(name, table))
    for (const other of others.flatMap(([, names]) => names)) {
      const name = tableName(other)
      if (found.has(name)) continue
      found.add(name)
      add(name)
    }
  }
  tables.forEach(add)
  return found
}
