import { ConfigError } from '../kernel/errors.ts'
import { expectOptions, expectString, invalid } from '../kernel/expect.ts'
import { columnValue, comparedValues } from './column-value.ts'
import { type Row, type TableChange, valuesOf } from './table-change.ts'

/** Schemas that a name may leave out: of PostgreSQL, of SQLite, of SQL Server. */
const usualSchema = /^(public|main|dbo)\./
/** More rows than these are told as "any rows": one tag instead of one for each. */
const mostValues = 100
const known: ReadonlySet<string> = new Set(['database', 'columns', 'generated', 'dependents'])

/** How tables and rows become tags. */
export interface TableTagsOptions {
  /** Begins each tag: two databases behind one cache need two names. @default 'db' */
  readonly database?: string | undefined
  /**
   * By table, the columns by whose values rows are told apart: what depends on the rows where
   * `id = 42` stands when others change. For integers, texts, UUIDs and booleans. All who write to
   * the database need the same columns here. @default none: any change of a table is one of all its rows
   */
  readonly columns?: Readonly<Record<string, readonly string[]>> | undefined
  /**
   * By table, those of its `columns` that the database fills with a value no row ever had (serial,
   * identity, a random UUID) where an insert leaves them out. @default none
   */
  readonly generated?: Readonly<Record<string, readonly string[]>> | undefined
  /**
   * By table, what changes along with it in the database itself: tables with foreign keys that
   * cascade, tables that its triggers write to, views that read it. @default none
   */
  readonly dependents?: Readonly<Record<string, readonly string[]>> | undefined
}

/** The tags of tables and rows: the same for those who read them and for those who write them. */
export interface TableTags {
  /** What each tag begins with. */
  readonly database: string
  /** For what depends on any row of the table. */
  table(name: string): string[]
  /**
   * For what depends on the rows with this value in this column, which must be one of `columns`:
   * `rows('users', { id: 42 })`. Throws a `ConfigError` where it is not. Of several columns the
   * first counts that has a value which can be told apart; if none has, it is the tag of the table.
   */
  rows(name: string, row: Row): string[]
  /** As `rows`, for the rows with any of the values; `wanting`: of some value there may be none yet. */
  among(name: string, column: string, values: readonly unknown[], wanting: boolean): string[]
  /** The columns of a table whose values tell its rows apart. */
  columns(name: string): readonly string[]
  /** What is to be invalidated. */
  changed(changes: readonly TableChange[]): string[]
}

/** Throws a `ConfigError` for options that are not as they say. */
export function tableTags(options: TableTagsOptions = {}): TableTags {
  expectOptions('tableTags', options, known)
  const prefix = expectString('database', options.database ?? 'db')
  const columnsByTable = byTable('columns', options.columns)
  const generated = byTable('generated', options.generated)
  const dependents = byTable('dependents', options.dependents)

  const columns = (name: string): readonly string[] => columnsByTable.get(tableName(name)) ?? []
  const tag = (name: string, rest = '') => `${prefix}:${tableName(name)}${rest}`
  const anyValue = (name: string, column: string) => tag(name, `:${column.toLowerCase()}=*`)
  const fresh = (name: string, column: string) => tag(name, `:${column.toLowerCase()}=+`)
  const one = (name: string, column: string, value: string) =>
    tag(name, `:${column.toLowerCase()}=${value}`)

  const among = (name: string, column: string, values: readonly unknown[], wanting: boolean) => {
    const texts = values.map(comparedValues)
    if (texts.length > mostValues || texts.includes(undefined)) return [tag(name)]
    const isGenerated = generated.get(tableName(name))?.includes(column)
    return [
      anyValue(name, column),
      ...new Set(texts.flatMap((those) => (those ?? []).map((text) => one(name, column, text)))),
      ...(wanting && isGenerated ? [fresh(name, column)] : []),
    ]
  }

  const changed = (change: TableChange): string[] => {
    const { table } = change
    const values = valuesOf(change, columns(table))
    const isGenerated = (column: string) => generated.get(tableName(table))?.includes(column)
    return [
      tag(table),
      ...columns(table).flatMap((column) => {
        const those = values.get(column)
        if (those === undefined) return [anyValue(table, column)]
        if (those === 'new') return [(isGenerated(column) ? fresh : anyValue)(table, column)]
        // Null is in no row that a comparison finds, or stands for what the database chooses.
        const texts = those.filter((value) => value !== null).map(columnValue)
        if (texts.length > mostValues || texts.includes(undefined)) return [anyValue(table, column)]
        // So does 0, in MySQL.
        const mayChoose = those.includes(null) || texts.includes('0')
        const chosen = mayChoose && isGenerated(column) ? [fresh(table, column)] : []
        return [...chosen, ...texts.map((text) => one(table, column, text as string))]
      }),
    ]
  }

  return {
    database: prefix,
    table: (name) => [tag(name)],
    rows(name, given) {
      const row = { ...given } as Readonly<Record<string, unknown>>
      const told = Object.keys(row).filter((column) => columns(name).includes(column))
      if (told.length === 0) {
        throw new ConfigError(
          `Expected a column of ${tableName(name)} that is in \`columns\` (${columns(name).join(', ') || 'none'}), got ${Object.keys(row).join(', ') || 'none'}`,
        )
      }
      const column = told.find((name) => columnValue(row[name]) !== undefined)
      return column === undefined ? [tag(name)] : among(name, column, [row[column]], true)
    },
    among,
    columns,
    changed(given) {
      const changes = given.filter(({ rows }) => rows?.length !== 0)
      const tags = new Set(changes.flatMap(changed))
      const also = along(
        changes.map(({ table }) => tableName(table)),
        dependents,
      )
      for (const table of also) for (const name of changed({ table })) tags.add(name)
      return [...tags]
    },
  }
}

/** One name for a table, however it was written: the case of a name says nothing in most databases. */
export function tableName(name: string): string {
  return name.toLowerCase().replace(usualSchema, '')
}

/** What changes along with the tables, and along with that. */
function along(
  tables: readonly string[],
  dependents: ReadonlyMap<string, readonly string[]>,
): Set<string> {
  const found = new Set<string>()
  const add = (table: string): void => {
    for (const other of dependents.get(table) ?? []) {
      const name = tableName(other)
      if (found.has(name)) continue
      found.add(name)
      add(name)
    }
  }
  tables.forEach(add)
  return found
}

function byTable(
  option: string,
  given: Readonly<Record<string, readonly string[]>> | undefined,
): ReadonlyMap<string, readonly string[]> {
  if (given === undefined) return new Map()
  if (typeof given !== 'object' || given === null) {
    throw invalid(option, 'an object of lists by table', given)
  }
  return new Map(
    Object.entries(given).map(([table, names]) => {
      if (!Array.isArray(names)) throw invalid(`${option}.${table}`, 'a list of names', names)
      for (const name of names) expectString(`${option}.${table}`, name)
      return [tableName(table), names]
    }),
  )
}
