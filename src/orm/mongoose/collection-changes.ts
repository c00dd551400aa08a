import type { ColumnValues, TableChange } from '../table-change.ts'

type Fields = Readonly<Record<string, unknown>>
type Known = readonly unknown[] | undefined

/** A call of a method of the driver's `Collection`. */
export interface CollectionCall {
  readonly method: string
  readonly args: readonly unknown[]
  /** What it answered; undefined where it failed. */
  readonly result: unknown
}

/** Where the methods that write have their options. */
export const optionsAt: ReadonlyMap<string, number> = new Map([
  ['insertOne', 1],
  ['insertMany', 1],
  ['updateOne', 2],
  ['updateMany', 2],
  ['replaceOne', 2],
  ['deleteOne', 1],
  ['deleteMany', 1],
  ['findOneAndUpdate', 2],
  ['findOneAndReplace', 2],
  ['findOneAndDelete', 1],
  ['bulkWrite', 1],
  ['drop', 0],
])

/** What a call changed in its collection, which is the table. */
export function collectionChanges(
  table: string,
  columns: readonly string[],
  { method, args: [first, second], result }: CollectionCall,
): TableChange[] {
  if (method === 'drop') return [{ table }]
  if (method === 'bulkWrite') {
    const operations = listOf(first).flatMap((operation) => Object.entries(operation))
    return operations.map(([name, given]) => bulkChange(table, columns, name, fieldsOf(given)))
  }
  const answer = answeredDocument(result)
  const valuesOf = (column: string): Known => {
    if (method.startsWith('insert')) return insertedValues(column, listOf(first))
    const before = askedValues(column, fieldsOf(first))
    if (method.startsWith('delete')) return before
    if (method === 'findOneAndDelete') return before ?? answeredValues(column, answer)
    return writtenValues(column, before, second, answer)
  }
  return [changeOf(table, columns, valuesOf)]
}

function bulkChange(
  table: string,
  columns: readonly string[],
  operation: string,
  { document, filter, update, replacement }: Fields,
): TableChange {
  return changeOf(table, columns, (column) => {
    if (operation === 'insertOne') return insertedValues(column, listOf(document))
    const before = askedValues(column, fieldsOf(filter))
    if (operation.startsWith('delete')) return before
    return writtenValues(column, before, update ?? replacement, undefined)
  })
}

function changeOf(
  table: string,
  columns: readonly string[],
  valuesOf: (column: string) => Known,
): TableChange {
  const values = new Map<string, ColumnValues>()
  for (const column of columns) {
    const those = valuesOf(column)
    if (those) values.set(column, those.map(comparable))
  }
  return { table, values }
}

/** Of documents without the field: null, which no condition on a value finds. */
function insertedValues(field: string, documents: readonly Fields[]): Known {
  if (field.includes('.')) return undefined
  const values = documents.map((document) => document[field] ?? null)
  return values.every(isScalar) ? values : undefined
}

/** Of an update or a replacement, which may be an upsert: what the documents had, and what they have. */
function writtenValues(
  field: string,
  before: Known,
  written: unknown,
  answer: Fields | undefined,
): Known {
  const assigned = assignments(field, written)
  // Nothing changes an `_id`; what is inserted by an upsert is given one, at most.
  const isKept = assigned?.length === 0 || (field === '_id' && assigned === undefined)
  const had = before ?? (isKept ? answeredValues(field, answer) : undefined)
  return had && (isKept ? had : assigned && [...had, ...assigned])
}

/** What the field may be set to; empty where it is left alone, undefined where nobody knows. */
function assignments(field: string, written: unknown): Known {
  if (Array.isArray(written)) return undefined
  const entries = Object.entries(fieldsOf(written))
  if (!entries.some(([name]) => name.startsWith('$'))) {
    const value = fieldsOf(written)[field] ?? null
    if (field === '_id' && value === null) return []
    return isScalar(value) && !field.includes('.') ? [value] : undefined
  }
  const assigned: unknown[] = []
  for (const [operator, fields] of entries) {
    for (const [name, value] of Object.entries(fieldsOf(fields))) {
      const isRenamed = operator === '$rename' && touches(String(value), field)
      if (!touches(name, field) && !isRenamed) continue
      const isSet = operator === '$set' || operator === '$setOnInsert'
      if (!isSet || name !== field || !isScalar(value)) return undefined
      assigned.push(value)
    }
  }
  return assigned
}

/** Whether one path is the other, or lies within it. */
function touches(path: string, other: string): boolean {
  return `${path}.`.startsWith(`${other}.`) || `${other}.`.startsWith(`${path}.`)
}

/** Of a filter: the values that documents have if they meet it. */
function askedValues(field: string, filter: Fields): Known {
  const asked = filter[field]
  if (asked !== undefined && isScalar(asked)) return [asked]
  const { $eq, $in } = fieldsOf(asked)
  if ($eq !== undefined && isScalar($eq)) return [$eq]
  if (Array.isArray($in) && $in.every(isScalar)) return $in
  const parts = listOf(filter.$and)
  return parts.map((part) => askedValues(field, part)).find((values) => values !== undefined)
}

function answeredValues(field: string, answer: Fields | undefined): Known {
  const value = answer?.[field]
  return value !== undefined && isScalar(value) ? [value] : undefined
}

/** The document that `findOneAnd…` answers, by itself or with what is told along with it. */
function answeredDocument(result: unknown): Fields | undefined {
  const answer = fieldsOf(result)
  return 'lastErrorObject' in answer ? fieldsOf(answer.value) : answer
}

/** Ids as their text: documents, drivers and keys in a cache have them in either form. */
function comparable(value: unknown): unknown {
  return hasHexText(value) ? value.toHexString() : value
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || hasHexText(value)
}

function hasHexText(value: unknown): value is { toHexString(): string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'toHexString' in value &&
    typeof value.toHexString === 'function'
  )
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function listOf(value: unknown): Fields[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'object' && one)
}
