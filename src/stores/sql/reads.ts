import type { Bytes } from '../../contracts/store.ts'
import { headsOf } from '../key-bytes.ts'
import { idOf, keyOf, type RowKey } from './row.ts'
import { oneOf, type Statement, sql, text } from './statement.ts'
import type { SqlTable } from './table.ts'

const pageRows = 256

/** The values as they are. */
export const whole: Statement = text('value')

/** The first bytes of the values. */
export function headOf(length: number): Statement {
  return text(`substring(value, 1, ${length}) AS value`)
}

/** Adds what is wanted of the values of the live rows, by id. */
export async function read(
  table: SqlTable,
  keys: readonly RowKey[],
  now: number,
  found: Map<string, Bytes>,
  part: Statement,
): Promise<void> {
  const { dialect, quoted } = table.name
  const given = oneOf(
    keys.map(({ keyBytes }) => keyBytes),
    dialect,
  )
  const { rows } = await table.run(
    sql`SELECT key_bytes, ${part} FROM ${quoted} WHERE key_bytes ${given} AND expires_at > ${now}`,
  )
  for (const { key_bytes, value } of rows) found.set(idOf(key_bytes), value as Bytes)
}

/** The live keys that begin with `prefix`, page by page, each as of its own moment. */
export async function* scan(
  table: SqlTable,
  prefix: string,
  now: () => number,
): AsyncGenerator<string[], undefined> {
  for (const head of headsOf(prefix)) {
    const end = successor(head)
    let from: Buffer | undefined = head
    while (from) {
      const { rows } = await table.run(
        sql`SELECT key_bytes, long_key FROM ${table.name.quoted} WHERE key_bytes >= ${from} AND key_bytes < ${end} AND expires_at > ${now()} ORDER BY key_bytes LIMIT ${text(`${pageRows}`)}`,
      )
      yield rows
        .map(({ key_bytes, long_key }) => keyOf(key_bytes as Uint8Array, long_key as Uint8Array))
        .filter((key) => key.startsWith(prefix))
      const last = rows.at(pageRows - 1)?.key_bytes
      from = last === undefined ? undefined : Buffer.concat([last as Uint8Array, Buffer.of(0)])
    }
  }
  return undefined
}

/** The first bytes after all that begin with these, the first of which is not the last one there is. */
function successor(head: Buffer): Buffer {
  const end = Buffer.from(head)
  let last = end.length - 1
  while (end[last] === 255) last--
  end[last] = (end[last] as number) + 1
  return end.subarray(0, last + 1)
}
