import { invalid } from '../../kernel/expect.ts'

/** A table as somebody has named it. */
export interface NamedTable {
  /** Undefined: wherever the search path of the connection finds it. */
  readonly schema: string | undefined
  readonly name: string
}

const qualified = /^(?:(?<schema>"(?:[^"]|"")+"|[^".]+)\.)?(?<name>"(?:[^"]|"")+"|[^".]+)$/

/** `users`, `auth.users`; a part with a dot or a quote in it is itself in quotes: `"a.b"`. */
export function readName(text: string): NamedTable {
  const { schema, name } = qualified.exec(text)?.groups ?? {}
  if (name === undefined || text.includes('\0')) {
    throw invalid('tables', 'an object by names of tables, such as users or auth.users', text)
  }
  return { schema: schema === undefined ? undefined : bare(schema), name: bare(name) }
}

function bare(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part
}

/** As SQL names it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quotedTable({ schema, name }: NamedTable): string {
  return schema === undefined ? quoted(name) : `${quoted(schema)}.${quoted(name)}`
}

/** As SQL writes a text, whatever a session has made of backslashes. */
export function literal(text: string): string {
  const doubled = text.replaceAll("'", "''")
  return text.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}

/** As SQL writes a text that is a program. */
export function program(text: string): string {
  let mark = '$hotset$'
  for (let at = 1; text.includes(mark); at++) mark = `$hotset${at}$`
  return `${mark}${text}${mark}`
}
