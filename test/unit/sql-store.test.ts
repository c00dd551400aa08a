import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/kernel/errors.ts'
import { again } from '../../src/stores/sql/retry.ts'
import { commas, sql, text, textOf, tuple } from '../../src/stores/sql/statement.ts'
import { createTableSql, type HandedClient, sqlStore } from '../../src/stores/sql.ts'

const nobody: HandedClient = {
  dialect: 'sqlite',
  query: async () => ({ rows: [], changes: 0 }),
}

describe('a statement', () => {
  const inner = sql`a = ${1} AND b = ${'x'}`
  const rows = commas([tuple([1, null]), tuple([Buffer.of(1)])])
  const whole = sql`SELECT ${text('*')} WHERE ${inner} AND c IN ${tuple(['y'])} ${rows}${text('')}`

  test('has its parameters in the order of its text', () => {
    expect(whole.parameters).toEqual([1, 'x', 'y', 1, null, Buffer.of(1)])
  })

  test.each([
    [
      'postgres',
      'SELECT * WHERE a = $1::bigint AND b = $2 AND c IN ($3) ($4::bigint, $5::bytea), ($6::bytea)',
    ],
    [
      'mysql',
      'SELECT * WHERE a = CAST(? AS SIGNED) AND b = ? AND c IN (?) (CAST(? AS SIGNED), ?), (?)',
    ],
    ['sqlite', 'SELECT * WHERE a = ? AND b = ? AND c IN (?) (?, ?), (?)'],
  ] as const)('is written for %s', (dialect, expected) => {
    expect(textOf(whole, dialect)).toBe(expected)
  })
})

test.each([
  [{ code: '40P01' }, 3],
  [{ code: '40001' }, 3],
  [{ code: 'ER_LOCK_DEADLOCK' }, 3],
  [{ code: 'SQLITE_BUSY_SNAPSHOT' }, 3],
  [{ code: 'ERR_SQLITE_ERROR', errcode: 5 }, 3],
  [{ code: 'ERR_SQLITE_ERROR', errcode: 261 }, 3],
  [{ code: 'ERR_SQLITE_ERROR', errcode: 19 }, 1],
  [{ code: '23505' }, 1],
  [{ code: 'ECONNRESET' }, 1],
])('what failed with %j is tried %i times, when the third goes well', async (how, expected) => {
  let times = 0
  const act = async () => {
    if (++times < 3) throw Object.assign(new Error('no'), how)
    return 'done'
  }
  await again(act).catch(() => {})
  expect(times).toBe(expected)
})

test('what loses all the time is given up', async () => {
  const lost = Object.assign(new Error('lost'), { code: '40P01' })
  await expect(again(() => Promise.reject(lost))).rejects.toBe(lost)
})

test.each([
  ['postgres', 'CREATE UNLOGGED TABLE IF NOT EXISTS "my ""s"""."a`b""c"'],
  ['mysql', 'CREATE TABLE IF NOT EXISTS `my "s"`.`a``b"c`'],
  ['sqlite', 'CREATE TABLE IF NOT EXISTS "my ""s"""."a`b""c"'],
] as const)('names are quoted for %s', (dialect, start) => {
  const [first] = createTableSql(dialect, { table: 'a`b"c', schema: 'my "s"', unlogged: true })
  expect(first?.slice(0, start.length)).toBe(start)
})

test.each([
  [{ database: 'oracle://user:secret@host/db' }, 'database'],
  [{ database: '' }, 'database'],
  [{ database: {} }, 'database'],
  [{ database: undefined }, 'database'],
  [{ database: { ...nobody, dialect: 'db2' } }, 'database.dialect'],
  [{ database: nobody, table: '' }, 'table'],
  [{ database: nobody, table: 'x'.repeat(49) }, 'table'],
  [{ database: nobody, table: 'a\0b' }, 'table'],
  [{ database: nobody, schema: '' }, 'schema'],
  [{ database: nobody, maxBytes: '1kb' }, 'maxBytes'],
  [{ database: nobody, tables: 'x' }, 'tables'],
])('refuses %j', (options, named) => {
  const open = () => sqlStore(options as never)
  expect(open).toThrow(ConfigError)
  expect(open).toThrow(`\`${named}\``)
  expect(open).not.toThrow('secret')
})

test('a client of MySQL has to have transactions', async () => {
  const query = async (statement: string) => ({
    rows: statement.includes('column_name')
      ? ['key_bytes', 'value', 'expires_at', 'long_key', 'eviction_rank'].map((name) => ({ name }))
      : [{ bytes: 16_777_216 }],
    changes: 0,
  })
  const store = sqlStore({ database: { dialect: 'mysql', query } })
  await expect(store.deleteMany(['k'])).rejects.toThrow('transaction')
  await store.close()
})
