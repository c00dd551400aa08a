import type { SqlResult } from './client.ts'
import { idOf, type Row, type RowKey, type StampedRow } from './row.ts'
import { commas, oneOf, type Statement, sql, text, tuple } from './statement.ts'
import type { SqlTable } from './table.ts'

/** Atomic changes of many rows, all with different keys, that come in the order of their keys. */
export interface Changes {
  put(rows: readonly Row[]): Promise<void>
  /** Puts the rows where there is nothing live; answers the ids of those. */
  add(rows: readonly Row[], now: number): Promise<Set<string>>
  /** Puts the rows where what is there is live and carries the stamp; answers the ids of those. */
  replace(rows: readonly StampedRow[], now: number): Promise<Set<string>>
  /** Removes what is live; answers its ids. */
  remove(keys: readonly RowKey[], now: number): Promise<Set<string>>
}

const columns = text('(key_bytes, value, expires_at, long_key, eviction_rank)')
/** Where `kernel/stamp.ts` has the stamp; SQL counts from 1. */
const stampInValue: Statement = text('substring(value, 5, 8)')

/** Inserts rows, up to the point where it must be said what to do with those that are there. */
function insertion(table: SqlTable, rows: readonly Row[]): Statement {
  const tuples = rows.map(({ keyBytes, value, expiresAt, longKey, rank }) =>
    tuple([keyBytes, value, expiresAt, longKey, rank]),
  )
  const as = table.name.dialect === 'mysql' ? text('') : text(' AS present')
  return sql`INSERT INTO ${table.name.quoted}${as} ${columns} VALUES ${commas(tuples)}`
}

function idsIn({ rows }: SqlResult): Set<string> {
  return new Set(rows.map(({ key_bytes }) => idOf(key_bytes)))
}

/** For PostgreSQL and SQLite, where one statement changes rows and answers which. */
export function returningChanges(table: SqlTable): Changes {
  const { dialect, quoted } = table.name
  const update = text(
    'ON CONFLICT (key_bytes) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at, eviction_rank = excluded.eviction_rank',
  )
  /** Rows are locked in the order of their keys, so that nobody waits for each other in a circle. */
  const among = (keys: readonly RowKey[]): Statement => {
    const given = oneOf(
      keys.map(({ keyBytes }) => keyBytes),
      dialect,
    )
    return dialect === 'postgres' && keys.length > 1
      ? sql`= ANY (ARRAY (SELECT key_bytes FROM ${quoted} WHERE key_bytes ${given} ORDER BY key_bytes FOR UPDATE))`
      : given
  }
  return {
    async put(rows) {
      await table.run(sql`${insertion(table, rows)} ${update}`)
    },
    async add(rows, now) {
      return idsIn(
        await table.run(
          sql`${insertion(table, rows)} ${update} WHERE present.expires_at <= ${now} RETURNING key_bytes`,
        ),
      )
    },
    async replace(rows, now) {
      const tuples = rows.map(({ keyBytes, stamp, value, expiresAt, rank }) =>
        tuple([keyBytes, stamp, value, expiresAt, rank]),
      )
      const wanted = sql`wanted (id, stamp, new_value, new_expiry, new_rank) AS (VALUES ${commas(tuples)})`
      const set = text('value = new_value, expires_at = new_expiry, eviction_rank = new_rank')
      const carries = sql`key_bytes = id AND ${stampInValue} = stamp AND expires_at > ${now}`
      return idsIn(
        await table.run(
          sql`WITH ${wanted} UPDATE ${quoted} SET ${set} FROM wanted WHERE key_bytes ${among(rows)} AND ${carries} RETURNING key_bytes`,
        ),
      )
    },
    async remove(keys, now) {
      return idsIn(
        await table.run(
          sql`DELETE FROM ${quoted} WHERE key_bytes ${among(keys)} AND expires_at > ${now} RETURNING key_bytes`,
        ),
      )
    },
  }
}

const nothing = new Uint8Array(0)

/**
 * For MySQL, which does not answer what it changed: the rows are locked, looked at and changed in
 * one transaction.
 */
export function lockingChanges(table: SqlTable): Changes {
  const { quoted } = table.name
  const update = text(
    'ON DUPLICATE KEY UPDATE value = VALUES(value), expires_at = VALUES(expires_at), eviction_rank = VALUES(eviction_rank)',
  )
  const upsert = (rows: readonly Row[]) => sql`${insertion(table, rows)} ${update}`
  /** Locks the rows that are there, and answers those that are live. */
  const lock = (keys: readonly RowKey[], now: number) =>
    sql`SELECT key_bytes, ${stampInValue} AS stamp FROM ${quoted} WHERE key_bytes ${oneOf(
      keys.map(({ keyBytes }) => keyBytes),
      'mysql',
    )} AND expires_at > ${now} ORDER BY key_bytes FOR UPDATE`
  return {
    async put(rows) {
      await table.run(upsert(rows))
    },
    add: (rows, now) =>
      table.transaction(async (connection) => {
        // What is not there cannot be locked: first there must be a row, dead and without a value.
        const dead = rows.map((row) => ({ ...row, value: nothing, expiresAt: 0 }))
        const keep = text('ON DUPLICATE KEY UPDATE key_bytes = VALUES(key_bytes)')
        await table.runOn(connection, sql`${insertion(table, dead)} ${keep}`)
        const live = idsIn(await table.runOn(connection, lock(rows, now)))
        const added = rows.filter(({ id }) => !live.has(id))
        if (added.length > 0) await table.runOn(connection, upsert(added))
        return new Set(added.map(({ id }) => id))
      }),
    replace: (rows, now) =>
      table.transaction(async (connection) => {
        const { rows: live } = await table.runOn(connection, lock(rows, now))
        const stamps = new Map(live.map(({ key_bytes, stamp }) => [idOf(key_bytes), idOf(stamp)]))
        const replaced = rows.filter(({ id, stamp }) => stamps.get(id) === idOf(stamp))
        if (replaced.length > 0) await table.runOn(connection, upsert(replaced))
        return new Set(replaced.map(({ id }) => id))
      }),
    remove: (keys, now) =>
      table.transaction(async (connection) => {
        const live = idsIn(await table.runOn(connection, lock(keys, now)))
        const removed = keys.filter(({ id }) => live.has(id)).map(({ keyBytes }) => keyBytes)
        if (removed.length > 0) {
          await table.runOn(
            connection,
            sql`DELETE FROM ${quoted} WHERE key_bytes ${oneOf(removed, 'mysql')}`,
          )
        }
        return live
      }),
  }
}
