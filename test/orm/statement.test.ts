import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readStatements } from '../../src/orm/sql/statement.ts'

/** What a statement reads, `users(id)` with the columns whose values bind it; or what it writes. */
function told(sql: string): string {
  return readStatements(sql)
    .map((statement) => {
      if (statement.kind === 'read') {
        const columns = (table: string) =>
          statement.conditions.filter((other) => other.table === table).map(({ column }) => column)
        const tables = statement.tables.map((table) => table + listed(columns(table)))
        return [`reads ${tables.join(' ') || 'nothing'}`, statement.uncacheable]
          .filter(Boolean)
          .join(', ')
      }
      if (statement.kind === 'write') {
        const writes = statement.writes.map(({ table, values }) => {
          const known = [...values].filter(([, operands]) => operands !== undefined)
          return table + listed(known.map(([column]) => column))
        })
        return `writes ${writes.join(' ')}`
      }
      return 'name' in statement ? `${statement.kind} ${statement.name}` : statement.kind
    })
    .join('; ')
}

const listed = (columns: readonly string[]) => (columns.length === 0 ? '' : `(${columns.join()})`)

describe('what a statement reads', () => {
  test.each([
    ['select * from users where id = $1', 'reads users(id)'],
    [
      'SELECT "u"."id" FROM "Users" AS "u" WHERE ("u"."id" = $1 AND "u"."Team" = ANY ($2))',
      'reads users(id,team)',
    ],
    ['select * from auth.users where auth.users.id = 7', 'reads auth.users(id)'],
    [
      'select * from only users u, lateral (select * from posts where id = 1) p where u.id = 1',
      'reads users(id) posts',
    ],
    ['select * from users join posts using (id) where users.id = 1', 'reads users(id) posts'],
    ['select * from (users u join posts p on true) where u.id = 1', 'reads users posts'],
    ['select 1 from users where id = $1::int', 'reads users'],
    ['select * from users where id in ($1, $2) limit 3', 'reads users(id)'],
    ['select * from users where id in (select id from posts)', 'reads users posts'],
    ['select * from users where id = 1 or id = 2', 'reads users'],
    ['select * from users where id = 1 || id = 2', 'reads users'],
    ['select * from users where id between 1 and 2 and team = 3', 'reads users(team)'],
    ['select * from users where a between 1 and id = 3', 'reads users'],
    ['select * from users where not (id = 1)', 'reads users'],
    ['select * from users where (id) = (1)', 'reads users'],
    ['select * from users where id = 1 union all select * from users', 'reads users'],
    ['with recursive t as (select 1 from posts) select * from t where id = 1', 'reads posts t'],
    [
      'select id from users where id = 1 and team = 2 union select 2 from posts',
      'reads users posts',
    ],
    ['select * from users where id = 1 and offset = 2 or team = 3', 'reads users'],
    ['table users', 'reads users'],
    ['(select * from users)', 'reads users'],
    ['values (1)', 'reads nothing'],
    ["select * from users where name = 'from posts' -- from tags", 'reads users(name)'],
    ["select * from users where name = $tag$ it's $tag$ and id = 1", 'reads users(name,id)'],
    ["select * from users where data ? 'key' and id = $1", 'reads users(id)'],
    ['select * from users where data @> $1 and id = $2', 'reads users(id)'],
    ['select extract(year from born) from users', 'reads born users'],
    ['select * from generate_series(1, 3) g', 'reads nothing'],
    ['select * from users where id is not distinct from 1', 'reads users'],
    ['select * from users for update', 'reads users, it locks rows'],
    ['select * from users where id = 1 for no key update', 'reads users(id), it locks rows'],
    ['select * from users lock in share mode', 'reads users, it locks rows'],
    ['select * into copies from users', 'reads copies users, it locks rows'],
    [
      'select * from users /*! join posts on true */',
      'reads users, its text is ambiguous; reads users posts, its text is ambiguous',
    ],
    [
      `select * from users where name <> "\\"" and id in (select id from posts) and name <> "\\""`,
      'reads users, its text is ambiguous; reads users posts, its text is ambiguous',
    ],
    [
      `select * from users # don't\n, posts where name <> '#'`,
      'reads users, its text is ambiguous; reads users posts, its text is ambiguous',
    ],
    ["select * from users where name = '# -- /*! 1--1' and id = 1", 'reads users(name,id)'],
    ["select * from users where data #>> '{a}' = $1 and id = 1--1", 'reads users(id)'],
    ['select * from users -----\nwhere id = 1', 'reads users(id)'],
    [
      'select 4--1 from users',
      'reads nothing, its text is ambiguous; reads users, its text is ambiguous',
    ],
    ['select * from ?? where ?? = ?', 'reads ??0(??1), its text is ambiguous'],
    [
      'select * from [users] join [Posts] as p on [p].[id] = 1 where [users].[id] = 2',
      'reads users(id) posts',
    ],
    [
      'select * from tags, [users] where array[1, 2] = a [1] and b[users] = any (array[[posts]])',
      'reads tags users',
    ],
    [
      `select * from 'users' u join 'main'.'posts' on true where u.id = 1`,
      'reads users(id) main.posts',
    ],
    [`select trim(both 'x' from '${'y'.repeat(200)}') from users`, 'reads users'],
    ['with x as (table users) select * from x', 'reads users x'],
    ['select * from posts where id in (table only users)', 'reads posts users'],
    ['select 1 from posts union table users order by 1', 'reads posts users'],
    ['select u.name from posts p join posts q on p.id = q.offset, users u', 'reads posts users'],
    ['select p.from, posts.* from posts p, users', 'reads posts users'],
    ['select * from { OJ users left outer join posts on true }', 'reads users posts'],
    ['select * from users where id = ?5 and team = ?', 'reads users(id,team)'],
    ['select * from users where id = :id and team = ?', 'reads users'],
    [
      "select * from users where name = 'it\\'s' or id = 1",
      'reads users, its text is ambiguous; reads users, its text is ambiguous',
    ],
    ["select * from users where name = 'c:\\dir' and id = 1", 'reads users(id)'],
  ])('%s', (sql, expected) => {
    expect(told(sql)).toBe(expected)
  })
})

test.each<readonly [string, boolean]>([
  ['select * from users where id = 1', false],
  ['select id, (select count(*) from posts) from users where id = 1 order by 1', false],
  ['select count(*) from users where id = 1', true],
  ["select 'any' from users where id = 1 having true", true],
  ...['union', 'union all', 'except', 'intersect'].map(
    (word) =>
      [`select id from posts ${word} select id from users where users.id = 1`, true] as const,
  ),
])('%s may answer rows although no row meets the conditions: %s', (sql, may) => {
  expect(readStatements(sql)).toMatchObject([{ mayAnswerAnyway: may }])
})

describe('what a statement writes', () => {
  test.each([
    [
      'insert into users (id, name) values ($1, $2), ($3, lower($4)) returning *',
      'writes users(id)',
    ],
    ['insert into users values (1)', 'writes users'],
    ['insert into users (id, name) values (null, default)', 'writes users(id)'],
    ['insert into users default values', 'writes users'],
    ['insert into users (id) select id from posts', 'writes users'],
    [
      'insert into users (id, name) values (1, 2) on conflict (id) do update set name = 3',
      'writes users(id)',
    ],
    [
      'insert into users (id, name) values (1, 2) on conflict (name) do update set id = 3',
      'writes users(name)',
    ],
    [
      'insert into users (id) values (1) on conflict on constraint users_pkey do update set id = 2',
      'writes users',
    ],
    ['insert into users (id) values (1) on conflict do nothing', 'writes users(id)'],
    ['insert into users (id) values (1) on duplicate key update name = 2', 'writes users'],
    ['insert ignore into users (id) values (1)', 'writes users(id)'],
    ['insert users (id) values (1)', 'writes users id values'],
    ['replace into users (id) values (1)', 'writes users'],
    ['insert or replace into users (id, team) values (1, 2)', 'writes users'],
    ['insert or ignore into users (id, team) values (1, 2)', 'writes users(id,team)'],
    ['update users set name = $1 where id = $2', 'writes users(id)'],
    [
      'update "users" set "team" = $1, "id" = $2 where "users"."id" = $3 and "users"."team" = $4',
      'writes users(id,team)',
    ],
    ['update users set id = id + 1 where id = 3', 'writes users'],
    [`update users set name = u.limit, id = id + 1 where id = 3`, 'writes users'],
    [`update users set name = "from", id = 7 where id = 3`, 'writes users(id)'],
    [
      'update only users as u set name = 1 from posts p where p.id = u.id and u.id = 4',
      'writes users(id)',
    ],
    [
      'update users u join posts p on p.id = u.id set u.name = 1 where u.id = 1',
      'writes users posts',
    ],
    ['update or replace users set id = 1 where id = 2', 'writes users'],
    ['update low_priority ignore users set id = 1 where id = 2', 'writes users(id)'],
    ['update ignore set name = 1', 'writes ignore'],
    ['update only set name = 1', 'writes only'],
    ['update [users] set [id] = 3 where [id] = 1', 'writes users(id)'],
    ['update or ignore [users] set id = 3', 'writes users'],
    [`update 'users' set id = 3 where id = 1`, 'writes users(id)'],
    [`delete from 'users' where id = 1`, 'writes users'],
    [`drop table 'Users'`, 'writes table users'],
    ['update users set rowid = 7 where id = 1', 'writes users'],
    ['update users set users.oid = 7 where id = 1', 'writes users'],
    ["update users set name = 'a\\nb' where id = 1", 'writes users(id)'],
    ["update users set name = 1 where name = 'it\\'s'", 'writes users; writes users'],
    ['update ?? set name = 1 where id = ?', 'writes ??0'],
    ['/*! update users set id = 1 */', 'writes users'],
    ['/*M!100500 update users set id = 1 */ -- ', 'writes users'],
    ['delete from users where id = 1 and team = 2', 'writes users(id,team)'],
    ['delete from users using posts where posts.id = users.id', 'writes users'],
    ['delete u, p from users u join posts p on p.id = u.id', 'writes users posts'],
    ['delete from users u where u.id = 1', 'writes users(id)'],
    ['delete from only users as u using posts where u.id = 1', 'writes users(id)'],
    [
      'delete from `users`, `posts` using `users` join `posts` on posts.id = users.id',
      'writes users posts',
    ],
    ['delete from u using users as u join posts p on p.id = u.id', 'writes u users posts'],
    ['delete users.*, p.* from users join posts p on p.id = users.id', 'writes users posts'],
    ['with c as (select 1) delete u from users u join c on true', 'writes users c'],
    [
      'with gone as (delete from users returning id) insert into log (id) select id from gone',
      'writes users log',
    ],
    ['with x as (select 1) update users set name = 2 where id = 1', 'writes users'],
    [
      'merge into users using posts on users.id = posts.id when matched then update set name = 1',
      'writes users',
    ],
    ['if exists (select 1) then update users set name = 1', 'writes users'],
    ['for i in 1..3 do delete p from posts p join users u on u.id = p.id', 'writes posts users'],
    [
      'begin not atomic update users set id = 1; end; commit',
      'writes not atomic update users set id end; commit',
    ],
    [
      'set statement max_statement_time = 1 for update users set name = 2 where id = 1',
      'writes users(id)',
    ],
    ['set statement max_statement_time = 1 for select * from users', 'reads users'],
    [
      `create trigger t after insert on posts begin select case when 1 then 2 end; end; rollback`,
      'writes trigger t after insert on posts begin select case when then end; rollback',
    ],
    [
      'begin; create trigger t after insert on posts for each row begin if 1 then call a(); end if; end; update users set id = 1; end',
      'begin; writes trigger t after insert on posts for each row begin if then call a end; writes users; commit',
    ],
    [
      'create table slots (event int, begin int); commit',
      'writes table slots event int begin; commit',
    ],
    ['analyze delete u from users u join posts p', 'writes users posts'],
    ['lock tables users write', 'writes '],
    ['truncate table users, posts', 'writes table users posts'],
    ['alter table users add column age int', 'writes table users add column age int'],
    ['refresh materialized view totals', 'writes materialized view totals'],
    ['explain analyze delete from users', 'writes users'],
    ['begin; update users set name = 1 where id = 1; commit', 'begin; writes users(id); commit'],
  ])('%s', (sql, expected) => {
    expect(told(sql)).toBe(expected)
  })
})

describe('what a statement does to the transaction', () => {
  test.each([
    ['BEGIN IMMEDIATE', 'begin'],
    ['start transaction isolation level serializable', 'begin'],
    ['commit', 'commit'],
    ['END TRANSACTION', 'commit'],
    ['end if', 'other'],
    ['COMMIT WORK AND CHAIN', 'commit; begin'],
    ['rollback and chain; rollback and no chain', 'rollback; begin; rollback'],
    [`xa start 'a'; xa end 'a'; xa prepare 'a'; xa commit 'a'`, 'begin; other; other; commit'],
    [`xa begin 'a'; xa rollback 'a'`, 'begin; rollback'],
    [`prepare transaction 'a'`, 'commit'],
    ['set autocommit = 0', 'autocommit'],
    ['set @@SESSION.autocommit := off', 'autocommit'],
    ['set @autocommit = 0', 'other'],
    ['set sql_mode = 1, @@autocommit = 0', 'autocommit'],
    ['set global autocommit = 0; set @@global.autocommit = 0', 'other; other'],
    ['ROLLBACK', 'rollback'],
    ['rollback to savepoint "Sp1"', 'rollback to sp1'],
    ['SAVEPOINT sp1;', 'savepoint sp1'],
    ['release savepoint sp1', 'release sp1'],
    ['set search_path to x', 'other'],
    ['call tidy_up()', 'other'],
    ['show tables', 'other'],
  ])('%s', (sql, expected) => {
    expect(told(sql)).toBe(expected)
  })
})

describe('whether an answer may change although no table does', () => {
  const isVolatile = (sql: string) =>
    readStatements(sql).some((one) => 'isVolatile' in one && one.isVolatile)
  test.each([
    'current_time(6)',
    '"pg_catalog"."now"()',
    'pg_catalog.now()',
    'current_role',
    'current_schema',
    `current_setting('app.tenant')`,
    `"current_setting"('app.tenant')`,
    '@counter',
    '@@session.sql_mode',
    'CURRENT_DATE()',
    'current_user()',
    'unix_timestamp()',
    'age(born)',
    'localtime()',
    'utc_date()',
    'utc_date',
    'utc_time()',
    'utc_timestamp',
    'connection_id()',
    'pg_backend_pid()',
    'uuid_short()',
    'found_rows()',
    'database()',
    'current_schemas(true)',
    `'today'::date`,
    'next value for ids',
  ])('%s', (value) => {
    expect(isVolatile(`select ${value} as it from users`)).toBe(true)
    expect(isVolatile(`select id from users where it = ${value}`)).toBe(true)
  })

  test('a sample does, a column of such a name does not', () => {
    expect(isVolatile('select * from users tablesample system (50)')).toBe(true)
    expect(isVolatile('select users.user, "current_role", age, date from users')).toBe(false)
  })
})

test('any text is read, and in the time that its length takes', () => {
  const piece = fc.constantFrom(
    ...`select from where update insert into set delete values ( ) , ; ' " \` $ $$ $1 ? ?? :a @b /* /*! */ -- # [ ] { \\ low_priority ignore table begin trigger and or = in any 1 1e x . between case end with as on conflict do`.split(
      ' ',
    ),
    '\n',
    'é',
    '\ud800',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      expect(Array.isArray(readStatements(pieces.join(' ')))).toBe(true)
      expect(Array.isArray(readStatements(pieces.join('')))).toBe(true)
    }),
    { numRuns: 2000 },
  )
  for (const piece of [
    "'",
    "''",
    '"a"',
    '((',
    '/*',
    '$a$',
    'a,',
    'select from ',
    'and ',
    '[',
    '],[',
    '{ ',
    '/*!',
    '#',
    'update ignore ',
    'begin not ',
    'delete a from ',
  ]) {
    expect(
      readStatements(`select * from users where ${piece.repeat(20_000)}`).length,
    ).toBeGreaterThan(0)
  }
})
