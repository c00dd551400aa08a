import { describe, expect, onTestFinished, test } from 'vitest'
import { ConfigError } from '../../src/kernel/errors.ts'
import {
  listenToTables,
  unwatchTables,
  type WatchedTables,
  watchTables,
} from '../../src/orm/postgres.ts'
import { earsAt, marks, type Place, postgresPlaces } from './postgres-place.ts'

const places = postgresPlaces()

/** Everything in the database that installing could touch. */
async function everything(place: Place): Promise<unknown[]> {
  return place.rows(`
    SELECT 'function' AS kind, p.oid::text, p::text AS is, obj_description(p.oid, 'pg_proc') AS comment
    FROM pg_proc p WHERE pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
    UNION ALL SELECT 'trigger', oid::text, t::text, obj_description(oid, 'pg_trigger') FROM pg_trigger t
    UNION ALL SELECT 'class', oid::text, relname, obj_description(oid, 'pg_class') FROM pg_class c
    WHERE relnamespace::regnamespace::text NOT LIKE 'pg\\_%'
    UNION ALL SELECT 'schema', oid::text, nspname, nspacl::text FROM pg_namespace ORDER BY 1, 2`)
}

const states = (plans: readonly { readonly state: string }[]) => plans.map(({ state }) => state)

describe('installing', () => {
  const tables: WatchedTables = { users: ['id', 'email'], 'auth.sessions': [], events: ['id'] }
  const schema = `CREATE SCHEMA auth;
    CREATE TABLE users (id int, email text);
    CREATE TABLE auth.sessions (id uuid);
    CREATE TABLE events (id int) PARTITION BY RANGE (id);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);`

  test('a second time changes nothing', async () => {
    const place = await places.open(schema)
    const options = { database: place.url, tables }
    expect(states(await watchTables(options))).toEqual(['missing', 'missing', 'missing'])
    const before = await everything(place)
    const again = await watchTables(options)
    expect(states(again)).toEqual(['current', 'current', 'current'])
    expect(again.flatMap(({ statements }) => statements)).toEqual([])
    expect(await everything(place)).toEqual(before)
  })

  test('by several at once installs once', async () => {
    const place = await places.open(schema)
    const options = { database: place.pool(), tables }
    const plans = await Promise.all(Array.from({ length: 6 }, () => watchTables(options)))
    expect(plans.filter(([first]) => first?.state === 'missing')).toHaveLength(1)
  })

  test('a dry run says what it would do, and does nothing', async () => {
    const place = await places.open(schema)
    const before = await everything(place)
    const dry = await watchTables({ database: place.client, tables, dryRun: true })
    expect(await everything(place)).toEqual(before)
    const done = await watchTables({ database: place.client, tables })
    expect(done).toEqual(dry)
    const away = await unwatchTables({ database: place.client, dryRun: true })
    expect(away).toHaveLength(3)
    expect(states(await watchTables({ database: place.client, tables }))).not.toContain('missing')
  })

  test.each([
    ['other columns', `SELECT 1`, { users: ['id'] }],
    ['a trigger that is gone', `DROP TRIGGER "$_update" ON users`, { users: ['id', 'email'] }],
    [
      'one that is disabled',
      `ALTER TABLE users DISABLE TRIGGER "$_delete"`,
      { users: ['id', 'email'] },
    ],
    [
      'another function',
      `CREATE OR REPLACE FUNCTION "$"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
      { users: ['id', 'email'] },
    ],
    ['no comment', `COMMENT ON FUNCTION "$"() IS NULL`, { users: ['id', 'email'] }],
    [
      'a new partition',
      'CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20)',
      { events: ['id'] },
    ],
  ] as const)('%s is brought up to date', async (_, change, asked) => {
    const place = await places.open(schema)
    const fresh = await places.open(schema)
    await watchTables({ database: place.url, tables })
    const [{ name }] = (await place.rows(
      `SELECT proname AS name FROM pg_proc WHERE obj_description(oid, 'pg_proc') LIKE '%"table":"users"%'`,
    )) as [{ name: string }]
    for (const one of [place, fresh]) {
      if (one === place || change.startsWith('CREATE TABLE')) {
        await one.client.query(change.replaceAll('$', name))
      }
    }
    expect(states(await watchTables({ database: place.url, tables: asked }))).toEqual(['outdated'])
    expect(states(await watchTables({ database: place.url, tables: asked }))).toEqual(['current'])
    await watchTables({ database: fresh.url, tables: { ...tables, ...asked } })
    const shape = `SELECT tgrelid::regclass::text AS on, tgname, tgenabled, tgtype, tgoldtable, tgnewtable, prosrc, prosecdef,
        proconfig, obj_description(p.oid, 'pg_proc') AS comment
      FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid ORDER BY 1, 2`
    expect(await place.rows(shape)).toEqual(await fresh.rows(shape))
  })

  test('a table that somebody writes to is given up after a while, with nothing changed', async () => {
    const place = await places.open(schema)
    const before = await everything(place)
    await place.client.query('BEGIN; INSERT INTO users VALUES (1)')
    const database = await place.connect()
    await expect(watchTables({ database, tables: { users: ['id'] } })).rejects.toThrow(
      /lock timeout/,
    )
    await place.client.query('COMMIT')
    expect(await everything(place)).toEqual(before)
    expect(states(await watchTables({ database, tables: { users: ['id'] } }))).toEqual(['missing'])
  })

  test('what a later version has installed is left alone', async () => {
    const place = await places.open(schema)
    await watchTables({ database: place.url, tables })
    await place.client.query(`DO $$ DECLARE p regproc; BEGIN
      SELECT oid INTO p FROM pg_proc WHERE obj_description(oid, 'pg_proc') LIKE '%"table":"users"%';
      EXECUTE format('COMMENT ON FUNCTION %s() IS %L', p, replace(obj_description(p, 'pg_proc'), '"version":1', '"version":2'));
      END $$`)
    const before = await everything(place)
    const plans = await watchTables({ database: place.url, tables: { users: ['id'] } })
    expect(states(plans)).toEqual(['newer'])
    expect(await everything(place)).toEqual(before)
  })

  test('removing takes away all of ours and nothing else', async () => {
    const place = await places.open(`${schema}
      CREATE FUNCTION hotset_watch_mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER hotset_watch_mine AFTER INSERT ON users EXECUTE FUNCTION hotset_watch_mine();`)
    const before = await everything(place)
    await watchTables({ database: place.url, tables })
    await watchTables({ database: place.url, tables, channel: 'other' })
    const other = { database: place.url, channel: 'other' }
    expect(await unwatchTables({ ...other, tables: ['users'] })).toHaveLength(1)
    expect(states(await watchTables({ ...other, tables }))).toEqual([
      'missing',
      'current',
      'current',
    ])
    expect(await unwatchTables(other)).toHaveLength(3)
    expect(states(await watchTables({ database: place.url, tables }))).not.toContain('missing')
    // Also of a table that has another name by now, and of one that is gone.
    await place.client.query('ALTER TABLE events RENAME TO happenings')
    expect(await unwatchTables({ database: place.url })).toHaveLength(3)
    await place.client.query('ALTER TABLE happenings RENAME TO events')
    expect(await everything(place)).toEqual(before)
    expect(await unwatchTables({ database: place.url })).toEqual([])
  })

  test('a trigger by which somebody else calls our function goes with it', async () => {
    const place = await places.open(schema)
    await watchTables({ database: place.url, tables: { users: [] } })
    await place.client.query(`DO $$ BEGIN
      EXECUTE format('CREATE TRIGGER theirs AFTER INSERT ON auth.sessions EXECUTE FUNCTION %s()',
        (SELECT oid::regproc FROM pg_proc WHERE left(proname, 13) = 'hotset_watch_')); END $$`)
    expect(await unwatchTables({ database: place.url })).toHaveLength(1)
    expect(await place.rows('SELECT tgname FROM pg_trigger')).toEqual([])
  })
})

describe('names', () => {
  const long = 'l'.repeat(70)
  const hostile = [
    `Users`,
    `a'b`,
    `back\\slash`,
    `$hotset$; DROP TABLE marks; --`,
    `semi;colon`,
    `日本語 テーブル`,
    `ünïcödé`,
    `select`,
    `%s %L`,
    long,
  ]

  test.each(hostile)('%s is a table, a column and a channel', async (name) => {
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
    const place = await places.open(
      `${marks} CREATE SCHEMA ${quote(`s ${name}`)};
      CREATE TABLE ${quote(name)} (${quote(name)} text, "other" int);
      CREATE TABLE ${quote(`s ${name}`)}.${quote(name)} (${quote(name)} text);`,
    )
    const tables = { [name]: [name], [`s ${name}.${name}`]: [name] }
    await watchTables({ database: place.url, tables, channel: name.slice(0, 20) })
    const options = { tables: { ...tables, marks: ['number'] } }
    const ears = await earsAt(place, tables)
    onTestFinished(() => ears.close())
    expect(states(await watchTables({ database: place.url, ...options }))).toEqual(
      Array(3).fill('current'),
    )
    await place.client.query('SET standard_conforming_strings = off')
    await place.client.query(`INSERT INTO ${quote(name)} VALUES ('one', 1)`)
    await place.client.query(`UPDATE ${quote(`s ${name}`)}.${quote(name)} SET ${quote(name)} = ''`)
    await place.client.query(`INSERT INTO ${quote(`s ${name}`)}.${quote(name)} VALUES ('it''s')`)
    await ears.heard()
    expect(ears.told).toEqual([
      { table: name, values: new Map([[name, ['one']]]) },
      { table: `s ${name}.${name}`, values: new Map([[name, ["it's"]]]) },
    ])
    await unwatchTables({ database: place.url })
    await unwatchTables({ database: place.url, channel: name.slice(0, 20) })
    expect(await place.rows('SELECT tgname FROM pg_trigger')).toEqual([])
  })

  test('parts with dots and quotes are in double quotes', async () => {
    const place = await places.open(
      `${marks} CREATE SCHEMA "a.b"; CREATE TABLE "a.b"."c""d" (id int); CREATE TABLE "x.y" (id int)`,
    )
    const ears = await earsAt(place, { '"a.b"."c""d"': ['id'], '"x.y"': ['id'] })
    onTestFinished(() => ears.close())
    await place.client.query('INSERT INTO "a.b"."c""d" VALUES (1); INSERT INTO "x.y" VALUES (2)')
    await ears.heard()
    expect(ears.told).toEqual([
      { table: 'a.b.c"d', values: new Map([['id', ['1']]]) },
      { table: 'x.y', values: new Map([['id', ['2']]]) },
    ])
  })

  test('a table is the one that the search path finds', async () => {
    const place = await places.open(
      'CREATE SCHEMA app; CREATE TABLE public.users (id int); CREATE TABLE app.users (name text)',
    )
    await place.client.query('SET search_path = app, public')
    await watchTables({ database: place.client, tables: { users: ['name'] } })
    expect(
      await place.rows('SELECT DISTINCT tgrelid::regclass::text AS on FROM pg_trigger'),
    ).toEqual([{ on: 'users' }])
  })
})

test('tables that inherit are heard under the name of their parent', async () => {
  const place = await places.open(
    `${marks} CREATE TABLE users (id int, name text); CREATE TABLE staff (salary int) INHERITS (users)`,
  )
  const ears = await earsAt(place, { users: ['id'] })
  onTestFinished(() => ears.close())
  await place.client.query(`INSERT INTO staff VALUES (1, 'Ann', 5)`)
  await place.client.query(`UPDATE users SET id = 2`)
  await place.client.query(`TRUNCATE users`)
  await ears.heard()
  expect(ears.told).toEqual([
    { table: 'users', values: new Map([['id', ['1']]]) },
    { table: 'users', values: new Map([['id', ['1', '2']]]) },
    { table: 'users' },
  ])
})

describe('what cannot be watched is refused', () => {
  const schema = `CREATE TABLE users (id int, born date, price float8, data jsonb, tags text[], place inet);
    CREATE VIEW people AS SELECT * FROM users;
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM users;
    CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
    CREATE FOREIGN TABLE far_away (id int) SERVER far;
    CREATE TABLE events (id int) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF events FOR VALUES FROM (5) TO (6);
    CREATE TABLE heirs () INHERITS (users);
    CREATE FOREIGN TABLE far_part PARTITION OF events FOR VALUES FROM (1) TO (2) SERVER far;
    CREATE TEMPORARY TABLE mine (id int);`
  test.each([
    [{ people: [] }, /people to be a table; public.people is a view: watch the tables/],
    [{ counted: [] }, /is a materialized view/],
    [{ far_away: [] }, /is a foreign table/],
    [{ events: ['id'] }, /public.far_part is a foreign table/],
    [{ mine: ['id'] }, /is a temporary table/],
    [{ heirs: ['id'] }, /public.heirs is a part of users: watch that/],
    [{ part: ['id'] }, /public.part is a part of events: watch that/],
    [{ nobody: [] }, /Expected nobody to be a table; there is none/],
    [{ 'nowhere.users': [] }, /there is none/],
    [{ users: ['nothing'] }, /Expected users to have a column nothing/],
    [{ users: ['ctid'] }, /Expected users to have a column ctid/],
    [{ users: ['born'] }, /column born of users to be an integer, .*, got date/],
    [{ users: ['price'] }, /got float8/],
    [{ users: ['data'] }, /got jsonb/],
    [{ users: ['tags'] }, /got _text/],
    [{ users: ['place'] }, /got inet/],
  ] as [WatchedTables, RegExp][])('%j', async (tables, message) => {
    const place = await places.open(schema)
    const before = await everything(place)
    const watching = watchTables({ database: place.client, tables })
    await expect(watching).rejects.toThrow(ConfigError)
    await expect(watching).rejects.toThrow(message)
    expect(await everything(place)).toEqual(before)
    // The client is left as it was.
    expect(await place.rows('SELECT now() = statement_timestamp() AS idle')).toEqual([
      { idle: true },
    ])
  })

  test.each([
    ['no object', [] as never, /`tables` to be an object/],
    ['no list', { users: 'id' } as never, /`tables.users` to be a list of up to 40 columns/],
    [
      'too many columns',
      { users: Array.from({ length: 41 }, (_, at) => `c${at}`) },
      /up to 40 columns/,
    ],
    ['columns that tags take for one', { users: ['id', 'ID'] }, /differ by more than case/],
    ['three parts', { 'a.b.c': [] }, /names of tables/],
    ['no name', { '': [] }, /names of tables/],
    ['a quote that is open', { '"a': [] }, /names of tables/],
  ])('%s', async (_, tables: WatchedTables, message) => {
    await expect(watchTables({ database: 'postgres://nowhere.invalid', tables })).rejects.toThrow(
      message,
    )
  })

  test('listening to what is not watched, or otherwise', async () => {
    const place = await places.open(`CREATE TABLE users (id int, team int) PARTITION BY LIST (id)`)
    const changes = { changed: async () => {}, tags: { columns: () => [] } as never }
    const listen = async (columns: string[]) => {
      const tables = { users: columns }
      const listener = await listenToTables({ database: place.url, changes, tables })
      await listener.close()
    }
    const refused = /The table users is not watched: .*hotset watch-table/
    await expect(listen(['id'])).rejects.toThrow(refused)
    await watchTables({ database: place.url, tables: { users: ['id'] }, channel: 'other' })
    await expect(listen(['id'])).rejects.toThrow(refused)
    await watchTables({ database: place.url, tables: { users: ['id'] } })
    await expect(listen(['id', 'team'])).rejects.toThrow(/users is watched otherwise/)
    await listen(['id'])
    await listen([])
    // A partition more keeps nobody from listening.
    await place.client.query('CREATE TABLE users_1 PARTITION OF users FOR VALUES IN (1)')
    await listen(['id'])
    await place.client.query('ALTER TABLE users DISABLE TRIGGER ALL')
    await expect(listen(['id'])).rejects.toThrow(/users is watched otherwise/)
  })
})

describe('permissions', () => {
  const schema = `${marks} CREATE TABLE users (id int, name text);
    REVOKE CREATE ON SCHEMA public FROM PUBLIC`
  const role = async (place: Place, name: string) => {
    await place.client.query(`DROP ROLE IF EXISTS ${name}`)
    await place.client.query(`CREATE ROLE ${name} LOGIN`)
    onTestFinished(async () => {
      await place.client.query(`DROP OWNED BY ${name}`)
      await place.client.query(`DROP ROLE ${name}`)
    })
  }

  test('a writer needs no right but that to write', async () => {
    const place = await places.open(schema)
    await role(place, 'writer')
    await place.client.query('GRANT INSERT, UPDATE, DELETE, TRUNCATE ON users TO writer')
    await place.client.query('REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC')
    const ears = await earsAt(place, { users: ['id'] })
    onTestFinished(() => ears.close())
    const writer = await place.connect(place.as('writer'))
    const notices: unknown[] = []
    writer.on('notice', (notice) => notices.push(notice.message))
    await writer.query('INSERT INTO users VALUES (1), (2)')
    await writer.query("UPDATE users SET name = 'new'")
    await writer.query('DELETE FROM users')
    await writer.query('TRUNCATE users')
    await ears.heard()
    const both = { table: 'users', values: new Map([['id', ['1', '2']]]) }
    expect(ears.told).toEqual([both, both, both, { table: 'users' }])
    expect(notices).toEqual([])
    const [{ name }] = (await place.rows(
      `SELECT proname AS name FROM pg_proc WHERE obj_description(oid, 'pg_proc') LIKE '%"table":"users"%'`,
    )) as [{ name: string }]
    await writer.query('CREATE TEMPORARY TABLE own (id int)')
    await expect(
      writer.query(`CREATE TRIGGER t AFTER INSERT ON own EXECUTE FUNCTION "${name}"()`),
    ).rejects.toThrow(/permission denied/)
    await writer.end()
  })

  test("a writer's own operators and functions are never called", async () => {
    const place = await places.open(
      `${schema}; CREATE SCHEMA trap; CREATE TYPE colour AS ENUM ('red', 'blue'); CREATE TABLE cars (colour colour);
      CREATE FUNCTION trap.concat(VARIADIC anyarray) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
      CREATE FUNCTION trap.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
      CREATE FUNCTION trap.text(colour) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
      CREATE CAST (colour AS text) WITH FUNCTION trap.text(colour) AS IMPLICIT`,
    )
    const ears = await earsAt(place, { cars: ['colour'] })
    onTestFinished(() => ears.close())
    await place.client.query('SET search_path = trap, pg_catalog, public')
    await place.client.query("INSERT INTO cars VALUES ('red')")
    await place.client.query('RESET search_path')
    await ears.heard()
    expect(ears.told).toEqual([{ table: 'cars', values: new Map([['colour', ['red']]]) }])
  })

  test('whoever may not install is told so, and nothing is changed', async () => {
    const place = await places.open(schema)
    await role(place, 'stranger')
    const database = await place.connect(place.as('stranger'))
    const before = await everything(place)
    await expect(watchTables({ database, tables: { users: ['id'] } })).rejects.toThrow(
      /permission denied for schema public/,
    )
    expect(await everything(place)).toEqual(before)
    await database.end()
  })

  test('a statement does not fail where telling does', async () => {
    const place = await places.open(schema)
    const ears = await earsAt(place, { users: ['id', 'name'] })
    onTestFinished(() => ears.close())
    await place.client.query('ALTER TABLE users RENAME name TO called')
    await place.client.query("INSERT INTO users VALUES (1, 'Ann')")
    await ears.heard()
    expect(ears.told).toEqual([{ table: 'users' }])
    // Not even where nobody may tell anything.
    await role(place, 'installer')
    const notices: unknown[] = []
    place.client.on('notice', ({ message }) => notices.push(message))
    await place.client.query(`GRANT CREATE ON SCHEMA public TO installer; ALTER TABLE users OWNER TO installer;
      REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC`)
    const installer = await place.connect(place.as('installer'))
    await watchTables({ database: installer, tables: { users: ['id'] }, channel: 'quiet' })
    await place.client.query("INSERT INTO users VALUES (2, 'Bob')")
    expect(await place.rows('SELECT count(*)::int AS rows FROM users')).toEqual([{ rows: 2 }])
    expect(notices).toEqual([
      expect.stringMatching(/^hotset cannot tell that users has changed: permission denied/),
    ])
    await installer.end()
  })
})
