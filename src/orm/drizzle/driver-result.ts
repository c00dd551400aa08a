import { ownCopy } from '../own-copy.ts'

/**
 * What a driver answered, without what it remembers itself by: data that every codec keeps. Drizzle
 * makes the same rows of it.
 */
export function driverResult(result: unknown): unknown {
  if (Array.isArray(result)) {
    const [rows, columns] = result
    // mysql2 answers rows, and what their columns are.
    return areDefinitions(columns)
      ? [driverResult(rows), columns.map(({ name, columnType }) => ({ name, columnType }))]
      : result.map(driverRow)
  }
  if (typeof result !== 'object' || result === null || !('rows' in result)) return ownCopy(result)
  const told = Object.entries(result).filter(([, value]) => isPlainValue(value))
  const fields = 'fields' in result ? { fields: ownCopy(result.fields) } : {}
  // One row, or none, is what a proxy answers to `get`.
  const rows = Array.isArray(result.rows) ? result.rows.map(driverRow) : ownCopy(result.rows)
  return { ...Object.fromEntries(told), ...fields, rows }
}

/** Whether there is no row in it; where that cannot be told, it is said that there is none. */
export function hasNoRows(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return true
  const rows: unknown = 'rows' in result ? result.rows : result
  const [first] = Array.isArray(rows) ? rows : [rows]
  return Array.isArray(first) ? first.length === 0 : first === undefined || first === null
}

/** libSQL's are lists that have their values by name as well. */
function driverRow(row: unknown): unknown {
  const isList =
    typeof row === 'object' &&
    row !== null &&
    'length' in row &&
    !Object.prototype.propertyIsEnumerable.call(row, 'length')
  return ownCopy(isList ? Array.from(row as ArrayLike<unknown>) : row)
}

function areDefinitions(
  value: unknown,
): value is readonly { readonly name: string; readonly columnType: number }[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => typeof one === 'object' && one !== null && 'columnType' in one)
  )
}

function isPlainValue(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null
}
