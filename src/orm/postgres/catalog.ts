import type { Session } from '../../drivers/postgres/session.ts'
import { ConfigError } from '../../kernel/errors.ts'
import { quotedTable } from './names.ts'
import { prefix, type WatchedTable } from './watched-table.ts'

/** A table, a partition of it, or another that inherits from it. */
export interface Relation {
  readonly id: string
  readonly schema: string
  readonly name: string
}

export interface InstalledFunction {
  readonly id: string
  readonly schema: string
  readonly name: string
  /** What it does, and as whom. */
  readonly definition: string
  readonly comment: string
}

export interface InstalledTrigger extends Relation {
  readonly trigger: string
  /** When it runs, and what it is given. */
  readonly definition: string
}

/** Types whose values have one text each, whoever writes them down. */
const comparable: ReadonlySet<string> = new Set(
  'int2 int4 int8 oid numeric bool uuid text varchar bpchar name citext'.split(' '),
)
const kinds: Readonly<Record<string, string>> = {
  v: 'a view: watch the tables that it reads, and name it in `dependents`',
  m: 'a materialized view: watch the tables that it reads, and tell of REFRESH by `changed`',
  f: 'a foreign table: others change it elsewhere',
}

/**
 * The table and all that inherits from it. Rejects with a `ConfigError` where there is none, or none
 * that can be watched.
 */
export async function relationsOf(
  { run }: Session,
  table: WatchedTable,
): Promise<[Relation, ...Relation[]]> {
  const { rows } = await run(
    `WITH RECURSIVE heirs(id) AS (
       SELECT to_regclass($1)::oid
       UNION SELECT inhrelid FROM pg_inherits JOIN heirs ON inhparent = id
     )
     SELECT c.oid::text AS id, nspname AS schema, relname AS name, relkind AS kind,
       relpersistence = 't' AS temporary, c.oid = to_regclass($1) AS first,
       (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid LIMIT 1) AS parent
     FROM heirs JOIN pg_class c ON c.oid = id JOIN pg_namespace n ON n.oid = relnamespace
     ORDER BY first DESC, 2, 3`,
    [quotedTable(table)],
  )
  for (const { schema, name, kind, temporary, first, parent } of rows) {
    // What is written by way of the parent fires only the triggers of that.
    const part = first && parent !== null ? `a part of ${parent}: watch that` : undefined
    const what = temporary ? 'a temporary table' : (kinds[String(kind)] ?? part)
    if (what) {
      throw new ConfigError(`Expected ${table.label} to be a table; ${schema}.${name} is ${what}`)
    }
  }
  const [first, ...others] = rows.map(({ id, schema, name }) => ({
    id: String(id),
    schema: String(schema),
    name: String(name),
  }))
  if (first === undefined)
    throw new ConfigError(`Expected ${table.label} to be a table; there is none`)
  return [first, ...others]
}

/** Rejects with a `ConfigError` for columns that are not there, or by whose texts rows cannot be told apart. */
export async function expectColumns(
  { run }: Session,
  { label, columns }: WatchedTable,
  relation: Relation,
): Promise<void> {
  const { rows } = await run(
    `WITH RECURSIVE bases(name, type) AS (
       SELECT given, atttypid FROM unnest($2::text[]) AS given
       LEFT JOIN pg_attribute ON attrelid = $1::oid AND attname = given::name AND attnum > 0 AND NOT attisdropped
       UNION ALL SELECT name, typbasetype FROM bases JOIN pg_type t ON t.oid = type WHERE typtype = 'd'
     )
     SELECT bases.name, typname AS type, typtype = 'e' AS enum
     FROM bases LEFT JOIN pg_type t ON t.oid = type WHERE typtype IS DISTINCT FROM 'd'`,
    [relation.id, columns],
  )
  for (const { name, type, enum: isEnum } of rows) {
    if (type === null) throw new ConfigError(`Expected ${label} to have a column ${name}`)
    if (!isEnum && !comparable.has(String(type))) {
      throw new ConfigError(
        `Expected the column ${name} of ${label} to be an integer, a text, a UUID, a boolean, an enum or numeric, got ${type}`,
      )
    }
  }
}

/** All functions of ours, or those of one name. */
export async function installedFunctions(
  { run }: Session,
  name?: string,
): Promise<InstalledFunction[]> {
  const { rows } = await run(
    `SELECT p.oid::text AS id, nspname AS schema, proname AS name,
       concat_ws(' ', prosecdef, proconfig, prosrc) AS definition,
       coalesce(obj_description(p.oid, 'pg_proc'), '') AS comment
     FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
     WHERE left(proname, ${prefix.length}) = '${prefix}' AND prorettype = 'trigger'::regtype
       AND proname = coalesce($1, proname)
     ORDER BY nspname, proname`,
    [name ?? null],
  )
  return rows.map(({ id, schema, name, definition, comment }) => ({
    id: String(id),
    schema: String(schema),
    name: String(name),
    definition: String(definition),
    comment: String(comment),
  }))
}

/** The triggers that call a function. */
export async function installedTriggers(
  { run }: Session,
  { id }: InstalledFunction,
): Promise<InstalledTrigger[]> {
  const { rows } = await run(
    `SELECT c.oid::text AS id, nspname AS schema, relname AS name, tgname AS trigger,
       concat_ws(' ', tgtype, tgenabled, tgoldtable, tgnewtable) AS definition
     FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace n ON n.oid = relnamespace
     WHERE tgfoid = $1::oid AND NOT tgisinternal ORDER BY nspname, relname, tgname`,
    [id],
  )
  return rows.map(({ id, schema, name, trigger, definition }) => ({
    id: String(id),
    schema: String(schema),
    name: String(name),
    trigger: String(trigger),
    definition: String(definition),
  }))
}
