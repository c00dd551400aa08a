import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { databaseChanges } from '../../src/orm/database-changes.ts'
import { type ConnectionQueries, QueryCache } from '../../src/orm/query-cache.ts'
import { type Sql, someRead, someWrite, tables } from './random-sql.ts'

const runs = 300
const directory = mkdtempSync(join(tmpdir(), 'hotset-query-cache-'))
let cache: Cache
let files = 0

beforeEach(() => {
  cache = createCache({ defaults: { ttl: null } })
})
afterEach(() => cache.close())
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** A database of which a writer and a reader each have a connection. */
function open() {
  const file = join(directory, `${files++}.db`)
  const [writer, reader] = [new Database(file), new Database(file)]
  writer.pragma('journal_mode = WAL')
  writer.pragma('synchronous = OFF')
  writer.pragma('foreign_keys = ON')
  writer.exec(tables)
  const changes = databaseChanges({
    cache,
    columns: { users: ['id', 'team'], posts: ['author', 'id'] },
    generated: { users: ['id'], posts: ['id'] },
    dependents: { users: ['posts'] },
  })
  const queries = new QueryCache({ cache, changes })
  return {
    changes,
    queries,
    writing: queries.connection(),
    reading: queries.connection(),
    writer,
    reader,
    close() {
      for (const database of [writer, reader]) database.close()
      for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
    },
  }
}

function ask(database: Database.Database, { sql, parameters }: Sql): unknown[] {
  const statement = database.prepare(sql)
  if (statement.reader) return statement.all(...parameters)
  statement.run(...parameters)
  return []
}

function run(
  connection: ConnectionQueries,
  database: Database.Database,
  query: Sql,
  asked: () => void = () => {},
): Promise<unknown[]> {
  return connection.run({
    ...query,
    caching: true,
    run: async () => {
      asked()
      return ask(database, query)
    },
    isEmpty: (rows) => rows.length === 0,
  })
}

function deferred() {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

type Step = { readonly write: Sql } | { readonly say: string }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: someWrite.map((write) => ({ write })) },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom(
          'begin',
          'commit',
          'rollback',
          'savepoint a',
          'savepoint b',
          'rollback to a',
          'release a',
          'ROLLBACK TO SAVEPOINT b',
        )
        .map((say) => ({ say })),
    },
  ),
  { minLength: 1, maxLength: 12 },
)

describe('whatever is written', () => {
  test('a cached result is what the database answers', async () => {
    let hits = 0
    let reads = 0
    const property = fc.asyncProperty(
      fc.array(someRead, { minLength: 4, maxLength: 8 }),
      steps,
      async (questions, script) => {
        const { writing, reading, writer, reader, close } = open()
        for (let id = 1; id <= 3; id++) {
          writer.exec(
            `insert into users values (${id}, ${id % 2}, 'a'); insert into posts values (${id}, ${id}, 'b')`,
          )
        }
        try {
          for (const step of [undefined, ...script]) {
            const query = step && ('write' in step ? step.write : { sql: step.say, parameters: [] })
            // What the database refuses, it refuses: a savepoint that is not there, a key that is.
            if (query) await run(writing, writer, query).catch(() => {})
            for (const question of questions) {
              reads++
              hits++
              const answer = await run(reading, reader, question, () => hits--)
              expect(answer, question.sql).toEqual(ask(reader, question))
            }
          }
        } finally {
          close()
          await cache.clear()
        }
      },
    )
    await fc.assert(property, { numRuns: runs })
    // Else nothing would have been tested.
    expect(hits / reads).toBeGreaterThan(0.3)
  })
})

describe('no more is given up than what may have changed', () => {
  const rowOf = (id: number): Sql => ({ sql: 'select * from users where id = ?', parameters: [id] })
  const all: Sql = { sql: 'select * from users', parameters: [] }

  /** Which of the queries the database is asked again after the statements. */
  async function askedAgain(questions: readonly Sql[], ...statements: Sql[]): Promise<Sql[]> {
    const { writing, reading, writer, reader, close } = open()
    try {
      writer.exec(`insert into users values (1, 1, 'a'), (2, 2, 'b')`)
      for (const question of questions) await run(reading, reader, question)
      for (const statement of statements) await run(writing, writer, statement)
      const asked: Sql[] = []
      for (const question of questions) {
        await run(reading, reader, question, () => asked.push(question))
      }
      return asked
    } finally {
      close()
    }
  }
  const say = (sql: string, ...parameters: unknown[]): Sql => ({ sql, parameters })

  test.each([
    ['an update by key', [say('update users set name = ? where id = ?', 'c', 1)]],
    ['a delete by key', [say('delete from users where id = 1')]],
    [
      'an upsert',
      [
        say(
          "insert into users (id, name) values (1, 'x') on conflict (id) do update set name = excluded.name",
        ),
      ],
    ],
    [
      'a replacement that says its old row',
      [say('update users set name = (select 1) where (team = 5 and id in (?))', 1)],
    ],
  ])('%s leaves other rows', async (_, statements) => {
    expect(await askedAgain([rowOf(1), rowOf(2), all], ...statements)).toEqual([rowOf(1), all])
  })

  test('an insert with a key that the database chooses leaves the rows that are there', async () => {
    const insert = say('insert into users (team, name) values (?, ?)', 9, 'c')
    expect(await askedAgain([rowOf(1), rowOf(2), rowOf(3), all], insert)).toEqual([rowOf(3), all])
  })

  test('a count of rows with a key that the database may choose is counted again', async () => {
    const count: Sql = { sql: 'select count(*) as n from users where id = 3', parameters: [] }
    expect(await askedAgain([count], say('insert into users (team) values (9)'))).toEqual([count])
  })

  test('a key that changes counts as it was and as it is', async () => {
    const update = say('update users set id = 3 where id = 1')
    const questions = [rowOf(1), rowOf(2), rowOf(3)]
    expect(await askedAgain(questions, update)).toEqual([rowOf(1), rowOf(3)])
  })

  test('what is rolled back changes nothing', async () => {
    const update = say('update users set name = 1 where id = 1')
    const questions = [rowOf(1), rowOf(2), all]
    expect(await askedAgain(questions, say('begin'), update, say('rollback'))).toEqual([])
    const other = say('update users set name = 2 where id = 2')
    const [begin, mark, back, commit] = ['begin', 'savepoint s', 'rollback to s', 'commit'].map(
      (it) => say(it),
    )
    const script = [begin, other, mark, update, back, commit] as Sql[]
    expect(await askedAgain([rowOf(1), rowOf(2)], ...script)).toEqual([rowOf(2)])
  })

  test('another table leaves all, one that changes along does not', async () => {
    const posts = say('select * from posts where author = ?', 2)
    expect(
      await askedAgain([rowOf(1), posts], say('insert into posts (author) values (1)')),
    ).toEqual([])
    const gone = say('delete from users where id = 2')
    expect(await askedAgain([rowOf(1), posts], gone)).toEqual([posts])
  })
})

describe('between a write and its commit', () => {
  test('what is loaded is not kept past the commit', async () => {
    const { writing, reading, writer, reader, close } = open()
    writer.exec(`insert into users values (1, 1, 'old')`)
    const question: Sql = { sql: 'select name from users where id = 1', parameters: [] }
    const say = (sql: string) => run(writing, writer, { sql, parameters: [] })
    await say('begin')
    await say(`update users set name = 'new' where id = 1`)
    expect(await run(reading, reader, question)).toEqual([{ name: 'old' }])
    // Its own changes a transaction sees, and it leaves nothing of them to others.
    expect(await run(writing, writer, question)).toEqual([{ name: 'new' }])
    expect(await run(reading, reader, question)).toEqual([{ name: 'old' }])
    await say('commit')
    expect(await run(reading, reader, question)).toEqual([{ name: 'new' }])
    close()
  })

  test('a load that ends after the commit of what it did not see is not kept', async () => {
    const { writing, reading, writer, reader, close } = open()
    writer.exec(`insert into users values (1, 1, 'old')`)
    const question: Sql = { sql: 'select name from users where id = 1', parameters: [] }
    const commit = deferred()
    const slow = reading.run({
      ...question,
      caching: true,
      async run() {
        const rows = ask(reader, question)
        await commit.promise
        return rows
      },
      isEmpty: () => false,
    })
    await run(writing, writer, {
      sql: `update users set name = 'new' where id = 1`,
      parameters: [],
    })
    commit.resolve()
    expect(await slow).toEqual([{ name: 'old' }])
    expect(await run(reading, reader, question)).toEqual([{ name: 'new' }])
    close()
  })

  test('a commit of which nobody knows whether it was done counts as done', async () => {
    const { writing, reading, writer, reader, close } = open()
    writer.exec(`insert into users values (1, 1, 'old')`)
    const question: Sql = { sql: 'select name from users where id = 1', parameters: [] }
    await run(reading, reader, question)
    await run(writing, writer, { sql: 'begin', parameters: [] })
    await run(writing, writer, { sql: `update users set name = 'new'`, parameters: [] })
    const lost = writing.run({
      sql: 'commit',
      parameters: [],
      async run() {
        writer.exec('commit')
        throw new Error('the connection was cut')
      },
      isEmpty: () => true,
    })
    await expect(lost).rejects.toThrow('the connection was cut')
    expect(await run(reading, reader, question)).toEqual([{ name: 'new' }])
    close()
  })
})

describe('a transaction whose end is not plain', () => {
  /** Whether the row of another connection's query is asked for again, after each of the statements. */
  async function askedAfter(
    ...script: (string | { readonly fails: string })[]
  ): Promise<boolean[]> {
    const { writing, reading, writer, reader, close } = open()
    writer.exec(`insert into users values (1, 1, 'old')`)
    const question: Sql = { sql: 'select name from users where id = 1', parameters: [] }
    await run(reading, reader, question)
    const asked: boolean[] = []
    for (const step of script) {
      const sql = typeof step === 'string' ? step : step.fails
      const statement = {
        sql,
        parameters: [],
        isEmpty: () => true,
        async run() {
          if (typeof step !== 'string') throw new Error('refused')
        },
      }
      await writing.run(statement).catch(() => {})
      let again = false
      await run(reading, reader, question, () => {
        again = true
      })
      asked.push(again)
    }
    close()
    return asked
  }
  const update = 'update users set name = 2 where id = 1'

  test('a commit that failed and is tried again is told each time', async () => {
    const script = ['begin', update, { fails: 'commit' }, update, 'commit']
    expect(await askedAfter(...script)).toEqual([false, false, true, true, true])
  })

  test('after a commit that failed and ended it, what is written alone is told', async () => {
    const script = ['begin', update, { fails: 'commit' }, update, update]
    expect(await askedAfter(...script)).toEqual([false, false, true, true, true])
  })

  test('what a second begin, or a definition, may have committed is told, whatever follows', async () => {
    expect(await askedAfter('begin', update, 'begin', 'rollback')).toEqual([
      false,
      false,
      true,
      false,
    ])
    for (const sql of ['alter table posts add column a', 'lock tables posts read', 'flush tables'])
      expect(await askedAfter('begin', update, sql, 'rollback'), sql).toEqual([
        false,
        false,
        true,
        false,
      ])
  })

  test('what follows a chained end is in a transaction', async () => {
    expect(await askedAfter('begin', 'commit and chain', update, 'commit')).toEqual([
      false,
      false,
      false,
      true,
    ])
    expect(await askedAfter('begin', update, 'rollback and chain', update, 'commit')).toEqual([
      false,
      false,
      false,
      false,
      true,
    ])
  })

  test('without autocommit a transaction follows the other, until it is there again', async () => {
    const off = 'set autocommit = 0'
    expect(await askedAfter(off, update, 'commit', update, 'rollback', update, 'commit')).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
      true,
    ])
    expect(await askedAfter(off, update, 'set autocommit = 1', update)).toEqual([
      false,
      false,
      true,
      true,
    ])
    expect(await askedAfter('begin', 'set autocommit = 1', update, 'commit')).toEqual([
      false,
      false,
      false,
      true,
    ])
  })

  test('what is written after a savepoint alone is told at once, and when it is released', async () => {
    const script = ['savepoint a', update, 'release a', update]
    expect(await askedAfter(...script)).toEqual([false, true, true, true])
    // Where a transaction can begin, the savepoint has opened none.
    const begun = ['savepoint a', update, 'begin', update, 'rollback', update]
    expect(await askedAfter(...begun)).toEqual([false, true, true, false, false, true])
  })

  test('a begin that failed began nothing', async () => {
    expect(await askedAfter({ fails: 'begin' }, update)).toEqual([false, true])
  })
})

describe('who listens to changes', () => {
  test('hears of them once all is invalidated, and fails by himself', async () => {
    const errors: unknown[] = []
    const heard: unknown[] = []
    const changes = databaseChanges({ cache, onError: (error) => errors.push(error) })
    await cache.set('a', 1, { tags: changes.tags.table('users') })
    changes.on('users', async ({ table }) => heard.push(table, await cache.get('a')))
    changes.on('*', () => {
      throw new Error('mine')
    })
    const stop = changes.on('posts', () => heard.push('never'))
    stop()
    await changes.changed([{ table: 'public.Users' }, { table: 'posts' }])
    expect(heard).toEqual(['public.Users', undefined])
    expect(errors).toEqual([new Error('mine'), new Error('mine')])
  })

  test('more tags than a cache takes at once are invalidated all the same', async () => {
    const changes = databaseChanges({ cache, columns: { users: ['id'] } })
    await cache.set('a', 1, { tags: changes.tags.rows('users', { id: 99 }) })
    const rows = Array.from({ length: 100 }, (_, id) => ({ after: { id } }))
    await changes.changed({ table: 'users', rows })
    expect(await cache.get('a')).toBeUndefined()
  })
})

describe('which queries are cached', () => {
  async function asked(strategy: 'explicit' | 'all', caching: boolean | undefined, sql: string) {
    const { changes, reader, close } = open()
    const connection = new QueryCache({ cache, changes, strategy }).connection()
    let times = 0
    for (let turn = 0; turn < 2; turn++) {
      await connection.run({
        sql,
        parameters: [],
        caching,
        run: async () => {
          times++
          return reader.prepare(sql).all()
        },
        isEmpty: (rows) => rows.length === 0,
      })
    }
    close()
    await cache.clear()
    return times
  }

  test('those that ask for it, or all but those that ask not', async () => {
    const sql = 'select * from users'
    expect(await asked('explicit', undefined, sql)).toBe(2)
    expect(await asked('explicit', true, sql)).toBe(1)
    expect(await asked('all', undefined, sql)).toBe(1)
    expect(await asked('all', false, sql)).toBe(2)
  })

  test('an answer that changes by itself only by request', async () => {
    for (const sql of [
      'select random() as r, id from users',
      'select current_timestamp from users',
      'select 1',
    ]) {
      expect(await asked('all', undefined, sql), sql).toBe(2)
      expect(await asked('all', true, sql), sql).toBe(1)
    }
  })
})
