import type { ColumnValues, TableChange } from '../table-change.ts'
import type { TableTags } from '../table-tags.ts'
import type { MappedModel } from './data-model.ts'

/** An operation on a model as a query extension sees it. */
export interface ModelOperation {
  readonly model: string
  readonly operation: string
  readonly args: unknown
  /** What it answered, where that is rows of the model. */
  readonly result: unknown
}

type Fields = Readonly<Record<string, unknown>>
type Known = readonly unknown[] | undefined

const operations: ReadonlySet<string> = new Set(
  ['create', 'update', 'delete'].flatMap((verb) => [verb, `${verb}Many`, `${verb}ManyAndReturn`]),
).add('upsert')

/** What an operation changes: rows of its model, and any rows of the models that it writes to nested. */
export function modelChanges(
  models: ReadonlyMap<string, MappedModel>,
  tags: TableTags,
  { model: name, operation, args, result }: ModelOperation,
): TableChange[] {
  const model = models.get(name)
  if (model === undefined || !operations.has(operation)) return []
  const given = fieldsOf(args)
  const written = ['data', 'create', 'update'].flatMap((part) => listOf(given[part]))
  const nested = new Set<string>()
  for (const data of written) addNested(models, model, data, nested)
  // That it is written to nested, too, says that other rows of it may have changed.
  if (nested.has(model.table)) return [...nested].map((table) => ({ table }))

  const hasRelations = written.some((data) => namesRelation(model, data))
  const values = new Map<string, ColumnValues>()
  for (const column of tags.columns(model.table)) {
    const field = model.fields.get(column.toLowerCase())
    const those = field && fieldValues(field, operation, given, result, hasRelations)
    if (those) values.set(column, those)
  }
  return [{ table: model.table, values }, ...[...nested].map((table) => ({ table }))]
}

/** The values of a field that changed rows had or have; undefined where they are not known. */
function fieldValues(
  field: string,
  operation: string,
  { where, data, create, update }: Fields,
  result: unknown,
  hasRelations: boolean,
): ColumnValues | undefined {
  const answered = operation.endsWith('Many') ? undefined : answeredValues(field, result)
  if (operation.startsWith('create')) return answered ?? insertedValues(field, listOf(data))
  const asked = askedValues(field, fieldsOf(where))
  if (operation.startsWith('delete')) return asked ?? answered

  const changed = fieldsOf(operation === 'upsert' ? update : data)
  // A relation may set any field, its foreign key.
  const isKept = changed[field] === undefined && !hasRelations
  const before = asked ?? (isKept ? answered : undefined)
  const updated = isKept ? before : assignedValues(changed[field])
  const after = answered ?? joined(updated, operation === 'upsert' ? inserted(create) : [])
  return joined(before, after)

  function inserted(row: unknown): Known {
    return assignedValues(fieldsOf(row)[field])
  }
}

function answeredValues(field: string, result: unknown): Known {
  if (typeof result !== 'object' || result === null) return undefined
  const rows = listOf(result)
  return rows.every((row) => Object.hasOwn(row, field)) ? rows.map((row) => row[field]) : undefined
}

function insertedValues(field: string, rows: readonly Fields[]): ColumnValues | undefined {
  if (rows.length > 0 && rows.every((row) => row[field] === undefined)) return 'new'
  return rows.map((row) => assignedValues(row[field])).reduce(joined, [])
}

/** Of what is written to a field: the value, or what it is `set` to. */
function assignedValues(value: unknown): Known {
  const assigned = isPlain(value) && Object.keys(value).join() === 'set' ? value.set : value
  return isScalar(assigned) ? [assigned] : undefined
}

/** Of a filter: the values that rows have if they meet it. */
function askedValues(field: string, where: Fields): Known {
  const asked = where[field]
  if (isScalar(asked)) return [asked]
  if (!isPlain(asked)) return undefined
  const { equals, in: among } = asked
  if (isScalar(equals)) return [equals]
  return Array.isArray(among) && among.every(isScalar) ? among : undefined
}

/**
 * Adds the tables that data written to a model changes besides: whatever is done to a relation may
 * change a row on either side, and pairs between them.
 */
function addNested(
  models: ReadonlyMap<string, MappedModel>,
  model: MappedModel,
  data: Fields,
  found: Set<string>,
): void {
  for (const [name, { model: other, pairs }] of model.relations) {
    const target = models.get(other)
    if (target === undefined || !isPlain(data[name])) continue
    found.add(target.table).add(pairs)
    for (const item of Object.values(data[name]).flatMap(listOf)) {
      const parts = [item, ...['data', 'create', 'update'].flatMap((part) => listOf(item[part]))]
      for (const part of parts) addNested(models, target, part, found)
    }
  }
}

function namesRelation(model: MappedModel, data: Fields): boolean {
  return [...model.relations.keys()].some((name) => data[name] !== undefined)
}

function joined(some: Known, others: Known): Known {
  return some && others && [...some, ...others]
}

function fieldsOf(value: unknown): Fields {
  return isPlain(value) ? value : {}
}

function listOf(value: unknown): Fields[] {
  return (Array.isArray(value) ? value : [value]).filter(isPlain)
}

function isPlain(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isScalar(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || value === null)
}
