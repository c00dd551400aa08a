import { lineReader } from '../line-reader.ts'
import type { TraceFormat, TraceSource } from '../trace-format.ts'

const keyNames = ['key', 'id', 'obj_id', 'object_id', 'object', 'url', 'path']
const sizeNames = ['size', 'bytes', 'weight', 'obj_size']

interface Columns {
  readonly key: number
  readonly size: number | undefined
  readonly header: boolean
}

/**
 * Fields between commas, semicolons or tabs, in double quotes where need be (RFC 4180, but no line
 * breaks in fields). The first row is a header when a column is chosen by name, when it has a
 * field such as `key` or `id`, or when its size is no number.
 */
export const csv: TraceFormat = {
  name: 'csv',
  recognises: (name) => /\.(csv|tsv)$/i.test(name),
  parser(sink, source) {
    let separator = ''
    let columns: Columns | undefined

    return lineReader(source.file, (bytes, start, end) => {
      const text = bytes.toString('utf8', start, end)
      separator ||= separatorOf(text)
      const fields = fieldsOf(text, separator)
      if (!fields) return 'fields whose quotes end on the same line'
      if (!columns) {
        const chosen = columnsOf(fields, source)
        if (typeof chosen === 'string') return chosen
        columns = chosen
        if (chosen.header) return undefined
      }
      const key = fields[columns.key]
      if (key === undefined) return `at least ${columns.key + 1} fields`
      const size = columns.size === undefined ? undefined : fields[columns.size]
      if (columns.size !== undefined && !isSize(size)) {
        return `a size in digits in field ${columns.size + 1}`
      }
      sink.access(key, size === undefined ? undefined : Number(size))
      return undefined
    })
  },
}

/** Where the keys and sizes are, by the first row; or the rule that it breaks. */
function columnsOf(row: readonly string[], source: TraceSource): Columns | string {
  const names = row.map((field) => field.toLowerCase())
  const { keyColumn, sizeColumn } = source
  for (const column of [keyColumn, sizeColumn]) {
    if (column !== undefined && find(column, names) === -1) return `a header with \`${column}\``
  }
  const named = names.findIndex((name) => keyNames.includes(name))
  const key = keyColumn === undefined ? Math.max(0, named) : find(keyColumn, names)
  const size =
    sizeColumn === undefined
      ? named === -1
        ? -1
        : names.findIndex((name) => sizeNames.includes(name))
      : find(sizeColumn, names)
  const header =
    named !== -1 ||
    [keyColumn, sizeColumn].some((column) => column !== undefined && !isNumber(column)) ||
    (size !== -1 && !isSize(row[size]))
  return { key, size: size === -1 ? undefined : size, header }
}

function find(column: string, names: readonly string[]): number {
  return isNumber(column) ? Number(column) - 1 : names.indexOf(column.toLowerCase())
}

function isNumber(text: string): boolean {
  return /^[1-9]\d{0,3}$/.test(text)
}

function isSize(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,15}$/.test(text)
}

function separatorOf(row: string): string {
  return ['\t', ';'].find((separator) => row.includes(separator)) ?? ','
}

function fieldsOf(row: string, separator: string): string[] | undefined {
  if (!row.includes('"')) return row.split(separator)
  const fields: string[] = []
  for (let at = 0; at <= row.length; at++) {
    const quoted = row[at] === '"'
    const end = quoted ? closing(row, at + 1) : row.indexOf(separator, at)
    if (quoted && end === -1) return undefined
    if (quoted) fields.push(row.slice(at + 1, end).replaceAll('""', '"'))
    else fields.push(end === -1 ? row.slice(at) : row.slice(at, end))
    if (end === -1) break
    at = quoted ? end + 1 : end
    if (at < row.length && row[at] !== separator) return undefined
  }
  return fields
}

/** The quote that ends the field: one that is not doubled. */
function closing(row: string, from: number): number {
  for (let at = row.indexOf('"', from); at !== -1; at = row.indexOf('"', at + 2)) {
    if (row[at + 1] !== '"') return at
  }
  return -1
}
