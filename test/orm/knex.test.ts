import createKnex, { type Knex } from 'knex'
import { describe, expect, test } from 'vitest'
import { type KnexBuilder, knexCache, knexChanges } from '../../src/orm/knex.ts'
import {
  type Application,
  type Change,
  describeApplication,
  playAtRandom,
  user,
  type World,
} from './application-cases.ts'

interface KnexApplication extends Application<Knex.Transaction> {
  readonly knex: Knex
}

function write(knex: Knex, change: Change, way: number): PromiseLike<unknown> {
  const isBuilder = way % 3 < 2
  const users = () => knex('users')
  switch (change.do) {
    case 'insert': {
      const { id, team, name } = change
      const row = { ...(id !== undefined && { id }), team, full_name: name }
      if (isBuilder) return way % 3 === 0 ? users().insert(row) : users().insert(row, ['id'])
      return id === undefined
        ? knex.raw('insert into users (team, full_name) values (?, ?)', [team, name])
        : knex.raw('insert into users (id, team, full_name) values (:id, :team, :name)', {
            id,
            team,
            name,
          })
    }
    case 'rename':
      return isBuilder
        ? users().where({ id: change.id }).update({ full_name: change.name })
        : knex.raw('update users set full_name = ? where id = ?', [change.name, change.id])
    case 'transfer':
      return isBuilder
        ? users().where('id', change.id).update('team', change.team)
        : knex.raw('update users set team = ? where id = ?', [change.team, change.id])
    case 'merge':
      return isBuilder
        ? users().whereIn('team', [change.from]).update({ team: change.to })
        : knex.raw('update users set team = ? where team = ?', [change.to, change.from])
    case 'delete':
      return isBuilder
        ? users().where({ id: change.id }).delete()
        : knex.raw('delete from users where id = ?', [change.id])
    case 'dissolve':
      return isBuilder
        ? users().where('team', '=', change.team).delete()
        : knex.raw('delete from users where team = ?', [change.team])
  }
}

async function open({ place, changes }: World): Promise<KnexApplication> {
  const knex =
    place.dialect === 'postgres'
      ? createKnex({ client: 'pg', connection: place.address, pool: { min: 0, max: 4 } })
      : createKnex({
          client: 'better-sqlite3',
          connection: { filename: place.address },
          useNullAsDefault: true,
        })
  const stop = knexChanges(knex, changes)
  return {
    knex,
    write: async (change, way, within) => write(within ?? knex, change, way),
    transaction: async (within, body) => (within ?? knex).transaction(body),
    raw: (sql) => knex.raw(sql),
    stop,
    close: () => knex.destroy(),
  }
}

describeApplication<Knex.Transaction>(open, (world, application) => {
  const knex = () => (application() as KnexApplication).knex

  test('a batch is told after its commit', async () => {
    const { read } = world()
    expect((await read(user(5))).rows).toEqual([])
    await knex().batchInsert(
      'users',
      [4, 5].map((id) => ({ id, team: 1, full_name: 'many' })),
      1,
    )
    expect((await read(user(5))).rows).toMatchObject([{ full_name: 'many' }])
  })

  test('a transaction that is begun without a body is told by its commit', async () => {
    const { read, told } = world()
    const transaction = await knex().transaction()
    await knex()('users').transacting(transaction).where({ id: 1 }).update({ full_name: 'x' })
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'a' }])
    expect(told).toEqual([])
    await transaction.commit()
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
    const other = await knex().transaction()
    await other('users').where({ id: 1 }).update({ full_name: 'y' })
    told.length = 0
    await other.rollback()
    expect(told).toEqual([])
  })

  test('a schema that changes is told', async () => {
    const { read } = world()
    expect(Object.keys((await read(user(1))).rows[0] as object)).not.toContain('age')
    await knex().schema.alterTable('users', (table) => table.integer('age'))
    expect(Object.keys((await read(user(1))).rows[0] as object)).toContain('age')
    await knex().schema.alterTable('users', (table) => table.dropColumn('age'))
    expect(Object.keys((await read(user(1))).rows[0] as object)).not.toContain('age')
  })

  test('an instance with parameters of its own tells as well', async () => {
    const { read } = world()
    await read(user(1))
    await knex().withUserParams({ tenant: 1 })('users').where({ id: 1 }).update({ full_name: 'x' })
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
  })

  describe('queries that are cached', () => {
    type Users = (knex: Knex) => KnexBuilder<unknown>
    const queries: readonly Users[] = [
      (knex) => knex('users').orderBy('id'),
      ...[1, 2, 3, 4].map(
        (id): Users =>
          (knex) =>
            knex('users').where({ id }),
      ),
      (knex) => knex('users').where({ team: 1 }).orderBy('id').first(),
      (knex) => knex('users').where({ team: 1 }).orderBy('id').pluck('full_name'),
      (knex) => knex('users').where({ team: 1 }).orderBy('id').select('full_name'),
      (knex) => knex('users').where({ team: 1 }).select('id').orderBy('id').pluck('team'),
      (knex) => knex('users').where({ team: 1 }).pluck('id').orderBy('id').select('team'),
      (knex) => knex('users').count('* as n').whereIn('id', [1, 2, 5]),
    ]
    const byKey = (id: number): Users => queries[id] as Users
    const ask = async (query: Users, of = knex()) => {
      const { cache, changes } = world()
      let asked = 0
      const count = () => void asked++
      of.on('query', count)
      const rows = await knexCache({ cache, changes })(query(of))
      of.removeListener('query', count)
      return { rows, asked }
    }

    test('whatever is written, they answer what the database does', async () => {
      let reads = 0
      let asked = 0
      await playAtRandom(world, application, async (within) => {
        for (const query of queries) {
          if (within) {
            const inside = await ask(query, within)
            expect(inside).toEqual({ rows: await query(within), asked: 1 })
          }
          // A transaction of SQLite has its only connection.
          if (within && world().place.dialect === 'sqlite') continue
          const answer = await ask(query)
          reads++
          asked += answer.asked
          expect(answer.rows).toEqual(await query(knex()))
        }
      })
      expect(asked / reads).toBeLessThan(0.8)
    })

    test('rows of other values stay', async () => {
      for (const id of [1, 2]) await ask(byKey(id))
      await knex()('users').where({ id: 1 }).update({ full_name: 'x' })
      expect(await ask(byKey(1))).toMatchObject({ rows: [{ full_name: 'x' }], asked: 1 })
      expect(await ask(byKey(2))).toMatchObject({ rows: [{ full_name: 'b' }], asked: 0 })
    })

    test('who is answered may change what he got', async () => {
      await ask(byKey(1))
      const first = (await ask(byKey(1))).rows as { full_name: string }[]
      Object.assign(first[0] as object, { full_name: 'mine' })
      expect(await ask(byKey(1))).toMatchObject({ rows: [{ full_name: 'a' }], asked: 0 })
    })

    test('raw statements, writes and queries that lock are run', async () => {
      const statements: Users[] = [
        (knex) => knex.raw('select * from users') as never,
        (knex) => knex('users').where({ id: 1 }).update({ full_name: 'x' }),
      ]
      for (const statement of [...statements, ...statements]) {
        expect((await ask(statement)).asked).toBe(1)
      }
    })
  })
})

test('what is no Knex is refused', () => {
  expect(() => knexChanges({ client: {} }, {} as never)).toThrow('Expected `knex`')
})
