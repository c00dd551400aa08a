import { execFileSync } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { earsAt, marks, type Place, postgresPlaces } from '../orm/postgres-place.ts'
import { freePort } from '../servers/start-server.ts'
import { hotset } from './run.ts'

const places = postgresPlaces()
const tables = `${marks} CREATE SCHEMA auth; CREATE TABLE users (id int, email text);
  CREATE TABLE auth.sessions (id int); CREATE TABLE "a.b" ("an id" int)`

const watchTable = (...args: string[]) => hotset(['watch-table', ...args])
const psql = ({ url }: Place, sql: string) =>
  execFileSync('psql', [url, '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1'], { input: sql })
const triggers = (place: Place) =>
  place.rows('SELECT tgrelid::regclass::text AS on, tgname FROM pg_trigger ORDER BY 1, 2')
const said = (...lines: string[]) => ({
  code: 0,
  stderr: '',
  stdout: lines.map((line) => `${line}\n`).join(''),
})

describe('hotset watch-table', () => {
  test('watches tables once, and what psql changes is heard', async () => {
    const place = await places.open(tables)
    const args = [place.url, 'users:id,email', 'auth.sessions', '"a.b":"an id"']
    expect(await watchTable(...args)).toEqual(
      said(
        'The table users was not watched: it is now',
        'The table auth.sessions was not watched: it is now',
        'The table a.b was not watched: it is now',
      ),
    )
    expect(await watchTable(place.url, 'users:id,email', 'auth.sessions:id')).toEqual(
      said(
        'The table users is watched as it should be: nothing to do',
        'The table auth.sessions was watched otherwise: brought it up to date',
      ),
    )
    const ears = await earsAt(place, {
      users: ['id', 'email'],
      'auth.sessions': ['id'],
      '"a.b"': ['an id'],
    })
    onTestFinished(() => ears.close())
    psql(
      place,
      `INSERT INTO users VALUES (1, 'Ann@here');
      BEGIN; DELETE FROM users; ROLLBACK;
      UPDATE users SET email = 'ann@there';
      INSERT INTO "a.b" VALUES (7);
      COPY auth.sessions FROM stdin;\n8\n\\.\n`,
    )
    await ears.heard()
    expect(ears.told).toEqual([
      {
        table: 'users',
        values: new Map([
          ['id', ['1']],
          ['email', ['Ann@here']],
        ]),
      },
      {
        table: 'users',
        values: new Map([
          ['id', ['1']],
          ['email', ['Ann@here', 'ann@there']],
        ]),
      },
      { table: 'a.b', values: new Map([['an id', ['7']]]) },
      { table: 'auth.sessions', values: new Map([['id', ['8']]]) },
    ])
  })

  test('--dry-run prints what psql can run, and changes nothing', async () => {
    const [place, other] = [await places.open(tables), await places.open(tables)]
    const args = ['users:id', '"a.b":"an id"']
    const { code, stdout } = await watchTable(place.url, ...args, '--dry-run')
    expect(code).toBe(0)
    expect(await triggers(place)).toEqual([])
    psql(other, stdout)
    expect(await watchTable(other.url, ...args, '--dry-run')).toEqual(
      said('-- users: nothing to do', '-- a.b: nothing to do'),
    )
    const away = await watchTable(other.url, '--remove', '--dry-run')
    expect(await triggers(other)).toHaveLength(8)
    psql(other, away.stdout)
    expect(await triggers(other)).toEqual([])
  })

  test('--remove takes away what is named, or all of a channel', async () => {
    const place = await places.open(tables)
    await watchTable(place.url, 'users', 'auth.sessions', '"a.b"')
    await watchTable(place.url, 'users', '--channel', 'other')
    expect(await watchTable(place.url, '--remove', 'auth.sessions', '"a.b"')).toMatchObject({
      stdout: expect.stringMatching(/^(The table (auth.sessions|a.b) is watched no more\n){2}$/),
    })
    expect(await triggers(place)).toHaveLength(8)
    expect(await watchTable(place.url, '--remove')).toEqual(
      said('The table users is watched no more'),
    )
    expect(await triggers(place)).toHaveLength(4)
    expect(await watchTable(place.url, '--remove')).toEqual(
      said('No table is watched: nothing to do'),
    )
  })

  test('--json prints tables, states and statements', async () => {
    const place = await places.open(tables)
    const parsed = async (...args: string[]) =>
      JSON.parse((await watchTable(place.url, ...args, '--json')).stdout)
    const [users] = await parsed('users')
    expect(Object.keys(users)).toEqual(['table', 'state', 'statements'])
    expect(await parsed('users')).toEqual([{ table: 'users', state: 'current', statements: [] }])
    const [gone] = await parsed('--remove')
    expect(gone).toMatchObject({ table: 'users', statements: expect.any(Array) })
    expect(await parsed('--remove')).toEqual([])
  })
})

describe('what cannot be done is told in a line', () => {
  const url = 'postgres://me:secret@nowhere.invalid/db'
  test.each([
    ['no URL', [], /Expected the URL of a database/],
    ['no table', [url], /Expected a table/],
    ['another database', ['mysql://me:secret@here/db', 'users'], /begin with postgres:/],
    ['no host', ['postgres:///', 'users'], /begin with postgres:/],
    ['columns that are none', [url, 'users:id,'], /Expected a table such as .* got users:id,/],
    ['a table twice', [url, 'users:id', 'users:email'], /Expected each table once/],
    ['a column twice', [url, 'users:id,ID'], /differ by more than case/],
    ['a channel that is too long', [url, 'users', '--channel', 'c'.repeat(64)], /at most 63 bytes/],
  ])('%s: exit code 2', async (_, args, message) => {
    const { code, stdout, stderr } = await watchTable(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('secret')
  })

  test('a view, and a server that is away: exit code 1', async () => {
    const place = await places.open('CREATE VIEW people AS SELECT 1 AS id')
    expect(await watchTable(place.url, 'people')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^hotset watch-table: Expected people .* is a view: .*\n$/),
    })
    const away = `postgres://me:secret@127.0.0.1:${await freePort()}/db`
    const { code, stderr } = await watchTable(away, 'users')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^hotset watch-table: The database failed: .*ECONNREFUSED.*\n$/)
    expect(stderr).not.toContain('secret')
  })
})
