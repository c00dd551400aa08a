import { literal, program, quoted, quotedTable } from './names.ts'
import type { WatchedTable } from './watched-table.ts'

/** Statements that change more rows tell of the table alone, as do tags. */
const mostRows = 100
/** A payload of PostgreSQL has less than 8,000 bytes. */
const mostBytes = 7_999

/** What somebody who looks at the database reads beside the function, and we when we come again. */
export interface Remark {
  readonly hotset: 'watch-table'
  /** Of the function and its triggers; the database is brought up to it. */
  readonly version: number
  readonly channel: string
  readonly table: string
  readonly columns: readonly string[]
}

export function remarkOn({ channel, label, columns }: WatchedTable): Remark {
  return { hotset: 'watch-table', version: 1, channel, table: label, columns }
}

/** Undefined for a comment that is none of ours. */
export function readRemark(comment: string): Remark | undefined {
  try {
    const remark = JSON.parse(comment)
    return remark?.hotset === 'watch-table' ? remark : undefined
  } catch {
    return undefined
  }
}

/**
 * The function, for the triggers of one table. It belongs to whoever installs it and runs with his
 * rights, so that a writer needs none; it finds nothing but what PostgreSQL has itself, and makes texts
 * by `concat`, which nobody can give another meaning as he can to a cast.
 */
export function functionSql(table: WatchedTable, schema: string): string {
  const name = quotedTable({ schema, name: table.watch })
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS ${program(functionSource(table))}`
}

/** Its text: a statement that changes no row tells nothing, and what fails here fails no statement. */
export function functionSource({ label, columns, channel }: WatchedTable): string {
  const anyRows = literal(JSON.stringify({ table: label }))
  const texts = columns.map((column, at) => {
    const value = `r.${quoted(column)}`
    return `CASE WHEN ${value} IS NULL THEN NULL ELSE concat(${value}) COLLATE "C" END AS c${at}`
  })
  const rowsOf = (transition: string) =>
    `(SELECT ${texts.join(', ')} FROM ${transition} AS r LIMIT ${mostRows + 1})`
  const values = columns.map((column, at) => `${literal(column)}, json_agg(DISTINCT seen.c${at})`)
  const message = `json_build_object('table', ${literal(label)}, 'values', json_build_object(${values.join(', ')}))`
  const count = (rows: string) =>
    `SELECT count(*), ${message} INTO counted, message FROM (${rows}) AS seen;`
  return `
DECLARE
  counted bigint;
  most bigint := ${mostRows};
  message text := ${anyRows};
BEGIN
  IF TG_OP = 'INSERT' THEN
    ${count(rowsOf('hotset_new'))}
  ELSIF TG_OP = 'UPDATE' THEN
    most := ${2 * mostRows};
    ${count(`${rowsOf('hotset_old')} UNION ALL ${rowsOf('hotset_new')}`)}
  ELSIF TG_OP = 'DELETE' THEN
    ${count(rowsOf('hotset_old'))}
  END IF;
  IF counted = 0 THEN
    RETURN NULL;
  END IF;
  IF counted > most OR octet_length(message) > ${mostBytes} THEN
    message := ${anyRows};
  END IF;
  PERFORM pg_notify(${literal(channel)}, message);
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  BEGIN
    PERFORM pg_notify(${literal(channel)}, ${anyRows});
  EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'hotset cannot tell that % has changed: %', ${literal(label)}, SQLERRM;
  END;
  RETURN NULL;
END
`
}
