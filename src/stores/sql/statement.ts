import type { SqlDialect, SqlValue } from './client.ts'

/** Text with parameters in between: there is one piece of text more than there are parameters. */
export interface Statement {
  readonly pieces: readonly string[]
  readonly parameters: readonly SqlValue[]
}

/** A template of SQL: statements are inserted as text, and everything else as a parameter. */
export function sql(
  template: TemplateStringsArray,
  ...values: readonly (SqlValue | Statement)[]
): Statement {
  const pieces = [template[0] as string]
  const parameters: SqlValue[] = []
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as SqlValue | Statement
    if (isStatement(value)) append(pieces, parameters, value)
    else {
      parameters.push(value)
      pieces.push('')
    }
    pieces[pieces.length - 1] += template[i + 1] as string
  }
  return { pieces, parameters }
}

/** Text as it is: never what came from outside. */
export function text(trusted: string): Statement {
  return { pieces: [trusted], parameters: [] }
}

/** `(?, ?, ?)` */
export function tuple(values: readonly SqlValue[]): Statement {
  const between = values.slice(1).map(() => ', ')
  return { pieces: ['(', ...between, ')'], parameters: values }
}

export function commas(statements: readonly Statement[]): Statement {
  const pieces = ['']
  const parameters: SqlValue[] = []
  for (const [i, statement] of statements.entries()) {
    if (i > 0) pieces[pieces.length - 1] += ', '
    append(pieces, parameters, statement)
  }
  return { pieces, parameters }
}

/**
 * One of these bytes: as one array in PostgreSQL, and in lists of few lengths elsewhere, filled up
 * with their last, so that the statement is the same for many numbers of them.
 */
export function oneOf(values: readonly Uint8Array[], dialect: SqlDialect): Statement {
  if (dialect === 'postgres') {
    return sql`= ANY (${`{${values.map(hexadecimal).join()}}`}::bytea[])`
  }
  const length = 2 ** Math.ceil(Math.log2(values.length))
  const last = values.at(-1) as Uint8Array
  return sql`IN ${tuple(Array.from({ length }, (_, i) => values[i] ?? last))}`
}

/** The text for the server, with the placeholders of its dialect. */
export function textOf({ pieces, parameters }: Statement, dialect: SqlDialect): string {
  let whole = pieces[0] as string
  for (let i = 0; i < parameters.length; i++) {
    whole += placeholder(dialect, i + 1, parameters[i] as SqlValue) + pieces[i + 1]
  }
  return whole
}

function isStatement(value: SqlValue | Statement): value is Statement {
  return typeof value === 'object' && value !== null && 'pieces' in value
}

function append(pieces: string[], parameters: SqlValue[], statement: Statement): void {
  pieces[pieces.length - 1] += statement.pieces[0] as string
  for (let i = 1; i < statement.pieces.length; i++) pieces.push(statement.pieces[i] as string)
  for (const parameter of statement.parameters) parameters.push(parameter)
}

function hexadecimal({ buffer, byteOffset, length }: Uint8Array): string {
  return `"\\\\x${Buffer.from(buffer, byteOffset, length).toString('hex')}"`
}

/** Says what a parameter is, where the server would guess: PostgreSQL text, MySQL a double. */
function placeholder(dialect: SqlDialect, number: number, value: SqlValue): string {
  if (dialect === 'postgres') {
    if (typeof value === 'string') return `$${number}`
    return typeof value === 'number' ? `$${number}::bigint` : `$${number}::bytea`
  }
  return dialect === 'mysql' && typeof value === 'number' ? 'CAST(? AS SIGNED)' : '?'
}
