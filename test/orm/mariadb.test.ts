import createKnex, { type Knex } from 'knex'
import mysql from 'mysql2/promise'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { columnValue } from '../../src/orm/column-value.ts'
import { databaseChanges } from '../../src/orm/database-changes.ts'
import { knexCache, knexChanges } from '../../src/orm/knex.ts'
import { type MariadbServer, startMariadb } from '../servers/mariadb.ts'

let server: MariadbServer
let knex: Knex

beforeAll(async () => {
  server = await startMariadb()
  knex = createKnex({ client: 'mysql2', connection: server.url, pool: { min: 0, max: 2 } })
})
afterAll(async () => {
  await knex?.destroy()
  await server?.stop()
})

type Users = (knex: Knex) => Knex.QueryBuilder
const where =
  (column: string, value: unknown): Users =>
  (knex) =>
    knex('users').where(column, value as string)

describe('whatever is written, a cached query answers what the database does', () => {
  beforeEach(async () => {
    await knex.raw('drop table if exists users')
    await knex.raw(
      `create table users (id int primary key auto_increment, name varchar(40))
        collate utf8mb4_unicode_520_ci`,
    )
    await knex('users').insert([
      { id: -3, name: 'minus' },
      { id: 5, name: 'smørrebrød' },
    ])
    // What the server makes the next id, if it is to choose one.
    await knex.raw('alter table users auto_increment = 6')
  })

  const rename: Users = (knex) => knex('users').where({ id: 5 }).update({ name: 'new' })
  const zero: Users = (knex) => knex('users').insert({ id: 0, name: 'next' })

  const cases: readonly (readonly [string, Users, Users])[] = [
    ...['5-my-title', ' 5', '5e0', '+5', '5.0', '5 ', '05', '0.5e1x', '\t5', '5e'].map(
      (text) => [`a text for an integer, '${text}'`, where('id', text), rename] as const,
    ),
    [
      'a text for a negative integer',
      where('id', '-3 degrees'),
      (knex) => knex('users').where({ id: -3 }).delete(),
    ],
    ['one of several texts', (knex) => knex('users').whereIn('id', ['a', '5th', '7']), rename],
    ...['', 'title', '0x5', '-0', '-'].map(
      (text) =>
        [
          `a text for 0, '${text}'`,
          where('id', text),
          (knex: Knex) => knex('users').where({ id: 5 }).update({ id: 0 }),
        ] as const,
    ),
    ['the next id for 0', where('id', 6), zero],
    [
      "the next id for '0'",
      where('id', 6),
      (knex) => knex('users').insert([{ id: '0' }, { id: 20 }, { id: '00' }]),
    ],
    [
      'letters that a collation takes for one',
      where('name', 'SMORREBROD'),
      (knex) => knex('users').where({ name: 'smørrebrød' }).delete(),
    ],
    [
      'a new row by such letters',
      where('name', 'kæde'),
      (knex) => knex('users').insert({ name: 'kaede' }),
    ],
    ...(
      [
        ['a table', 'users'],
        ['a table of the database', 'test.users'],
      ] as const
    ).flatMap(([what, table]) => {
      const read: Users = (knex) => knex(table).where({ id: 5 })
      const writes: readonly (readonly [string, Users])[] = [
        ['by its name', rename],
        [
          'with its database',
          (knex) => knex.withSchema('test').from('users').where({ id: 5 }).update({ name: 'new' }),
        ],
        ['by raw SQL', (knex) => knex.raw("update `test` . users set name = 'new'") as never],
      ]
      return writes.map(([how, write]) => [`${what}, written to ${how}`, read, write] as const)
    }),
  ]
  test.each(cases)('%s', async (_, read, write) => {
    const cache = createCache()
    const changes = databaseChanges({
      cache,
      columns: { users: ['id', 'name'] },
      generated: { users: ['id'] },
    })
    const stop = knexChanges(knex, changes)
    const cached = knexCache({ cache, changes })
    const before = await cached(read(knex))
    await write(knex)
    expect(await read(knex)).not.toEqual(before)
    expect(await cached(read(knex))).toEqual(await read(knex))
    stop()
    await cache.close()
  })
})

test('values that any collation takes for equal are one', async () => {
  const connection = await mysql.createConnection(server.url)
  const ascii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
  const texts = [...ascii, ...ascii.flatMap((one) => ascii.map((other) => one + other))]
  await connection.query('create table texts (it varchar(2) collate utf8mb4_bin)')
  await connection.query('insert into texts values ?', [texts.map((text) => [text])])
  await connection.query('set session group_concat_max_len = 1000000')
  const [collations] = await connection.query<mysql.RowDataPacket[]>(
    `select full_collation_name as name from information_schema.collation_character_set_applicability
      where character_set_name = 'utf8mb4' and full_collation_name not like '%_bin'`,
  )
  expect(collations.length).toBeGreaterThan(50)
  for (const { name } of collations) {
    const [groups] = await connection.query<mysql.RowDataPacket[]>(
      `select group_concat(hex(it)) as them from texts group by it collate ${name} having count(*) > 1`,
    )
    for (const { them } of groups) {
      const equal = String(them)
        .split(',')
        .map((hex) => Buffer.from(hex, 'hex').toString())
      const values = new Set(equal.map(columnValue))
      expect(values.size, `${name}: ${equal}`).toBe(1)
    }
  }
  await connection.end()
})
