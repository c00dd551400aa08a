import { DataSource, type DataSourceOptions, type EntityManager, EntitySchema } from 'typeorm'
import { describe, expect, test } from 'vitest'
import { databaseChanges } from '../../src/orm/database-changes.ts'
import { typeormCache, typeormChanges } from '../../src/orm/typeorm.ts'
import {
  type Application,
  type Change,
  deferred,
  describeApplication,
  playAtRandom,
  user,
  type World,
} from './application-cases.ts'

interface User {
  id: number
  team: number
  name: string
}

interface TypeormApplication extends Application<EntityManager> {
  readonly dataSource: DataSource
}

const User = new EntitySchema<User>({
  name: 'User',
  tableName: 'users',
  columns: {
    id: { type: 'integer', primary: true, generated: true },
    team: { type: 'integer' },
    name: { type: 'text', name: 'full_name' },
  },
})

async function write(manager: EntityManager, change: Change, way: number): Promise<unknown> {
  const users = manager.getRepository(User)
  const { type } = manager.dataSource.options
  const raw = (sql: string, values: unknown[]) => {
    let at = 0
    const text = type === 'postgres' ? sql.replaceAll('?', () => `$${++at}`) : sql
    return manager.query(text, values)
  }
  // An entity, a query builder, and text.
  const kind = (['entity', 'builder', 'text'] as const)[way % 3]
  const entity = async (id: number) => users.findOneBy({ id })
  switch (change.do) {
    case 'insert': {
      const { id, team, name } = change
      const row = { ...(id !== undefined && { id }), team, name }
      if (kind === 'entity') return users.save(row)
      if (kind === 'builder') return users.createQueryBuilder().insert().values(row).execute()
      return id === undefined
        ? raw('INSERT INTO users (team, full_name) VALUES (?, ?)', [team, name])
        : raw('INSERT INTO users (id, team, full_name) VALUES (?, ?, ?)', [id, team, name])
    }
    case 'rename':
    case 'transfer': {
      const values = change.do === 'rename' ? { name: change.name } : { team: change.team }
      if (kind === 'entity') {
        const found = await entity(change.id)
        return found && users.save(Object.assign(found, values))
      }
      if (kind === 'builder') return users.update({ id: change.id }, values)
      const column = change.do === 'rename' ? 'full_name' : 'team'
      const [value] = Object.values(values)
      return raw(`UPDATE users SET ${column} = ? WHERE id = ?`, [value, change.id])
    }
    case 'merge':
      if (kind === 'text') {
        return raw('UPDATE users SET team = ? WHERE team = ?', [change.to, change.from])
      }
      return users
        .createQueryBuilder()
        .update()
        .set({ team: change.to })
        .where('team = :team', { team: change.from })
        .execute()
    case 'delete': {
      if (kind === 'entity') {
        const found = await entity(change.id)
        return found && users.remove(found)
      }
      if (kind === 'builder') return users.delete(change.id)
      return raw('DELETE FROM users WHERE id = ?', [change.id])
    }
    case 'dissolve':
      if (kind === 'text') return raw('DELETE FROM users WHERE team = ?', [change.team])
      return users.delete({ team: change.team })
  }
}

function optionsFor({ place }: World, more: Pick<DataSourceOptions, 'cache'>): DataSourceOptions {
  return place.dialect === 'postgres'
    ? { type: 'postgres', url: place.address, entities: [User], ...more }
    : { type: 'better-sqlite3', database: place.address, entities: [User], ...more }
}

async function open(world: World): Promise<TypeormApplication> {
  const { cache, changes } = world
  const provider = typeormCache({ cache, changes })
  const dataSource = new DataSource(optionsFor(world, { cache: { provider } }))
  await dataSource.initialize()
  const stop = typeormChanges(dataSource, changes)
  return {
    dataSource,
    write: (change, way, within) => write(within ?? dataSource.manager, change, way),
    transaction: (within, body) => (within ?? dataSource.manager).transaction(body),
    raw: (sql) => dataSource.query(sql),
    stop,
    close: () => dataSource.destroy(),
  }
}

describeApplication<EntityManager>(open, (world, application) => {
  const dataSource = () => (application() as TypeormApplication).dataSource

  test('what is written by a query runner of one’s own is told by its commit', async () => {
    const { read, told } = world()
    await read(user(1))
    const runner = dataSource().createQueryRunner()
    await runner.startTransaction()
    await runner.manager.update(User, { id: 1 }, { name: 'x' })
    expect(told).toEqual([])
    await runner.commitTransaction()
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
    told.length = 0
    await runner.startTransaction()
    await runner.manager.update(User, { id: 1 }, { name: 'y' })
    await runner.rollbackTransaction()
    await runner.release()
    expect(told).toEqual([])
  })

  test('a transaction that is begun as text, and begun again, is told by its commit', async () => {
    const { read } = world()
    await read(user(1))
    const runner = dataSource().createQueryRunner()
    await runner.query('BEGIN')
    await runner.query(`UPDATE users SET full_name = 'x' WHERE id = 1`)
    // PostgreSQL goes on, with a warning; SQLite refuses, and goes on.
    await runner.query('BEGIN').catch(() => {})
    await read(user(1))
    await runner.query('COMMIT')
    await runner.release()
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
  })

  test('entities that are saved and removed together', async () => {
    const { place, read } = world()
    for (const id of [1, 2, 4, 5]) await read(user(id))
    const users = dataSource().getRepository(User)
    await users.save([
      { id: 1, team: 1, name: 'x' },
      { id: 4, team: 1, name: 'y' },
    ])
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
    expect((await read(user(4))).rows).toMatchObject([{ full_name: 'y' }])
    await users.remove(await users.find())
    expect((await read(user(2))).rows).toEqual([])
    // With a key that the database chooses, or the one that it is given.
    await users.upsert({ id: 2, team: 1, name: 'z' }, ['id'])
    const [last] = (await place.ask('SELECT * FROM users')) as { id: number }[]
    expect((await read(user(last?.id ?? 0))).rows).toEqual([last])
    await users.clear()
    expect((await read(user(last?.id ?? 0))).rows).toEqual([])
  })

  test('rows of a relation’s own table, and rows that are removed softly', async () => {
    const { changes, place } = world()
    const Topic = new EntitySchema<{ id: number }>({
      name: 'Topic',
      columns: { id: { type: 'integer', primary: true } },
    })
    const Author = new EntitySchema<{ id: number; topics: { id: number }[]; goneAt: Date | null }>({
      name: 'Author',
      columns: {
        id: { type: 'integer', primary: true },
        goneAt: { type: place.dialect === 'postgres' ? 'timestamp' : 'datetime', deleteDate: true },
      },
      relations: {
        topics: {
          type: 'many-to-many',
          target: 'Topic',
          joinTable: { name: 'topics_of' },
          cascade: ['insert'],
        },
      },
    })
    const entities = { entities: [Topic, Author], synchronize: true }
    const own = new DataSource({ ...optionsFor(world(), {}), ...entities })
    await own.initialize()
    const stop = typeormChanges(own, changes)
    const tables: string[] = []
    const during = async (body: () => Promise<unknown>) => {
      tables.length = 0
      await body()
      return [...new Set(tables)].sort()
    }
    const deaf = changes.on('*', ({ table }) => tables.push(table))
    const authors = own.getRepository(Author)
    const author = authors.create({ id: 1, topics: [{ id: 1 }, { id: 2 }] })
    expect(await during(() => authors.save(author))).toEqual(['author', 'topic', 'topics_of'])
    author.topics = [{ id: 2 }]
    expect(await during(() => authors.save(author))).toEqual(['topics_of'])
    expect(await during(() => authors.softRemove(author))).toEqual(['author'])
    expect(await during(() => authors.recover(author))).toEqual(['author'])
    deaf()
    stop()
    await own.destroy()
    for (const table of ['topics_of', 'author', 'topic']) await place.ask(`DROP TABLE ${table}`)
  })

  describe('its own cache of results', () => {
    /** With `cache`, and how many statements the database was sent for it. */
    const find = async (where: Partial<User>, cache: boolean | number, manager?: EntityManager) => {
      let asked = 0
      const counter = { beforeQuery: () => void asked++ }
      dataSource().subscribers.push(counter)
      const users = (manager ?? dataSource().manager).getRepository(User)
      const rows = await users.find({ where, order: { id: 'ASC' }, cache })
      dataSource().subscribers.splice(dataSource().subscribers.indexOf(counter), 1)
      return { rows, asked }
    }

    test('whatever is written, it answers what the database does', async () => {
      let asked = 0
      let reads = 0
      await playAtRandom(world, application, async (within) => {
        for (const where of [{}, ...[1, 2, 3, 4].map((id) => ({ id })), { team: 1 }, { team: 2 }]) {
          const answer = await find(where, 60_000)
          reads++
          asked += answer.asked
          expect(answer.rows, JSON.stringify(where)).toEqual((await find(where, false)).rows)
          if (within === undefined) continue
          const inside = await find(where, 60_000, within)
          expect(inside).toEqual({ rows: (await find(where, false, within)).rows, asked: 1 })
        }
      })
      expect(asked / reads).toBeLessThan(0.9)
    })

    test('rows of other values stay', async () => {
      for (const id of [1, 2]) await find({ id }, 60_000)
      await dataSource().manager.update(User, { id: 1 }, { name: 'x' })
      expect(await find({ id: 1 }, 60_000)).toMatchObject({ rows: [{ name: 'x' }], asked: 1 })
      expect(await find({ id: 2 }, 60_000)).toMatchObject({ rows: [{ name: 'b' }], asked: 0 })
    })

    test('a result that was on its way when its row changed is not kept', async () => {
      const loaded = deferred()
      const gate = deferred()
      const slow = {
        afterQuery({ query }: { query: string }) {
          if (!query.startsWith('SELECT')) return
          loaded.resolve()
          return gate.promise
        },
      }
      dataSource().subscribers.push(slow)
      const found = find({ id: 1 }, 60_000)
      await loaded.promise
      await dataSource().manager.update(User, { id: 1 }, { name: 'x' })
      gate.resolve()
      expect((await found).rows).toMatchObject([{ name: 'a' }])
      expect(await find({ id: 1 }, 60_000)).toMatchObject({ rows: [{ name: 'x' }], asked: 1 })
      expect(await find({ id: 1 }, 60_000)).toMatchObject({ rows: [{ name: 'x' }], asked: 0 })
    })

    test('two databases behind one cache have their own', async () => {
      const { cache } = world()
      const asked = { identifier: 'all', query: 'SELECT 1 -- PARAMETERS: []', duration: 60_000 }
      const store = async (database: string) => {
        const changes = databaseChanges({ cache, database })
        const results = typeormCache({ cache, changes })()
        const saved = await results.getFromCache(asked)
        await results.storeInCache({ ...asked, result: `["${database}"]` }, saved)
        return (await results.getFromCache(asked))?.result
      }
      expect(await store('one')).toBe('["one"]')
      expect(await store('two')).toBe('["two"]')
    })

    test('results by name are removed by name, and all by clear', async () => {
      const named = async () => {
        const users = dataSource().getRepository(User)
        await users.find({ cache: { id: 'all', milliseconds: 60_000 } })
        return (await world().cache.namespace('typeorm').namespace('db').lookup('id:all')).outcome
      }
      const results = dataSource().queryResultCache
      expect(await named()).toBe('hit')
      await results?.remove(['all'])
      expect(await world().cache.namespace('typeorm').namespace('db').has('id:all')).toBe(false)
      expect(await named()).toBe('hit')
      await results?.clear()
      expect(await world().cache.namespace('typeorm').namespace('db').has('id:all')).toBe(false)
    })
  })
})

test('a data source that is not initialized is refused, as it would forget', () => {
  const dataSource = new DataSource({ type: 'better-sqlite3', database: ':memory:' })
  expect(() => typeormChanges(dataSource, {} as never)).toThrow('to be initialized')
})
