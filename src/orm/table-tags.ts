import { ConfigError } from '../kernel/errors.ts'
import { expectOptions, expectString, invalid } from '../kernel/expect.ts'
import { columnValue, comparedValues } from './column-value.ts'
import { dependentsOf } from './dependents.ts'
import { type Row, type TableChange, valuesOf } from './table-change.ts'
import { bareName, tableName } from './table-names.ts'

/** More rows than these are told as "any rows": one tag instead of one for each. */
const mostValues = 100
const known: ReadonlySet<string> = new Set(['database', 'columns', 'generated', 'dependents'])

/** How tables and rows become tags. */
export interface TableTagsOptions {
  /** Begins each tag: two databases behind one cache need two names. @default 'db' */
  readonly database?: string | undefined
  /**
   * By table, the columns by whose values rows are told apart: what depends on the rows where
   * `id = 42` stands when others change. For integers, texts in ASCII, UUIDs and booleans; of other
   * values any row counts. All who write to the database need the same columns here. @default none: any change of a table is one of all its rows
   */
  readonly columns?: Readonly<Record<string, readonly string[]>> | undefined
  /**
   * By table, those of its `columns` that the database fills with a value no row ever had (serial,
   * identity, a random UUID) where an insert leaves them out. @default none
   */
  readonly generated?: Readonly<Record<string, readonly string[]>> | undefined
  /**
   * By table, what changes along with it in the database itself: tables with foreign keys that
   * cascade, tables that its triggers write to, views that read it; itself, where other rows of it
   * change along. @default none
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

  // Names are those of `tableName` from here on.
  const columnsOf = (name: string): readonly string[] => {
    const own = columnsByTable.get(name) ?? []
    const bare = bareName(name)
    return bare === undefined ? own : [...new Set([...own, ...(columnsByTable.get(bare) ?? [])])]
  }
  const isGenerated = (name: string, column: string) => generated.get(name)?.includes(column)
  const tag = (name: string, rest = '') => `${prefix}:${name}${rest}`
  const anyValue = (name: string, column: string) => tag(name, `:${column.toLowerCase()}=*`)
  const fresh = (name: string, column: string) => tag(name, `:${column.toLowerCase()}=+`)
  const one = (name: string, column: string, value: string) =>
    tag(name, `:${column.toLowerCase()}=${value}`)
  /** A table of this name, of which it was not said in what schema. */
  const wherever = (bare: string) => tag(`*.${bare}`)

  /** For who reads: also what is told of the table by a name without its schema. */
  const reading = (name: string, tags: string[]): string[] => {
    const bare = bareName(name)
    return bare === undefined ? tags : [...tags, wherever(bare)]
  }

  const among = (name: string, column: string, values: readonly unknown[], wanting: boolean) => {
    const texts = values.map(comparedValues)
    if (texts.length > mostValues || texts.includes(undefined)) return [tag(name)]
    return [
      anyValue(name, column),
      ...new Set(texts.flatMap((those) => (those ?? []).map((text) => one(name, column, text)))),
      ...(wanting && isGenerated(name, column) ? [fresh(name, column)] : []),
    ]
  }

  const changedAs = (name: string, change: TableChange): string[] => {
    const values = valuesOf(change, columnsOf(name))
    return [
      tag(name),
      ...columnsOf(name).flatMap((column) => {
        const those = values.get(column)
        if (those === undefined) return [anyValue(name, column)]
        if (those === 'new') return [(isGenerated(name, column) ? fresh : anyValue)(name, column)]
        // Null is in no row that a comparison finds, or stands for what the database chooses.
        const texts = those.filter((value) => value !== null).map(columnValue)
        if (texts.length > mostValues || texts.includes(undefined)) return [anyValue(name, column)]
        // So does 0, in MySQL.
        const mayChoose = those.includes(null) || texts.includes('0')
        const chosen = mayChoose && isGenerated(name, column) ? [fresh(name, column)] : []
        return [...chosen, ...texts.map((text) => one(name, column, text as string))]
      }),
    ]
  }

  const changed = (change: TableChange): string[] => {
    const name = tableName(change.table)
    const bare = bareName(name)
    return bare === undefined
      ? [...changedAs(name, change), wherever(name)]
      : [...changedAs(name, change), ...changedAs(bare, change)]
  }

  return {
    database: prefix,
    table(given) {
      const name = tableName(given)
      return reading(name, [tag(name)])
    },
    rows(given, row) {
      const name = tableName(given)
      const values = { ...row } as Readonly<Record<string, unknown>>
      const told = Object.keys(values).filter((column) => columnsOf(name).includes(column))
      if (told.length === 0) {
        throw new ConfigError(
          `Expected a column of ${name} that is in \`columns\` (${columnsOf(name).join(', ') || 'none'}), got ${Object.keys(values).join(', ') || 'none'}`,
        )
      }
      const column = told.find((column) => columnValue(values[column]) !== undefined)
      if (column === undefined) return reading(name, [tag(name)])
      return reading(name, among(name, column, [values[column]], true))
    },
    among(given, column, values, wanting) {
      const name = tableName(given)
      return reading(name, among(name, column, values, wanting))
    },
    columns: (name) => columnsOf(tableName(name)),
    changed(given) {
      const changes = given.filter(({ rows }) => rows?.length !== 0)
      const tags = new Set(changes.flatMap(changed))
      const tables = changes.map(({ table }) => tableName(table))
      for (const table of dependentsOf(tables, dependents))
        for (const name of changed({ table })) tags.add(name)
      return [...tags]
    },
  }
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
