import fc from 'fast-check'

/** A statement and its parameters. */
export interface Sql {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** A piece of a statement: text, and what its question marks stand for. */
type Piece = Sql

const columns = {
  users: ['id', 'team', 'name'],
  posts: ['id', 'author', 'title'],
} as const
type Table = keyof typeof columns

export const tables = `
  CREATE TABLE users (id INTEGER PRIMARY KEY, team INTEGER, name TEXT DEFAULT 'new');
  CREATE TABLE posts (
    id INTEGER PRIMARY KEY,
    author INTEGER REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
    title TEXT
  );`

const text = (sql: string, ...parameters: unknown[]): Piece => ({ sql, parameters })

/** Pieces one after the other: `${piece}` stands for all of a piece. */
function join(parts: readonly (string | Piece)[], between = ' '): Piece {
  const pieces = parts.map((part) => (typeof part === 'string' ? text(part) : part))
  return {
    sql: pieces.map(({ sql }) => sql).join(between),
    parameters: pieces.flatMap(({ parameters }) => parameters),
  }
}

const number = fc.integer({ min: 1, max: 4 })
const word = fc.constantFrom('a', 'b', "it's", '2', 'or', 'A')

/** A value as a parameter, or written out, as a number or as the text of one. */
const value = (column: string): fc.Arbitrary<Piece> =>
  column === 'name' || column === 'title'
    ? fc.oneof(
        word.map((it) => text('?', it)),
        word.map((it) => text(`'${it.replaceAll("'", "''")}'`)),
      )
    : fc.oneof(
        number.map((it) => text('?', it)),
        number.map((it) => text(`${it}`)),
        number.map((it) => text(`'${it}'`)),
      )

const noise = fc.constantFrom('', '', '', '/* or */', '-- where 1 = 2 or\n', '\n')

function named(column: string, qualifier: string | undefined): fc.Arbitrary<string> {
  const quoted = [`"${column}"`, `\`${column}\``, `[${column}]`]
  const name = fc.constantFrom(column, column.toUpperCase(), ...quoted)
  return name.map((it) => (qualifier === undefined ? it : `${qualifier}.${it}`))
}

interface Scope {
  readonly table: Table
  readonly qualifier: string | undefined
}

function condition(scopes: readonly Scope[], depth = 2): fc.Arbitrary<Piece> {
  const leaf = fc.constantFrom(...scopes).chain(({ table, qualifier }) =>
    fc.constantFrom(...columns[table]).chain((column) =>
      fc
        .record({
          name: named(column, qualifier),
          one: value(column),
          two: value(column),
          noise,
          form: fc.constantFrom(
            '=',
            '=',
            '=',
            'turned',
            'in',
            'in',
            '<>',
            '>',
            'between',
            'null',
            '||',
            'case',
            'not',
            'sub',
          ),
        })
        .map(({ name, one, two, noise: between, form }) => {
          if (form === 'turned') return join([one, '=', name])
          if (form === 'in') return join([name, 'in (', one, ',', two, ')'])
          if (form === 'between') return join([name, 'between', one, 'and', two])
          if (form === 'null') return join([name, 'is null'])
          if (form === '||') return join([name, "||''", '=', one])
          if (form === 'not') return join(['not', name, '=', one])
          if (form === 'case')
            return join(['case when', name, '=', one, 'and 1=1 then 1 else 0 end = 1'])
          if (form === 'sub') return join([name, 'in (select id from users where team =', two, ')'])
          return join([name, between, form, one])
        }),
    ),
  )
  if (depth === 0) return leaf
  const inner = condition(scopes, depth - 1)
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 3, arbitrary: fc.tuple(inner, inner).map(([one, two]) => join([one, 'AND', two])) },
    { weight: 1, arbitrary: fc.tuple(inner, inner).map(([one, two]) => join([one, 'or', two])) },
    { weight: 2, arbitrary: inner.map((it) => join(['(', it, ')'])) },
    { weight: 1, arbitrary: inner.map((it) => join(['not (', it, ')'])) },
  )
}

const where = (...scopes: Scope[]) =>
  fc
    .option(condition(scopes), { nil: undefined })
    .map((it) => (it ? join(['where', it]) : text('')))

const bare = (table: Table): Scope => ({ table, qualifier: undefined })
const known = (table: Table, qualifier: string): Scope => ({ table, qualifier })

const oneTable = fc.constantFrom<Table>('users', 'posts').chain((table) =>
  fc.oneof(
    where(bare(table)).map((it) => join([`SELECT * FROM ${table}`, it, 'order by id'])),
    where(known(table, 't')).map((it) =>
      join([`select t.* from [${table}] as t`, it, 'order by t.id']),
    ),
    where(known(table, table)).map((it) => join([`select count(*) as n from main.'${table}'`, it])),
    where(bare(table)).map((it) =>
      join([`select * from (select * from ${table}`, it, ') as x order by id limit 2']),
    ),
    where(bare(table)).map((it) =>
      join([`with it as (select * from ${table}`, it, `) select * from it order by id`]),
    ),
  ),
)

const twoTables = fc.oneof(
  where(known('users', 'u'), known('posts', 'p')).map((it) =>
    join([
      'select u.id as u, p.id as p from users u left join posts p on p.author = u.id',
      it,
      'order by u.id, p.id',
    ]),
  ),
  where(known('users', 'u'), known('posts', 'posts')).map((it) =>
    join(['select u.id as u, posts.id as p from users as u, posts', it, 'order by u.id, posts.id']),
  ),
  where(known('users', 'a'), known('users', 'b')).map((it) =>
    join([
      'select a.id as a, b.id as b from users a join users b using (team)',
      it,
      'order by a.id, b.id',
    ]),
  ),
  where(bare('users')).map((it) =>
    join([
      'select *, (select count(*) from posts p where p.author = users.id) as n from users',
      it,
      'order by id',
    ]),
  ),
  where(bare('users')).map((it) =>
    join(['select *, (select max(id) from users) as top from users', it, 'order by id']),
  ),
)

/** One of them may have rows where the other has none. */
const combined = fc
  .tuple(fc.constantFrom<Table>('users', 'posts'), fc.constantFrom<Table>('users', 'posts'))
  .chain(([table, other]) =>
    fc
      .record({
        word: fc.constantFrom('union', 'union all', 'except', 'intersect'),
        one: fc.oneof(fc.constant(text('')), where(known(table, table))),
        two: fc.oneof(
          value('id').map((id) => join(['where o.id =', id])),
          where(known(other, 'o')),
        ),
      })
      .map(({ word, one, two }) =>
        join([
          `select ${table}.id from ${table}`,
          one,
          `${word} select o.id from ${other} o`,
          two,
          'order by 1',
        ]),
      ),
  )

export const someRead: fc.Arbitrary<Sql> = fc.oneof(oneTable, twoTables, combined)

const row = fc.record({ id: value('id'), team: value('team'), name: value('name') })
const returning = fc.constantFrom('', '', 'returning id')

/** Some fail: of a key that is there already. */
export const someWrite: fc.Arbitrary<Sql> = fc.oneof(
  fc
    .tuple(row, fc.constantFrom('', 'or ignore', 'or replace', 'or abort'), returning)
    .map(([{ id, team, name }, or, end]) =>
      join([
        'insert',
        or,
        'into users (id, team, name) values (',
        join([id, team, name], ', '),
        ')',
        end,
      ]),
    ),
  fc
    .tuple(row, fc.constantFrom('null', '?'))
    .map(([{ team }, id]) =>
      join([
        'insert into users (id, team) values (',
        id === '?' ? text('?', null) : id,
        ',',
        team,
        ')',
      ]),
    ),
  row.map(({ team }) => join(['INSERT INTO users ("team") VALUES (', team, ')'])),
  fc
    .tuple(row, row)
    .map(([one, two]) =>
      join([
        'insert into users (team, name) values (',
        join([one.team, one.name], ', '),
        '), (',
        join([two.team, text('lower(?)', 'B')], ', '),
        ')',
      ]),
    ),
  fc
    .tuple(
      row,
      fc.constantFrom('name = excluded.name', 'team = 3', 'id = users.id', 'id = 4, team = 1'),
      fc.boolean(),
    )
    .map(([{ id, team, name }, set, nothing]) =>
      join([
        'insert into users (id, team, name) values (',
        join([id, team, name], ', '),
        ') on conflict (id) do',
        nothing ? 'nothing' : `update set ${set}`,
      ]),
    ),
  row.map(({ id, team }) =>
    join(['replace into users (id, team) values (', join([id, team], ', '), ')']),
  ),
  fc
    .constantFrom('', 'where team = 1')
    .map((it) => text(`insert into posts (author, title) select id, name from users ${it}`)),
  fc
    .tuple(value('author'), value('title'))
    .map((cells) => join(['insert into posts (author, title) values (', join(cells, ', '), ')'])),
  fc
    .tuple(fc.constantFrom('team', 'name', 'id'), fc.boolean(), where(bare('users')))
    .chain(([column, plus, it]) =>
      value(column).map((set) =>
        join(['update users set', column, '=', plus ? join([column, '+ 1']) : set, it]),
      ),
    ),
  fc
    .tuple(value('team'), where(known('users', 'u')))
    .map(([team, it]) => join(['update [users] as u set [team] =', team, ", name = 'c'", it])),
  where(bare('users')).map((it) => join([`update 'users' set (team, name) = (2, name)`, it])),
  where(known('posts', 'posts')).map((it) =>
    join([
      'update posts set title = u.name from users u where u.id = posts.author and posts.id in (select id from posts',
      it,
      ')',
    ]),
  ),
  fc
    .tuple(fc.constantFrom<Table>('users', 'posts'), returning)
    .chain(([table, end]) =>
      where(bare(table)).map((it) => join([`delete from ${table}`, it, end])),
    ),
  where(bare('users')).map((it) =>
    join([
      'with gone as (select id from users',
      it,
      ') delete from posts where author in (select id from gone)',
    ]),
  ),
)
