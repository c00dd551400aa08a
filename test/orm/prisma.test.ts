import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaPg } from '@prisma/adapter-pg'
import type { PrismaClient } from '@prisma/client/extension'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { type DatabaseChanges, databaseChanges } from '../../src/orm/database-changes.ts'
import {
  type ExtensibleClient,
  type PrismaChangesOptions,
  type PrismaDataModel,
  prismaChanges,
} from '../../src/orm/prisma.ts'
import type { ColumnValues } from '../../src/orm/table-change.ts'
import { type TableTagsOptions, tableTags } from '../../src/orm/table-tags.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { eventually } from '../servers/start-server.ts'
import { startProxy } from '../servers/tcp-proxy.ts'
import {
  type GeneratedClient,
  generateClient,
  type Provider,
  placeForClients,
  tablesFor,
} from './prisma-client.ts'
import { type PrismaOperation, type PrismaStep, someSteps } from './random-prisma.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const providers: readonly Provider[] = ['sqlite', 'postgresql']
const runs = 60
const precise: TableTagsOptions = {
  columns: { users: ['id', 'e_mail', 'team_no'], posts: ['id', 'author'], Tag: ['id'] },
  generated: { users: ['id'], posts: ['id'], Tag: ['id'] },
  // Pairs go with what they pair, by the database itself.
  dependents: { users: ['_TagToUser'], Tag: ['_TagToUser'] },
}
const tags = tableTags({ ...precise, dependents: {} })
const emptied = ['_TagToUser', 'posts', 'Tag', 'users']

/** For values by column; of a column that is left out, any may have changed. */
function tagsOf(table: string, values: Readonly<Record<string, ColumnValues>> = {}): string[] {
  return tags.changed([{ table, values: new Map(Object.entries(values)) }]).sort()
}

interface World {
  readonly client: GeneratedClient
  readonly base: PrismaClient
  /** Asks the database by a connection that has nothing to do with the client. */
  ask(sql: string): Promise<unknown[]>
  /** As there is nothing, with ids from 1 again, and some rows with them. */
  reset(): Promise<void>
  close(): Promise<void>
}

const place = placeForClients()
const worlds = new Map<Provider, World>()
let server: PostgresServer
let cache: Cache

beforeAll(async () => {
  server = await startPostgres()
  worlds.set('sqlite', await sqliteWorld(await generateClient(place.directory, 'sqlite')))
  worlds.set('postgresql', await postgresWorld(await generateClient(place.directory, 'postgresql')))
})
afterAll(async () => {
  for (const world of worlds.values()) await world.close()
  await server?.stop()
  place.remove()
})
beforeEach(() => {
  cache = createCache({ defaults: { ttl: null } })
})
afterEach(() => cache.close())

const rows = [
  `insert into "users" ("e_mail", "team_no") values ('a', 1), ('b', 2), ('c', 1)`,
  `insert into "posts" ("title", "author") values ('s', 1), ('t', 2), ('s', null)`,
  `insert into "Tag" ("name") values ('x'), ('y')`,
  `insert into "_TagToUser" ("A", "B") values (1, 1), (2, 1), (1, 2)`,
]

async function sqliteWorld(client: GeneratedClient): Promise<World> {
  const file = join(place.directory, 'test.db')
  const reader = new Database(file)
  reader.pragma('journal_mode = WAL')
  reader.pragma('synchronous = OFF')
  for (const sql of tablesFor('sqlite')) reader.exec(sql)
  const base = new client.PrismaClient({
    adapter: new PrismaBetterSqlite3({ url: `file:${file}` }),
  })
  return {
    client,
    base,
    ask: async (sql) => reader.prepare(sql).all(),
    async reset() {
      for (const table of emptied) reader.exec(`delete from "${table}"`)
      reader.exec('delete from sqlite_sequence')
      for (const sql of rows) reader.exec(sql)
    },
    async close() {
      await base.$disconnect()
      reader.close()
      rmSync(file, { force: true })
    },
  }
}

async function postgresWorld(client: GeneratedClient): Promise<World> {
  const reader = new pg.Client({ connectionString: server.url })
  await reader.connect()
  for (const sql of tablesFor('postgresql')) await reader.query(sql)
  const base = new client.PrismaClient({ adapter: new PrismaPg({ connectionString: server.url }) })
  const truncate = `truncate ${emptied.map((table) => `"${table}"`).join()} restart identity`
  return {
    client,
    base,
    ask: async (sql) => (await reader.query(sql)).rows,
    async reset() {
      await reader.query(truncate)
      for (const sql of rows) await reader.query(sql)
    },
    async close() {
      await base.$disconnect()
      await reader.end()
    },
  }
}

function worldOf(provider: Provider): World {
  const world = worlds.get(provider)
  if (world === undefined) throw new Error(`There is no ${provider}`)
  return world
}

interface Question {
  readonly sql: string
  tags(changes: DatabaseChanges): string[]
}

const questions: readonly Question[] = [
  ...emptied.map((table) => question(`select * from "${table}"`, table)),
  ...[1, 2, 3, 4, 5].flatMap((id) => [
    rowsQuestion('users', 'id', id),
    rowsQuestion('posts', 'id', id),
    rowsQuestion('posts', 'author', id),
    rowsQuestion('Tag', 'id', id),
  ]),
  ...[1, 2, 3].map((team) => rowsQuestion('users', 'team_no', team)),
  ...['a', 'b', 'c', 'd', 'E'].map((email) => rowsQuestion('users', 'e_mail', email)),
]

function question(sql: string, table: string): Question {
  const order = table.startsWith('_') ? '"A", "B"' : '"id"'
  return { sql: `${sql} order by ${order}`, tags: ({ tags }) => tags.table(table) }
}

function rowsQuestion(table: string, column: string, value: number | string): Question {
  const literal = typeof value === 'string' ? `'${value}'` : value
  const sql = `select * from "${table}" where "${column}" = ${literal} order by "id"`
  return { sql, tags: ({ tags }) => tags.rows(table, { [column]: value }) }
}

function cached(
  world: World,
  changes: DatabaseChanges,
  { sql, tags }: Question,
  load?: () => void,
) {
  return cache.getOrSet(
    sql,
    async () => {
      load?.()
      return world.ask(sql)
    },
    { tags: tags(changes) },
  )
}

/** A promise of the client that does nothing until it is awaited, as a batch needs them. */
function prepared(client: PrismaClient, { model, method, args, answer }: PrismaOperation) {
  const promise = model === undefined ? client[method](...args) : client[model][method](...args)
  return answer === undefined ? promise : promise[answer]()
}

class Rollback extends Error {}

async function run(
  client: PrismaClient,
  step: PrismaStep,
  check: () => Promise<void>,
): Promise<void> {
  if ('do' in step) await ignored(prepared(client, step.do))
  else if ('batch' in step) {
    await ignored(client.$transaction(step.batch.map((one) => prepared(client, one))))
  } else {
    const work = async (tx: PrismaClient) => {
      for (const inner of step.steps) await run(tx, inner, check)
      if (step.ending === 'rollback') throw new Rollback()
    }
    await ignored(client.$transaction(work))
  }
  await check()
}

/** What the database refuses, it refuses: a key that is there, a row that is not. */
async function ignored(promise: Promise<unknown>): Promise<void> {
  await promise.catch((error) => {
    const isRefused = ['PrismaClientKnownRequestError', 'DriverAdapterError'].includes(error.name)
    if (!isRefused && !(error instanceof Rollback)) throw error
  })
}

describe.each(providers)('%s', (provider) => {
  test('whatever is written, what is cached is what the database answers', async () => {
    const world = worldOf(provider)
    let asked = 0
    let loaded = 0
    const property = fc.asyncProperty(someSteps, async (steps) => {
      await world.reset()
      await cache.clear()
      const changes = databaseChanges({ cache, ...precise })
      const client = world.base.$extends(prismaChanges(changes))
      const check = async () => {
        for (const question of questions) {
          asked++
          const answer = await cached(world, changes, question, () => loaded++)
          expect(answer, question.sql).toEqual(await world.ask(question.sql))
        }
      }
      await check()
      for (const step of steps) await run(client, step, check)
    })
    await fc.assert(property, { numRuns: runs })
    // Else nothing would have been tested.
    expect(1 - loaded / asked).toBeGreaterThan(0.3)
  })

  /** An extended client, and the tags that were invalidated so far, a list for each time. */
  async function recorded(options?: PrismaChangesOptions) {
    const world = worldOf(provider)
    await world.reset()
    const told: string[][] = []
    const changes = databaseChanges({
      ...precise,
      dependents: {},
      cache: { invalidate: async (tags) => void told.push([...tags].sort()) },
    })
    const client = world.base.$extends(prismaChanges(changes, options))
    return { world, changes, client, told }
  }
  const user1 = { data: { team: 3 }, where: { id: 1 } }
  const user1Tags = tagsOf('users', { id: [1], e_mail: ['a'] })
  const tag1Tags = tagsOf('Tag', { id: [1] })
  const renameTag1 = { data: { name: 'w' }, where: { id: 1 } }

  test('a transaction is told once, when others see it', async () => {
    const { world, changes, client, told } = await recorded()
    const seen: unknown[] = []
    changes.on('users', async () => {
      seen.push(await world.ask('select "team_no" from "users" where "id" = 1'))
    })
    await client.$transaction(async (tx: PrismaClient) => {
      await tx.user.update(user1)
      await tx.tag.update(renameTag1)
      expect(told).toEqual([])
    })
    expect(told).toEqual([[...user1Tags, ...tag1Tags].sort()])
    expect(seen).toEqual([[{ team_no: 3 }]])
  })

  test('what is rolled back is not told', async () => {
    const { client, told } = await recorded()
    const aborted = client.$transaction(async (tx: PrismaClient) => {
      await tx.user.update(user1)
      await tx.$executeRawUnsafe('delete from "posts"')
      throw new Rollback()
    })
    await expect(aborted).rejects.toThrow(Rollback)
    expect(told).toEqual([])
  })

  test('of nested transactions, what was rolled back is not told', async () => {
    const { client, told } = await recorded()
    await client.$transaction(async (tx: PrismaClient) => {
      await tx.user.update(user1)
      const inner = tx.$transaction(async (nested: PrismaClient) => {
        await nested.tag.update(renameTag1)
        throw new Rollback()
      })
      await expect(inner).rejects.toThrow(Rollback)
      await tx.$transaction((nested: PrismaClient) => nested.post.deleteMany({ where: { id: 3 } }))
      expect(told).toEqual([])
    })
    const postTags = tagsOf('posts', { id: [3] })
    expect(told).toEqual([[...user1Tags, ...postTags].sort()])
  })

  test('a batch is told once it is committed, and not if it failed', async () => {
    const { client, told } = await recorded()
    const failing = [client.user.update(user1), client.tag.create({ data: { id: 1, name: 'v' } })]
    await expect(client.$transaction(failing)).rejects.toThrow('Unique constraint')
    expect(told).toEqual([])
    await client.$transaction([client.user.update(user1), client.tag.update(renameTag1)])
    expect(told).toEqual([[...user1Tags, ...tag1Tags].sort()])
  })

  test('a batch that failed is not told by those of it that answer late', async () => {
    const { client, told } = await recorded()
    const slow = client.$extends({
      query: {
        user: {
          async update({ args, query }: { args: object; query(args: object): Promise<unknown> }) {
            const result = await query(args)
            await new Promise((resolve) => setImmediate(resolve))
            return result
          },
        },
      },
    })
    const failing = [slow.user.update(user1), slow.tag.create({ data: { id: 1, name: 'v' } })]
    await expect(slow.$transaction(failing)).rejects.toThrow('Unique constraint')
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual([])
  })

  test('what the database or the client refuses is not told', async () => {
    const { client, told } = await recorded()
    await expect(client.tag.create({ data: { name: 'x' } })).rejects.toThrow('Unique constraint')
    await expect(client.user.update({ where: { id: 9 }, data: {} })).rejects.toThrow('not found')
    await expect(client.user.update({ where: { no: 9 }, data: {} })).rejects.toThrow('Invalid')
    await expect(client.$executeRawUnsafe('delete from "nothing"')).rejects.toThrow('nothing')
    expect(told).toEqual([])
  })

  test('of what failed within a transaction that is committed, a part may have been done', async () => {
    const { client, told } = await recorded()
    await client.$transaction(async (tx: PrismaClient) => {
      const unknownTag = { ...user1, data: { team: 3, tags: { connect: { id: 9 } } } }
      await expect(tx.user.update(unknownTag)).rejects.toThrow('not found')
    })
    expect(told.flat()).toContain('db:users')
  })

  test('who loads between a write and its commit keeps nothing', async () => {
    const { world } = await recorded()
    const changes = databaseChanges({ cache, ...precise })
    const client = world.base.$extends(prismaChanges(changes))
    const team = rowsQuestion('users', 'id', 1)
    await client.$transaction(async (tx: PrismaClient) => {
      await tx.user.update(user1)
      expect(await cached(world, changes, team)).toMatchObject([{ team_no: 1 }])
    })
    expect(await cached(world, changes, team)).toMatchObject([{ team_no: 3 }])
  })

  describe('no more is told than what may have changed', () => {
    const cases: readonly [string, PrismaOperation, readonly string[]][] = [
      [
        'what the database chose is taken from its answer',
        { model: 'user', method: 'create', args: [{ data: { email: 'm' } }] },
        tagsOf('users', { id: [4], e_mail: ['m'], team_no: [1] }),
      ],
      [
        'what it chose without saying so is a value that no row had',
        { model: 'user', method: 'createMany', args: [{ data: [{ email: 'm', team: 2 }] }] },
        tagsOf('users', { id: 'new', e_mail: ['m'], team_no: [2] }),
      ],
      [
        'rows that were created, by their answers',
        { model: 'tag', method: 'createManyAndReturn', args: [{ data: [{ name: 'm' }] }] },
        tagsOf('Tag', { id: [3] }),
      ],
      [
        'what an update leaves alone is as in its answer; of what it changes, nobody knows what it was',
        { model: 'user', method: 'update', args: [user1] },
        user1Tags,
      ],
      [
        'what it was, by the filter; what it is, by the data',
        {
          model: 'user',
          method: 'updateMany',
          args: [{ where: { team: { in: [1, 2] } }, data: { team: { set: 3 } } }],
        },
        tagsOf('users', { team_no: [1, 2, 3] }),
      ],
      [
        'rows that were updated, by their answers',
        {
          model: 'user',
          method: 'updateManyAndReturn',
          args: [{ where: { team: 1 }, data: { team: { increment: 4 } } }],
        },
        tagsOf('users', { id: [1, 3], e_mail: ['a', 'c'], team_no: [1, 5] }),
      ],
      [
        'updated, or inserted',
        {
          model: 'user',
          method: 'upsert',
          args: [{ where: { email: 'm' }, update: { team: 2 }, create: { email: 'm', team: 3 } }],
        },
        tagsOf('users', { id: [4], e_mail: ['m'] }),
      ],
      [
        'what is deleted, by the answer',
        { model: 'post', method: 'delete', args: [{ where: { id: 2 } }] },
        tagsOf('posts', { id: [2], author: [2] }),
      ],
      [
        'an answer that leaves out the column tells nothing of it',
        { model: 'post', method: 'delete', args: [{ where: { id: 2 }, select: { title: true } }] },
        tagsOf('posts', { id: [2] }),
      ],
      [
        'rows of another model are no answer',
        { model: 'user', method: 'update', args: [user1], answer: 'posts' },
        tagsOf('users', { id: [1] }),
      ],
      [
        'what is written nested is any rows of its model, and the pairs that there may be',
        {
          model: 'post',
          method: 'update',
          args: [{ where: { id: 2 }, data: { author: { update: { team: 3 } } } }],
        },
        [...tagsOf('_PostToUser'), ...tagsOf('posts', { id: [2] }), ...tagsOf('users')],
      ],
      [
        'raw SQL is any rows of its tables',
        { model: undefined, method: '$executeRawUnsafe', args: ['delete from posts where id = 2'] },
        tagsOf('posts'),
      ],
      ['reading is nothing', { model: 'user', method: 'findMany', args: [] }, []],
    ]
    test.each(cases)('%s', async (_, operation, expected) => {
      const { client, told } = await recorded()
      await prepared(client, operation)
      expect(told.flat()).toEqual([...expected].sort())
    })
  })

  test('a template of SQL, and one that answers rows', async () => {
    const { client, told } = await recorded()
    const id = 1
    await client.$executeRaw`update users set team_no = 2 where id = ${id}`
    await client.$queryRaw`insert into "Tag" (name) values ('m') returning id`
    await client.$queryRaw`select 1 as one`
    expect(told.flat()).toContain('db:users')
    expect(told[1]).toEqual(tagsOf('Tag'))
    expect(told).toHaveLength(2)
  })

  test('a data model that is handed in is used', async () => {
    const dataModel = { models: { User: { dbName: 'people', fields: [] } } }
    const { client, told } = await recorded({ dataModel })
    await client.user.update(user1)
    await client.tag.update(renameTag1)
    expect(told).toEqual([['db:*.people', 'db:people']])
    const { dmmf } = worldOf(provider).client.Prisma
    const other = await recorded({ dataModel: dmmf.datamodel as PrismaDataModel })
    await other.client.user.update(user1)
    expect(other.told).toEqual([user1Tags])
  })

  test('an operation resolves when nothing older is served', async () => {
    const world = worldOf(provider)
    await world.reset()
    const done: string[] = []
    const invalidate = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      done.push('told')
    }
    const client = world.base.$extends(prismaChanges(databaseChanges({ cache: { invalidate } })))
    await client.user.update(user1)
    done.push('updated')
    await client.$transaction([client.user.update(user1)])
    done.push('batch')
    await client.$transaction((tx: PrismaClient) => tx.user.update(user1))
    expect(done).toEqual(['told', 'updated', 'told', 'batch', 'told'])
  })

  test('a client of unknown models or transactions is refused', async () => {
    const changes = databaseChanges({ cache })
    interface Extension {
      readonly client: { $transaction(work: () => Promise<void>): Promise<void> }
    }
    const extensions: Extension[] = []
    prismaChanges(changes, { dataModel: { models: [] } })({
      $extends: (extension: Extension) => extensions.push(extension),
      $transaction: (work: (tx: object) => unknown) =>
        work({ _createPrismaPromise: (run: () => unknown) => run() }),
    } as ExtensibleClient)
    const begun = extensions[0]?.client.$transaction(async () => {})
    await expect(begun).rejects.toThrow('its transaction')
    expect(() => prismaChanges(changes)({ $extends: () => {} })).toThrow('dataModel')
  })
})

describe('what only PostgreSQL does', () => {
  async function watched() {
    const world = worldOf('postgresql')
    await world.reset()
    const told: string[] = []
    const changes = databaseChanges({
      cache: { invalidate: async (tags) => void told.push(...tags) },
    })
    return { world, told, client: world.base.$extends(prismaChanges(changes)) }
  }

  test('transactions side by side are told apart', async () => {
    const { client, told } = await watched()
    let bothWrote: () => void = () => {}
    const wrote = new Promise<void>((resolve) => {
      bothWrote = resolve
    })
    const first = client.$transaction(async (one: PrismaClient) => {
      await one.tag.update({ where: { id: 1 }, data: { name: 'w' } })
      await wrote
      throw new Rollback()
    })
    const aborted = expect(first).rejects.toThrow(Rollback)
    await client.$transaction(async (other: PrismaClient) => {
      await other.user.update({ where: { id: 1 }, data: { team: 3 } })
      bothWrote()
    })
    await aborted
    expect(told).toEqual(['db:users', 'db:*.users'])
  })

  test('a batch within a transaction is a part of it', async () => {
    const { world, client, told } = await watched()
    const transaction = (fails: boolean) =>
      client.$transaction(async (tx: PrismaClient) => {
        await tx.$transaction([tx.user.update({ where: { id: 1 }, data: { team: 3 } })])
        expect(told).toEqual([])
        if (fails) throw new Rollback()
      })
    await expect(transaction(true)).rejects.toThrow(Rollback)
    const team = 'select "team_no" from "users" where "id" = 1'
    expect(await world.ask(team)).toEqual([{ team_no: 1 }])
    expect(told).toEqual([])
    await transaction(false)
    expect(await world.ask(team)).toEqual([{ team_no: 3 }])
    expect(told).toEqual(['db:users', 'db:*.users'])
  })

  test('a write of which a lost connection does not tell whether it was done is told', async () => {
    const { world, told } = await watched()
    const proxy = await startProxy(server.port)
    const { PrismaClient } = world.client
    const connectionString = server.url.replace(`:${server.port}/`, `:${proxy.port}/`)
    const base = new PrismaClient({ adapter: new PrismaPg({ connectionString }) })
    const changes = databaseChanges({
      cache: { invalidate: async (tags) => void told.push(...tags) },
    })
    const client = base.$extends(prismaChanges(changes))
    await world.ask('begin')
    try {
      await world.ask('select * from "users" for update')
      const write = expect(
        client.user.update({ where: { id: 1 }, data: { team: 3 } }),
      ).rejects.toThrow()
      await eventually(() => proxy.asked.includes('UPDATE'))
      await proxy.close()
      await write
      expect(told).toEqual(['db:users', 'db:*.users'])
    } finally {
      await world.ask('rollback')
      await base.$disconnect()
    }
  })

  test('so is a commit', async () => {
    const { world, client, told } = await watched()
    const lost = client.$transaction(async (tx: PrismaClient) => {
      await tx.user.update({ where: { id: 1 }, data: { team: 3 } })
      const [{ pid }] = await tx.$queryRaw`select pg_backend_pid() as pid`
      await world.ask(`select pg_terminate_backend(${pid}, 5000)`)
    })
    await expect(lost).rejects.toThrow()
    expect(told).toEqual(['db:users', 'db:*.users'])
  })
})

test('the types of a generated client are kept', { timeout: 60_000 }, () => {
  const directory = join(place.directory, 'sqlite')
  const source = `
import { databaseChanges } from '../../../src/orm/database-changes.ts'
import { prismaChanges } from '../../../src/orm/prisma.ts'
import { Prisma, type PrismaClient } from './client/index.js'

declare const base: PrismaClient
const changes = databaseChanges({ cache: { invalidate: async () => {} } })
const client = base.$extends(prismaChanges(changes, { dataModel: Prisma.dmmf.datamodel }))
const users: Promise<{ id: number; email: string }[]> = client.user.findMany()
const count: Promise<number> = client.$transaction((tx) => tx.post.count({ where: { title: 't' } }))
// @ts-expect-error there is no such field
client.user.findMany({ where: { nothing: 1 } })
export { count, users }
`
  writeFileSync(join(directory, 'types.ts'), source)
  const settings = {
    extends: '../../../tsconfig.json',
    compilerOptions: { isolatedDeclarations: false, declaration: false, skipLibCheck: true },
    files: ['types.ts'],
    include: [],
  }
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  expect(() =>
    execFileSync(process.execPath, [compiler, '-p', directory], {
      encoding: 'utf8',
      stdio: 'pipe',
    }),
  ).not.toThrow()
})
