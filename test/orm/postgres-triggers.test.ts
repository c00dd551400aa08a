import fc from 'fast-check'
import type pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import { createCache } from '../../src/index.ts'
import { databaseChanges } from '../../src/orm/database-changes.ts'
import { listenToTables } from '../../src/orm/postgres.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { eventually } from '../servers/start-server.ts'
import { type Ears, earsAt, marks, type Place, postgresPlaces } from './postgres-place.ts'

const runs = 150
const places = postgresPlaces()
const tables = `${marks}
  CREATE TABLE users (id serial PRIMARY KEY, team integer, name text);
  CREATE TABLE posts (
    id serial PRIMARY KEY,
    author integer REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
    title text
  );
  CREATE TABLE events (id integer, kind integer, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1, 2);
  CREATE TABLE events_3 PARTITION OF events FOR VALUES IN (3, 4) PARTITION BY LIST (kind);
  CREATE TABLE "events.3" PARTITION OF events_3 FOR VALUES IN (3);
  CREATE TABLE events_4 PARTITION OF events_3 FOR VALUES IN (4);`
const watched = { users: ['id', 'team'], posts: ['author', 'id'], events: ['id'] }

async function open(options = {}): Promise<{ place: Place; ears: Ears }> {
  const place = await places.open(tables)
  const ears = await earsAt(place, watched, options)
  onTestFinished(() => ears.close())
  return { place, ears }
}

const number = fc.integer({ min: 1, max: 4 })
const someWhere = fc
  .tuple(fc.constantFrom('id', 'team'), number, fc.nat(3))
  .map(
    ([column, value, form]) =>
      ['', `WHERE ${column} = ${value}`, `WHERE ${column} < ${value}`, `WHERE id IN (${value}, 4)`][
        form
      ],
  )
const someWrite = fc.tuple(someWhere, number, number, number).chain(([where, a, b, c]) =>
  fc.constantFrom(
    `INSERT INTO users VALUES (${a}, ${b}, 'new')`,
    `INSERT INTO users (team) VALUES (${a}), (${b})`,
    `INSERT INTO users VALUES (${a}, ${b}) ON CONFLICT (id) DO UPDATE SET team = ${c}`,
    `INSERT INTO users VALUES (${a}, ${b}) ON CONFLICT DO NOTHING`,
    `UPDATE users SET team = ${a} ${where}`,
    `UPDATE users SET name = name || '.' ${where}`,
    `UPDATE users SET id = ${a} WHERE id = ${b}`,
    `UPDATE users SET id = id + 10 ${where}`,
    `DELETE FROM users ${where}`,
    `WITH gone AS (DELETE FROM users ${where} RETURNING id) INSERT INTO events SELECT id, 1 FROM gone`,
    `MERGE INTO users USING (VALUES (${a}), (${b})) AS given (key) ON id = key
      WHEN MATCHED AND team = ${c} THEN DELETE WHEN MATCHED THEN UPDATE SET team = ${c}
      WHEN NOT MATCHED THEN INSERT VALUES (key, ${c}, 'merged')`,
    `INSERT INTO posts (author, title) SELECT id, name FROM users ${where}`,
    `INSERT INTO posts (author, title) SELECT ${a}, 'many' FROM generate_series(1, 120)`,
    `UPDATE posts SET author = ${a} WHERE id % 4 = ${b}`,
    `DELETE FROM posts WHERE author = ${a}`,
    // Of a table that is locked till the end of a transaction nobody could read.
    `COMMIT; TRUNCATE posts`,
    `COMMIT; TRUNCATE users CASCADE`,
    `INSERT INTO events VALUES (${a}, ${b}), (${c}, ${b})`,
    `INSERT INTO events_4 VALUES (${a}, 4)`,
    `UPDATE events SET kind = ${a} WHERE kind = ${b}`,
    `UPDATE "events.3" SET id = ${a} WHERE id = ${b}`,
    `DELETE FROM events WHERE id = ${a}`,
    `DELETE FROM events_3 WHERE id = ${a}`,
    `COMMIT; TRUNCATE events_1`,
    `DO $$ BEGIN UPDATE users SET team = ${a} WHERE id = ${b}; BEGIN DELETE FROM users; PERFORM 1 / 0;
      EXCEPTION WHEN OTHERS THEN END; END $$`,
  ),
)
const someStep = fc.constantFrom(
  ...['BEGIN', 'BEGIN ISOLATION LEVEL SERIALIZABLE', 'COMMIT', 'COMMIT', 'ROLLBACK', 'SAVEPOINT a'],
  ...['SAVEPOINT b', 'ROLLBACK TO a', 'RELEASE a', 'ROLLBACK TO b'],
)
const script = fc.array(
  fc.record({
    who: fc.constantFrom(0, 1),
    sql: fc.oneof({ weight: 3, arbitrary: someWrite }, { weight: 2, arbitrary: someStep }),
  }),
  { minLength: 2, maxLength: 14 },
)

const questions: readonly (readonly [string, ...unknown[]])[] = [
  ['SELECT * FROM users WHERE id = $1', 1],
  ['SELECT * FROM users WHERE id = $1', '2'],
  ['SELECT * FROM users WHERE id IN (3, 14)'],
  ['SELECT id FROM public.users WHERE team = $1 ORDER BY id', 2],
  ['SELECT count(*) FROM posts WHERE author = $1', 1],
  ['SELECT title FROM posts WHERE author = 3 ORDER BY id'],
  [
    'SELECT u.id, p.id AS post FROM users u JOIN posts p ON p.author = u.id WHERE u.id = 2 ORDER BY 2',
  ],
  ['SELECT * FROM events WHERE id = 3 ORDER BY kind'],
  ['SELECT kind FROM events WHERE id = $1 ORDER BY kind', 1],
  ['SELECT count(*) FROM events'],
]

describe('whatever anybody writes', () => {
  test('a cached result is what the database answers, once a later change was heard', async () => {
    const { place, ears } = await open()
    const writers = [await place.connect(), await place.connect()]
    const reader = place.pool()
    let reads = 0
    let hits = 0
    const ask = ([sql, ...parameters]: readonly [string, ...unknown[]]) =>
      ears.read(reader, sql, parameters)
    const say = (client: pg.Client | undefined, sql: string) => client?.query(sql).catch(() => {})
    for (const writer of writers) await writer.query('SET lock_timeout = 1')
    const property = fc.asyncProperty(script, async (steps) => {
      for (const { who, sql } of steps) {
        // What the database refuses, it refuses: a key that is there, a row that another has locked.
        const writing = say(writers[who], sql)
        await Promise.all(questions.map(ask))
        await writing
        await ears.heard()
        for (const question of questions) {
          const asked = ears.asked
          const answer = await ask(question)
          const [text, ...parameters] = question
          expect(answer, text).toEqual((await reader.query(text, parameters)).rows)
          reads++
          if (ears.asked === asked) hits++
        }
      }
      for (const writer of writers) await say(writer, 'ROLLBACK')
    })
    await fc.assert(property, { numRuns: runs })
    // Else nothing would have been tested.
    expect(hits / reads).toBeGreaterThan(0.3)
  })
})

describe('what is told', () => {
  const told = async (...statements: string[]) => {
    const { place, ears } = await open()
    await place.client.query(
      `INSERT INTO users SELECT id, id, 'old' FROM generate_series(1, 3) AS id`,
    )
    await ears.heard()
    ears.told.length = 0
    for (const statement of statements) await place.client.query(statement)
    await ears.heard()
    return ears.told
  }
  const users = (...values: [string, string[]][]) => ({ table: 'users', values: new Map(values) })

  test('of a row, what it was and what it is', async () => {
    expect(
      await told(
        `INSERT INTO users VALUES (4, NULL)`,
        `UPDATE users SET team = 7 WHERE id = 2`,
        `DELETE FROM users WHERE id = 3`,
      ),
    ).toEqual([
      {
        table: 'users',
        values: new Map([
          ['id', ['4']],
          ['team', [null]],
        ]),
      },
      users(['id', ['2']], ['team', ['2', '7']]),
      users(['id', ['3']], ['team', ['3']]),
    ])
  })

  test('nothing of what is rolled back, or changes no row', async () => {
    expect(
      await told(
        `BEGIN; UPDATE users SET team = 1; TRUNCATE users CASCADE; ROLLBACK`,
        `BEGIN; SAVEPOINT a; UPDATE users SET team = 1; ROLLBACK TO a; RELEASE a; COMMIT`,
        `UPDATE users SET team = 1 WHERE id = 99`,
        `DELETE FROM users WHERE false`,
        `INSERT INTO users VALUES (1, 1) ON CONFLICT DO NOTHING`,
      ),
    ).toEqual([])
  })

  test('what a transaction does again and again, once', async () => {
    const once = `UPDATE users SET name = 'x' WHERE id = 1;`
    expect(await told(`BEGIN; ${once.repeat(50)} SAVEPOINT a; ${once} RELEASE a; COMMIT`)).toEqual([
      users(['id', ['1']], ['team', ['1']]),
    ])
  })

  test('the values of up to a hundred rows, else of the table alone', async () => {
    const insert = (from: number, to: number) =>
      `INSERT INTO users SELECT id, 5 FROM generate_series(${from}, ${to}) AS id`
    const [hundred, more, ...rest] = await told(
      insert(1001, 1100),
      insert(1101, 1201),
      `UPDATE users SET team = 6 WHERE id BETWEEN 1001 AND 1100`,
      `UPDATE users SET team = 6 WHERE id BETWEEN 1001 AND 1101`,
    )

    expect(hundred?.values?.get('id')).toHaveLength(100)
    expect(hundred?.values?.get('team')).toEqual(['5'])
    expect(more).toEqual({ table: 'users' })
    expect(rest[0]?.values?.get('team')).toEqual(['5', '6'])
    expect(rest[1]).toEqual({ table: 'users' })
  })

  test('an update of 100,000 rows in one notification', async () => {
    const { place, ears } = await open()
    await place.client.query('INSERT INTO users SELECT id, 1 FROM generate_series(1, 100000) AS id')
    const listener = await place.connect()
    const payloads: unknown[] = []
    listener.on('notification', ({ payload }) => payloads.push(payload))
    await listener.query('LISTEN hotset_changes')
    await place.client.query('UPDATE users SET team = 2')
    await ears.heard()
    await listener.query('SELECT 1')
    expect(payloads[0]).toBe('{"table":"users"}')
    expect(payloads).toHaveLength(2)
  })

  test('of values that no notification has room for, the table alone', async () => {
    const place = await places.open(`${marks} CREATE TABLE notes (title text)`)
    const ears = await earsAt(place, { notes: ['title'] })
    onTestFinished(() => ears.close())
    for (const length of [3_900, 4_000]) {
      await place.client.query('INSERT INTO notes VALUES ($1)', ['é'.repeat(length)])
    }
    await ears.heard()
    expect(ears.told).toEqual([
      { table: 'notes', values: new Map([['title', ['é'.repeat(3_900)]]]) },
      { table: 'notes' },
    ])
  })

  test('more changes than a hundred that come at once, of the table alone', async () => {
    const { place, ears } = await open()
    const inserts = Array.from(
      { length: 5_000 },
      (_, id) => `INSERT INTO users VALUES (${id + 10})`,
    )
    await place.client.query(inserts.join(';'))
    await ears.heard()
    expect(ears.told.length).toBeLessThan(1_000)
    expect(ears.told).toContainEqual({ table: 'users' })
  })

  test('also what a replication tool writes, and a COPY', async () => {
    expect(
      await told(
        `SET session_replication_role = replica`,
        `DELETE FROM users WHERE id = 1`,
        `COPY users (id) FROM PROGRAM 'echo 77'`,
      ),
    ).toEqual([
      users(['id', ['1']], ['team', ['1']]),
      users(['id', ['77']], ['team', [null as never]]),
    ])
  })
})

describe('values are told so that they agree with those of queries', () => {
  test.each([
    ['integer', '42', [42, '42', ' 42', '042']],
    ['bigint', '9007199254740993', ['9007199254740993', 9007199254740993n]],
    ['smallint', '-7', [-7, '-7']],
    ['numeric', '1.50', [1.5, '1.5', '1.500', '15e-1']],
    [
      'uuid',
      'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
      ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{A0EEBC999C0B4EF8BB6D6BB9BD380A11}'],
    ],
    [
      'uuid',
      '00000000-0000-0000-0000-000000000001',
      ['00000000000000000000000000000001', '00000000-0000-0000-0000-000000000001'],
    ],
    ['numeric', 'NaN', ['NaN', Number.NaN]],
    ['citext', 'ΟΔΟΣ', ['οδοσ', 'ΟΔΟΣ']],
    ['text', `it's "Ann"\n\u0001`, [`it's "Ann"\n\u0001`]],
    ['text', '', ['']],
    ['citext', 'Ünï@Example.org', ['ünï@example.ORG', 'Ünï@Example.org']],
    ['varchar(5)', 'true', ['true']],
    ['char(5)', 'ab', ['ab', 'ab   ']],
    ['boolean', 'yes', [true, 'true', 't', '1', 'on']],
    ['colour', 'dark red', ['dark red']],
    ['address', 'Ann@here', ['Ann@here']],
  ])('%s %j', async (type, stored, forms) => {
    const place = await places.open(
      `${marks} CREATE EXTENSION citext; CREATE TYPE colour AS ENUM ('dark red');
      CREATE DOMAIN word AS text; CREATE DOMAIN address AS word CHECK (value LIKE '%@%');
      CREATE TABLE things (value ${type}, count int)`,
    )
    const ears = await earsAt(place, { things: ['value'] })
    onTestFinished(() => ears.close())
    await place.client.query('INSERT INTO things VALUES ($1, 0)', [stored])
    await ears.heard()
    const reader = place.pool()
    const sql = `SELECT count FROM things WHERE value = $1`
    const literals = forms.map((form) => `'${String(form).replaceAll("'", "''")}'`)
    const readAll = async () => [
      ...(await Promise.all(forms.map((form) => ears.read(reader, sql, [form])))),
      ...(await Promise.all(
        literals.map((text) => ears.read(reader, `SELECT count FROM things WHERE value = ${text}`)),
      )),
    ]
    for (const count of [0, 1, 2]) {
      expect(await readAll()).toEqual(Array(2 * forms.length).fill([{ count }]))
      await place.client.query('UPDATE things SET count = count + 1')
      await ears.heard()
    }
    // And it is by the value that they were given up: another row leaves them, or none where it is any.
    const isAny = [...stored].some((letter) => letter > '\x7f')
    const { asked } = ears
    await readAll()
    expect(ears.asked).toBeGreaterThan(asked)
    await ears.changes.changed({ table: 'things', values: new Map([['value', ['other']]]) })
    const before = ears.asked
    await readAll()
    expect(ears.asked - before).toBe(isAny ? 2 * forms.length : 0)
  })
})

describe('who listens', () => {
  const sql = 'SELECT name FROM users WHERE id = 1'

  test('what is loaded before a commit is not kept past it', async () => {
    const { place, ears } = await open()
    await place.client.query(`INSERT INTO users VALUES (1, 1, 'old')`)
    const reader = place.pool()
    const asking = {
      async query(text: string) {
        const result = await reader.query(text)
        await place.client.query(`UPDATE users SET name = 'new'`)
        await ears.heard()
        return result
      },
    }
    expect(await ears.read(asking, sql)).toEqual([{ name: 'old' }])
    expect(await ears.read(reader, sql)).toEqual([{ name: 'new' }])
  })

  test('what a shared store has kept from before counts as changed, or not', async () => {
    const { place, ears } = await open()
    await place.client.query(`INSERT INTO users VALUES (1, 1, 'old')`)
    await ears.heard()
    const reader = place.pool()
    const { changes } = ears
    for (const atStart of ['keep', 'invalidate'] as const) {
      await ears.read(reader, sql)
      const { asked } = ears
      const tables = { ...watched, marks: ['number'] }
      const another = await listenToTables({ database: place.url, changes, tables, atStart })
      await another.close()
      await ears.read(reader, sql)
      expect(ears.asked - asked).toBe(atStart === 'keep' ? 0 : 1)
    }
  })

  test.each([
    ['each process by itself', true],
    ['one process, whose cache tells the others', false],
  ])('%s', async (_, each) => {
    const place = await places.open(tables)
    const [store, hub] = [memoryStore(), memoryHub()]
    const processes = await Promise.all(
      [0, 1, 2].map(async (at) => {
        const cache = createCache({ store, bus: hub.connect(), defaults: { ttl: null } })
        const listens = each || at === 0
        return earsAt(place, watched, { atStart: 'keep' }, { cache, listens })
      }),
    )
    onTestFinished(async () => {
      for (const one of processes) await one.close()
    })
    const reader = place.pool()
    for (const name of ['first', 'second', 'third']) {
      await place.client.query(
        `INSERT INTO users VALUES (1, 1, '${name}') ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
      )
      for (const one of each ? processes : processes.slice(0, 1)) await one.heard()
      for (const one of processes) expect(await one.read(reader, sql)).toEqual([{ name }])
      for (const one of processes) expect(await one.read(reader, sql)).toEqual([{ name }])
    }
    const asked = processes.reduce((sum, one) => sum + one.asked, 0)
    expect(asked).toBe(3)
  })

  test('columns are told by the names that tags know them by', async () => {
    const { place } = await open()
    const cache = createCache()
    const changes = databaseChanges({ cache, columns: { Users: ['ID'] } })
    const told: unknown[] = []
    changes.on('users', ({ values }) => told.push(values))
    const tables = { users: ['id'] }
    const listener = await listenToTables({ database: place.url, changes, tables })
    const tags = changes.tags.rows('users', { ID: 1 })
    await cache.set('one', 'kept', { tags })
    await place.client.query('INSERT INTO users VALUES (2)')
    await eventually(() => told.length === 2)
    expect(await cache.get('one')).toBe('kept')
    await place.client.query('INSERT INTO users VALUES (1)')
    await eventually(() => told.length === 3)
    expect(await cache.get('one')).toBeUndefined()
    await listener.close()
    await cache.close()
  })

  test('a change is told although one before it is still being told', async () => {
    const { place, ears } = await open()
    const told: unknown[] = []
    let finish = () => {}
    const slow = new Promise<void>((resolve) => {
      finish = resolve
    })
    const changed = async (changes: unknown) => {
      told.push(changes)
      await slow
    }
    const listener = await listenToTables({
      ...{ database: place.url, tables: { users: ['id'] }, atStart: 'keep' },
      changes: { changed, tags: ears.changes.tags },
    })
    for (const id of [1, 2]) {
      await place.client.query('INSERT INTO users VALUES ($1)', [id])
      await eventually(() => told.length === id)
    }
    finish()
    await listener.close()
  })

  test('an invalidation that fails is told of', async () => {
    const { place, ears } = await open()
    const errors: unknown[] = []
    const changed = async () => {
      throw new Error('mine')
    }
    const listener = await listenToTables({
      ...{ database: place.url, tables: { users: ['id'] }, atStart: 'keep' },
      changes: { changed, tags: ears.changes.tags },
      onError: (error) => errors.push(error),
    })
    await place.client.query('INSERT INTO users VALUES (1)')
    await eventually(() => errors.length > 0)
    await listener.close()
    expect(errors).toEqual([new Error('mine')])
  })
})
