import { type Kysely, sql } from 'kysely'
import type { Operation } from './shop.ts'

export interface Tables {
  users: { id: number; team: number; name: string }
  posts: { id: number; author: number; title: string; likes: number }
}

type Shop = Kysely<Tables>
type Work = (db: Shop, operation: Operation) => { execute(): Promise<unknown> }

/** Queries of all shapes whose answers depend on some rows. */
export const reads: readonly Work[] = [
  (db, { a }) => db.selectFrom('users').selectAll().where('id', '=', a),
  (db, { a }) => db.selectFrom('posts as p').select(['p.title']).where('p.id', '=', a),
  (db, { a, word }) =>
    db.selectFrom('users').selectAll().where('team', '=', a).where('name', '=', word),
  (db, { a, b }) => db.selectFrom('users').selectAll().where('id', 'in', [a, b]),
  (db, { a, b }) =>
    db
      .selectFrom('users')
      .selectAll()
      .where((is) => is.or([is('id', '=', a), is('team', '=', b)])),
  (db, { a }) =>
    db
      .selectFrom('users')
      .innerJoin('posts', 'posts.author', 'users.id')
      .select(['users.id', 'users.name', 'posts.title', 'posts.likes'])
      .where('users.id', '=', a),
  (db, { a, b }) =>
    db
      .selectFrom('users')
      .leftJoin('posts', (join) => join.onRef('author', '=', 'users.id').on('posts.id', '=', b))
      .select(['users.id', 'posts.title'])
      .where('users.team', '=', a),
  (db, { a }) =>
    db
      .selectFrom('posts')
      .select((the) => [the.fn.countAll().as('posts'), the.fn.sum('likes').as('likes')])
      .where('author', '=', a),
  (db, { a }) =>
    db
      .selectFrom('posts')
      .select((the) => ['author', the.fn.max('likes').as('most')])
      .groupBy('author')
      .having((the) => the.fn.countAll(), '>=', a),
  (db, { a }) =>
    db
      .selectFrom('users')
      .selectAll()
      .where('id', 'in', (of) => of.selectFrom('posts').select('author').where('likes', '>', a)),
  (db, { a, b }) =>
    db
      .selectFrom('users')
      .selectAll()
      .where('id', '=', a)
      .where((is) =>
        is.exists(
          is
            .selectFrom('posts')
            .select('id')
            .where('author', '=', b)
            .whereRef('author', '=', 'users.id'),
        ),
      ),
  (db, { a }) =>
    db
      .with('own', (of) => of.selectFrom('posts').selectAll().where('author', '=', a))
      .selectFrom('own')
      .innerJoin('users', 'users.id', 'own.author')
      .select(['own.title', 'users.name']),
  (db, { a }) => db.selectFrom('posts').selectAll().orderBy('likes').orderBy('id').limit(a),
  (db, { a, b }) =>
    db
      .selectFrom('users')
      .select('id')
      .where('id', '=', a)
      .union(db.selectFrom('posts').select('author as id').where('id', '=', b)),
  (db, { a }) =>
    db
      .selectFrom('users as one')
      .innerJoin('users as other', 'other.team', 'one.team')
      .select(['one.id as one', 'other.id as other'])
      .where('one.id', '=', a),
  (db, { a }) => ({
    execute: async () => (await sql`select * from users where id = ${a}`.execute(db)).rows,
  }),
]

/** Statements of all shapes that change some rows. */
export const writes: readonly Work[] = [
  (db, { a, b, word }) => db.insertInto('users').values({ id: a, team: b, name: word }),
  (db, { a, b, c, word }) =>
    db.insertInto('posts').values([
      { id: a, author: b, title: word, likes: c },
      { id: a + 5, author: c, title: word, likes: b },
    ]),
  (db, { a, b, word }) =>
    db
      .insertInto('users')
      .values({ id: a, team: b, name: word })
      .onConflict((on) => on.column('id').doUpdateSet({ team: b, name: word })),
  (db, { a, b, c, word }) =>
    db
      .insertInto('posts')
      .values({ id: a, author: b, title: word, likes: c })
      .onConflict((on) => on.doNothing())
      .returningAll(),
  (db, { a, b }) =>
    db
      .insertInto('users')
      .columns(['id', 'team', 'name'])
      .expression((from) =>
        from
          .selectFrom('users')
          .select((the) => [the('id', '+', a).as('id'), the.val(b).as('team'), 'name'])
          .where('id', '=', b),
      )
      .onConflict((on) => on.column('id').doNothing()),
  (db, { a, word }) => db.updateTable('users').set({ name: word }).where('id', '=', a),
  (db, { a, b }) => db.updateTable('users').set({ team: b }).where('team', '=', a),
  (db, { a, b }) => db.updateTable('users').set({ id: b }).where('id', '=', a),
  (db, { a, b }) =>
    db
      .updateTable('posts')
      .set((the) => ({ likes: the('likes', '+', b), author: b }))
      .where('id', 'in', [a, b]),
  (db, { a }) =>
    db
      .updateTable('posts')
      .set((the) => ({ author: the.selectFrom('users').select((of) => of.fn.max('id').as('id')) }))
      .where('id', '=', a)
      .where((is) => is.exists(is.selectFrom('users').select('id'))),
  (db, { a }) => db.deleteFrom('users').where('id', '=', a),
  (db, { a }) => db.deleteFrom('posts').where('likes', '<', a),
  (db, { a, b }) =>
    db.deleteFrom('posts').where((is) => is.or([is('id', '=', a), is('author', '=', b)])),
  (db, { a, word }) => ({
    execute: () => sql`update posts set title = ${word} where author = ${a}`.execute(db),
  }),
]

/** Those that only PostgreSQL knows. */
export const writesOfPostgres: readonly Work[] = [
  (db, { a, word }) =>
    db
      .with('renamed', (of) =>
        of.updateTable('users').set({ name: word }).where('id', '=', a).returning('id'),
      )
      .selectFrom('renamed')
      .selectAll(),
  (db, { a, b }) =>
    db
      .with('gone', (of) => of.deleteFrom('posts').where('author', '=', a).returning('likes'))
      .updateTable('users')
      .set({ team: b })
      .where('id', '=', a),
  (db, { a, word }) =>
    db
      .updateTable('posts')
      .from('users')
      .set({ title: word })
      .whereRef('users.id', '=', 'posts.author')
      .where('users.team', '=', a),
]
