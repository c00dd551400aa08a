import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { type DatabaseChanges, databaseChanges } from '../../src/orm/database-changes.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'

/** What an application writes: the property `name` is in the column `full_name`. */
export type Change =
  | {
      readonly do: 'insert'
      readonly id: number | undefined
      readonly team: number
      readonly name: string
    }
  | { readonly do: 'rename'; readonly id: number; readonly name: string }
  | { readonly do: 'transfer'; readonly id: number; readonly team: number }
  | { readonly do: 'merge'; readonly from: number; readonly to: number }
  | { readonly do: 'delete'; readonly id: number }
  | { readonly do: 'dissolve'; readonly team: number }

/** An application that writes to `users` through an ORM; `T` is what it has a transaction by. */
export interface Application<T> {
  /** Each has several ways to write. */
  write(change: Change, way: number, within: T | undefined): Promise<unknown>
  /** What rejects is rolled back; within another it is a savepoint. */
  transaction(within: T | undefined, body: (handle: T) => Promise<void>): Promise<unknown>
  /** Runs statements as they are, outside of transactions. */
  raw(sql: string): PromiseLike<unknown>
  /** Tells changes no longer. */
  stop(): void
  close(): Promise<unknown>
}

/** A database, and somebody who looks at what is committed. */
export interface Place {
  readonly dialect: 'postgres' | 'sqlite'
  /** URL or file. */
  readonly address: string
  ask(sql: string, ...parameters: unknown[]): Promise<unknown[]>
  close(): Promise<unknown>
}

export interface World {
  readonly cache: Cache
  readonly changes: DatabaseChanges
  readonly place: Place
  /** What was invalidated. */
  readonly told: string[][]
  /** A cached answer, and whether the database was asked for it. */
  read(question: Question): Promise<{ readonly rows: unknown[]; readonly asked: boolean }>
}

export interface Question {
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly tags: (changes: DatabaseChanges) => string[]
}

type Step =
  | { readonly do: 'write'; readonly change: Change; readonly way: number }
  | { readonly do: 'transaction'; readonly steps: readonly Step[]; readonly fails: boolean }

const runs = 40
const seed = `INSERT INTO users (id, team, full_name) VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 1, 'c')`

export const everybody: Question = {
  sql: 'SELECT * FROM users ORDER BY id',
  parameters: [],
  tags: ({ tags }) => tags.table('users'),
}
export const user = (id: number): Question => ({
  sql: 'SELECT * FROM users WHERE id = $1',
  parameters: [id],
  tags: ({ tags }) => tags.rows('users', { id }),
})
export const team = (team: number): Question => ({
  sql: 'SELECT * FROM users WHERE team = $1 ORDER BY id',
  parameters: [team],
  tags: ({ tags }) => tags.rows('users', { team }),
})
const questions = [everybody, ...[1, 2, 3, 4, 5, 6].map(user), ...[1, 2, 3].map(team)]

const id = fc.integer({ min: 1, max: 6 })
const number = fc.integer({ min: 1, max: 3 })
const name = fc.constantFrom('a', "it's", 'or 1 = 1', 'back\\slash')
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    do: fc.constant('insert' as const),
    id: fc.option(id, { nil: undefined }),
    team: number,
    name,
  }),
  fc.record({ do: fc.constant('rename' as const), id, name }),
  fc.record({ do: fc.constant('transfer' as const), id, team: number }),
  fc.record({ do: fc.constant('merge' as const), from: number, to: number }),
  fc.record({ do: fc.constant('delete' as const), id }),
  fc.record({ do: fc.constant('dissolve' as const), team: number }),
)
const { steps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie('step'), { minLength: 1, maxLength: 6 }),
  step: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('write' as const), change, way: fc.nat(11) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('transaction' as const),
        steps: tie('steps'),
        fails: fc.boolean(),
      }),
    },
  ),
}))

let server: PostgresServer
const directory = mkdtempSync(join(tmpdir(), 'hotset-orm-'))

async function openPostgres(): Promise<Place> {
  const pool = new pg.Pool({ connectionString: server.url, max: 4 })
  return {
    dialect: 'postgres',
    address: server.url,
    ask: async (sql, ...parameters) => (await pool.query(sql, parameters)).rows,
    close: () => pool.end(),
  }
}

async function openSqlite(): Promise<Place> {
  const address = join(directory, `${crypto.randomUUID()}.db`)
  const database = new Database(address)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = OFF')
  return {
    dialect: 'sqlite',
    address,
    async ask(sql, ...parameters) {
      const statement = database.prepare(sql.replaceAll(/\$\d/g, '?'))
      if (statement.reader) return statement.all(...parameters)
      statement.run(...parameters)
      return []
    },
    close: async () => void database.close(),
  }
}

/** The promises that every adapter keeps, on both databases. `more` adds what only one has. */
export function describeApplication<T>(
  open: (world: World) => Promise<Application<T>>,
  more: (world: () => World, application: () => Application<T>) => void,
): void {
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  describe.each([
    ['PostgreSQL', openPostgres],
    ['SQLite', openSqlite],
  ])('on %s', (_, openPlace) => {
    let world: World
    let application: Application<T>
    let place: Place

    beforeAll(async () => {
      place = await openPlace()
      const key = place.dialect === 'postgres' ? 'SERIAL' : 'INTEGER'
      await place.ask('DROP TABLE IF EXISTS users')
      await place.ask(
        `CREATE TABLE users (id ${key} PRIMARY KEY, team INTEGER NOT NULL, full_name TEXT)`,
      )
    })
    beforeEach(async () => {
      const cache = createCache({ defaults: { ttl: null } })
      const told: string[][] = []
      const changes = databaseChanges({
        cache: {
          async invalidate(tags) {
            told.push([tags].flat())
            await cache.invalidate(tags)
          },
        },
        columns: { users: ['id', 'team'] },
        generated: { users: ['id'] },
      })
      const read = async ({ sql, parameters, tags }: Question) => {
        let asked = false
        const rows = await cache.getOrSet(
          JSON.stringify([sql, parameters]),
          () => {
            asked = true
            return place.ask(sql, ...parameters)
          },
          { tags: tags(changes) },
        )
        return { rows, asked }
      }
      world = { cache, changes, place, told, read }
      application = await open(world)
      await reset(world)
    })
    afterEach(async () => {
      await application.close()
      await world.cache.close()
    })
    afterAll(() => place.close())

    cases(
      () => world,
      () => application,
    )
    // SQLite has one transaction that writes at a time, and no connection that could be lost.
    if (openPlace === openPostgres) {
      serverCases(
        () => world,
        () => application,
      )
    }
    more(
      () => world,
      () => application,
    )
  })
}

/** Runs scripts of writes and transactions, with a look at what came of it after each step. */
export async function playAtRandom<T>(
  world: () => World,
  application: () => Application<T>,
  check: (within: T | undefined) => Promise<void>,
): Promise<void> {
  let failures: unknown[] = []
  const look = (within: T | undefined) =>
    check(within).catch((failure) => {
      // Within a transaction it would only end that.
      failures.push(failure)
    })
  const play = async (script: readonly Step[], within: T | undefined): Promise<void> => {
    for (const step of script) {
      if (step.do === 'write') {
        const written = application().write(step.change, step.way, within)
        // What the database refuses ends the transaction, if there is one.
        await (within === undefined ? written.catch(() => {}) : written)
      } else {
        const ended = application().transaction(within, async (handle) => {
          await play(step.steps, handle)
          if (step.fails) throw new Error('changed its mind')
        })
        await ended.catch(() => {})
      }
      await look(within)
    }
  }
  const property = fc.asyncProperty(steps, async (script) => {
    failures = []
    await reset(world())
    await look(undefined)
    await play(script, undefined)
    if (failures.length > 0) throw failures[0]
  })
  await fc.assert(property, { numRuns: runs })
}

async function reset({ place, cache, told }: World): Promise<void> {
  await place.ask('DELETE FROM users')
  await place.ask(seed)
  if (place.dialect === 'postgres') await place.ask(`SELECT setval('users_id_seq', 3)`)
  await cache.clear()
  told.length = 0
}

function cases<T>(world: () => World, application: () => Application<T>): void {
  test('whatever is written, a cached answer is what the database answers', async () => {
    let reads = 0
    let asked = 0
    const check = async () => {
      for (const question of questions) {
        const answer = await world().read(question)
        reads++
        if (answer.asked) asked++
        const { sql, parameters } = question
        const rows = await world().place.ask(sql, ...parameters)
        expect(answer.rows, `${sql} ${parameters}`).toEqual(rows)
      }
    }
    await playAtRandom(world, application, check)
    // Else nothing would have been tested.
    expect(asked / reads).toBeLessThan(0.7)
  })

  const rename = (id: number, name = 'x'): Change => ({ do: 'rename', id, name })

  test('other rows stay', async () => {
    const { read } = world()
    for (const question of questions) await read(question)
    await application().write(rename(1), 0, undefined)
    expect(await read(user(1))).toMatchObject({ rows: [{ full_name: 'x' }], asked: true })
    expect((await read(everybody)).asked).toBe(true)
    expect((await read(user(2))).asked).toBe(false)
    await application().write({ do: 'delete', id: 2 }, 0, undefined)
    expect(await read(user(2))).toEqual({ rows: [], asked: true })
    expect((await read(user(1))).asked).toBe(false)
  })

  test('an answer that was on its way when its row changed is not kept', async () => {
    const { cache, changes, place, read } = world()
    const loaded = deferred()
    const gate = deferred()
    const { sql, parameters, tags } = user(1)
    const slow = cache.getOrSet(
      JSON.stringify([sql, parameters]),
      async () => {
        const rows = await place.ask(sql, ...parameters)
        loaded.resolve()
        await gate.promise
        return rows
      },
      { tags: tags(changes) },
    )
    await loaded.promise
    await application().write(rename(1), 0, undefined)
    gate.resolve()
    await slow
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
  })

  test('what is read between a write and its commit is not kept past the commit', async () => {
    const { read, told } = world()
    await application().transaction(undefined, async (handle) => {
      await application().write(rename(1), 0, handle)
      expect((await read(user(1))).rows).toMatchObject([{ full_name: 'a' }])
      expect(told).toEqual([])
    })
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
  })

  test('what is rolled back is not told, not even in part', async () => {
    const { read, told } = world()
    const failing = application().transaction(undefined, async (handle) => {
      await application().write(rename(1), 0, handle)
      await application().transaction(handle, async (inner) => {
        await application().write(rename(2), 0, inner)
      })
      throw new Error('changed its mind')
    })
    await expect(failing).rejects.toThrow('changed its mind')
    expect(told).toEqual([])

    await read(user(1))
    await read(user(2))
    await application().transaction(undefined, async (handle) => {
      await application().write(rename(1, 'y'), 0, handle)
      const inner = application().transaction(handle, async (inner) => {
        await application().write(rename(2, 'y'), 0, inner)
        throw new Error('changed its mind')
      })
      await inner.catch(() => {})
    })
    expect(await read(user(1))).toMatchObject({ rows: [{ full_name: 'y' }], asked: true })
    expect(await read(user(2))).toMatchObject({ rows: [{ full_name: 'b' }], asked: false })
  })

  test('a write, or the commit after it, waits until the change is told', async () => {
    const { changes } = world()
    const writings = [
      () => application().write(rename(1, 'x'), 0, undefined),
      () =>
        application().transaction(undefined, async (handle) => {
          await application().write(rename(1, 'y'), 0, handle)
        }),
    ]
    for (const writing of writings) {
      const heard = deferred()
      const gate = deferred()
      const stop = changes.on('users', () => {
        heard.resolve()
        return gate.promise
      })
      let isWritten = false
      const written = Promise.resolve(writing()).then(() => {
        isWritten = true
      })
      await heard.promise
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
      const wasWritten = isWritten
      gate.resolve()
      await written
      stop()
      expect(wasWritten).toBe(false)
    }
  })

  test('a statement that fails rejects with what the database says', async () => {
    const duplicate: Change = { do: 'insert', id: 1, team: 1, name: 'again' }
    // Raw: an ORM might look first, and update.
    await expect(application().write(duplicate, 2, undefined)).rejects.toThrow()
    await application().write(rename(1), 0, undefined)
    expect((await world().read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
  })

  test('a row with a key of the database ends an answer without it', async () => {
    const { read } = world()
    expect((await read(user(4))).rows).toEqual([])
    await application().write({ do: 'insert', id: undefined, team: 3, name: 'd' }, 0, undefined)
    expect((await read(user(4))).rows).toMatchObject([{ full_name: 'd' }])
  })

  test('once it is stopped, nothing is told', async () => {
    const { told } = world()
    application().stop()
    await application().write(rename(1), 0, undefined)
    expect(told).toEqual([])
  })
}

function serverCases<T>(world: () => World, application: () => Application<T>): void {
  test('of two transactions at a time, each tells its own', async () => {
    const { read } = world()
    for (const id of [1, 2]) await read(user(id))
    const written = deferred()
    const gate = deferred()
    const kept = application().transaction(undefined, async (handle) => {
      await application().write({ do: 'rename', id: 1, name: 'x' }, 0, handle)
      written.resolve()
      await gate.promise
    })
    await written.promise
    const undone = application().transaction(undefined, async (handle) => {
      await application().write({ do: 'rename', id: 2, name: 'x' }, 0, handle)
      throw new Error('changed its mind')
    })
    await undone.catch(() => {})
    await application().write({ do: 'rename', id: 3, name: 'x' }, 0, undefined)
    const meanwhile = [await read(user(1)), await read(user(2)), await read(user(3))]
    gate.resolve()
    await kept
    expect(meanwhile).toMatchObject([
      { rows: [{ full_name: 'a' }], asked: false },
      { rows: [{ full_name: 'b' }], asked: false },
      { rows: [{ full_name: 'x' }] },
    ])
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
    expect((await read(user(2))).asked).toBe(false)
  })

  test('what was done is told although the connection was lost before the answer', async () => {
    const { read } = world()
    await read(user(1))
    const lost = application().raw(
      `UPDATE users SET full_name = 'x' WHERE id = 1; COMMIT; SELECT pg_terminate_backend(pg_backend_pid())`,
    )
    await expect(Promise.resolve(lost)).rejects.toThrow()
    expect((await read(user(1))).rows).toMatchObject([{ full_name: 'x' }])
  })
}

export function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
