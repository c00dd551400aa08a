import { expectChannel } from '../../drivers/postgres/listening.ts'
import { expectString, invalid } from '../../kernel/expect.ts'
import { sha256 } from '../../kernel/sha256.ts'
import { type NamedTable, readName } from './names.ts'

/** By table, the columns whose values are told; `columns` of `databaseChanges` may be the same object. */
export type WatchedTables = Readonly<Record<string, readonly string[]>>

/** A table whose changes are told. */
export interface WatchedTable extends NamedTable {
  /** As its changes call it, which is how queries name it. */
  readonly label: string
  readonly columns: readonly string[]
  readonly channel: string
  /** What its trigger function is called. */
  readonly watch: string
}

/** All names of functions and triggers of ours begin so. */
export const prefix = 'hotset_watch_'
export const defaultChannel = 'hotset_changes'
/** A function of PostgreSQL takes up to 100 arguments, and each column needs two. */
const mostColumns = 40

/** Throws a `ConfigError` for what cannot be a channel. */
export function channelOf({ channel = defaultChannel }: { channel?: string | undefined }): string {
  return expectChannel(expectString('channel', channel))
}

/** Throws a `ConfigError` for what is not as it should be. */
export function watchedTables(tables: WatchedTables, channel: string): WatchedTable[] {
  if (typeof tables !== 'object' || tables === null || Array.isArray(tables)) {
    throw invalid('tables', 'an object of lists of columns by table', tables)
  }
  return Object.entries(tables).map(([text, columns]) => {
    const table = readName(text)
    const option = `tables.${text}`
    const isList = Array.isArray(columns) && columns.length <= mostColumns
    if (!isList) throw invalid(option, `a list of up to ${mostColumns} columns`, columns)
    for (const column of columns) expectString(option, column)
    const different = new Set(columns.map((column) => column.toLowerCase()))
    if (different.size < columns.length) {
      throw invalid(option, 'columns that differ by more than case', columns.join(', '))
    }
    const label = table.schema === undefined ? table.name : `${table.schema}.${table.name}`
    const watch = prefix + sha256(JSON.stringify([channel, label])).slice(0, 16)
    return { ...table, label, columns, channel, watch }
  })
}
