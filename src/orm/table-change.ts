/** What is known of a row: values by the name of their column. */
export type Row = object

/** A row as it was and as it is: only `after` of one that is new, only `before` of one that is gone. */
export interface RowChange {
  /** As it was; none where it was inserted. */
  readonly before?: Row | undefined
  /** As it is; none where it was deleted. */
  readonly after?: Row | undefined
}

/** Rows of a table that were inserted, updated or deleted. */
export interface TableChange {
  /** Its name, with that of its schema where queries give it: `users`, `auth.users`. */
  readonly table: string
  /** Every row that changed, as far as it is known. @default any rows of the table */
  readonly rows?: readonly RowChange[] | undefined
  /**
   * Instead of rows: by column, every value that a changed row had before or has now, or `'new'`
   * where the database chose a value that no row had before. Of a column that is left out, any
   * value may have changed.
   */
  readonly values?: ReadonlyMap<string, ColumnValues> | undefined
}

/** The values by which rows are told apart, or `'new'` where there can be no entry of them yet. */
export type ColumnValues = readonly unknown[] | 'new'

/** The values in each of the columns; without those of which a row does not tell everything. */
export function valuesOf(
  { rows, values }: TableChange,
  columns: readonly string[],
): ReadonlyMap<string, ColumnValues> {
  if (rows === undefined) return values ?? new Map()
  const images = rows.flatMap(({ before, after }) => {
    const known = [before, after].filter((row) => row !== undefined)
    return known.length === 0 ? [{}] : known
  })
  const known = columns.filter((column) => images.every((row) => Object.hasOwn(row, column)))
  return new Map(
    known.map((column) => [
      column,
      images.map((row) => (row as Readonly<Record<string, unknown>>)[column]),
    ]),
  )
}
