import {
  type AnyColumn,
  aliasedTable,
  and,
  count,
  eq,
  exists,
  gt,
  gte,
  inArray,
  lt,
  max,
  or,
  type SQL,
  sql,
  sum,
  type Table,
} from 'drizzle-orm'
import type { Operation } from './shop.ts'

type Method =
  | 'all'
  | 'as'
  | 'columns'
  | 'delete'
  | 'execute'
  | 'from'
  | 'groupBy'
  | 'having'
  | 'innerJoin'
  | 'insert'
  | 'leftJoin'
  | 'limit'
  | 'onConflictDoNothing'
  | 'onConflictDoUpdate'
  | 'onDuplicateKeyUpdate'
  | 'orderBy'
  | 'prepare'
  | 'returning'
  | 'run'
  | 'select'
  | 'selectDistinct'
  | 'set'
  | 'sync'
  | 'transaction'
  | 'union'
  | 'update'
  | 'values'
  | 'where'
  | 'with'
  | '$count'
  | '$with'
  | '$withCache'

/** What the databases and builders of all dialects have in common, which their types hide. */
export type Fluent = PromiseLike<unknown> & {
  readonly [method in Method]: (...given: unknown[]) => Fluent
} & { readonly query: { readonly users: { findMany(query: object): Fluent } } }

export function fluent(database: object): Fluent {
  return database as Fluent
}

type Columns<Name extends string> = Table & Record<Name, AnyColumn>

/** The tables, as one of the dialects has them. */
export interface Tables {
  readonly users: Columns<'id' | 'team' | 'name'>
  readonly posts: Columns<'id' | 'author' | 'title' | 'likes'>
}

type Work = (db: Fluent, tables: Tables, operation: Operation) => Fluent

/** The columns of a part that has a name. */
function columnsOf(part: unknown): Record<string, AnyColumn> {
  return part as Record<string, AnyColumn>
}

/** A statement that no builder made. */
function raw(db: Fluent, statement: SQL, method: 'all' | 'run'): Fluent {
  return Reflect.has(db, 'execute') ? db.execute(statement) : db[method](statement)
}

const usersOf: Work = (db, { users }, { a }) => db.select().from(users).where(eq(users.id, a))

/** Queries of all shapes whose answers depend on some rows. */
export const reads: readonly Work[] = [
  usersOf,
  (db, { posts }, { a }) => db.select({ title: posts.title }).from(posts).where(eq(posts.id, a)),
  (db, { users }, { a, word }) =>
    db
      .select()
      .from(users)
      .where(and(eq(users.team, a), eq(users.name, word))),
  (db, { users }, { a, b }) =>
    db
      .select()
      .from(users)
      .where(inArray(users.id, [a, b])),
  (db, { users }, { a, b }) =>
    db
      .select()
      .from(users)
      .where(or(eq(users.id, a), eq(users.team, b))),
  (db, { users, posts }, { a }) =>
    db.select().from(users).innerJoin(posts, eq(posts.author, users.id)).where(eq(users.id, a)),
  (db, { users, posts }, { a, b }) =>
    db
      .select()
      .from(users)
      .leftJoin(posts, and(eq(posts.author, users.id), eq(posts.id, b)))
      .where(eq(users.team, a)),
  (db, { posts }, { a }) =>
    db
      .select({ posts: count(), likes: sum(posts.likes) })
      .from(posts)
      .where(eq(posts.author, a)),
  (db, { posts }, { a }) =>
    db
      .select({ author: posts.author, most: max(posts.likes) })
      .from(posts)
      .groupBy(posts.author)
      .having(gte(count(), a)),
  (db, { users, posts }, { a }) =>
    db
      .select()
      .from(users)
      .where(
        inArray(
          users.id,
          sql`${db.select({ id: posts.author }).from(posts).where(gt(posts.likes, a))}`,
        ),
      ),
  (db, { users, posts }, { a, b }) =>
    db
      .select()
      .from(users)
      .where(
        and(
          eq(users.id, a),
          exists(
            sql`${db
              .select({ id: posts.id })
              .from(posts)
              .where(and(eq(posts.author, users.id), eq(posts.likes, b)))}`,
          ),
        ),
      ),
  (db, { users, posts }, { a }) => {
    const own = db.$with('own').as(db.select().from(posts).where(eq(posts.author, a)))
    const { title, author } = columnsOf(own)
    return db
      .with(own)
      .select({ title, name: users.name })
      .from(own)
      .innerJoin(users, eq(users.id, author as AnyColumn))
  },
  (db, { posts }, { a }) => db.select().from(posts).orderBy(posts.likes, posts.id).limit(a),
  (db, { users, posts }, { a, b }) =>
    db
      .select({ id: users.id })
      .from(users)
      .where(eq(users.id, a))
      .union(db.select({ id: posts.author }).from(posts).where(eq(posts.id, b))),
  (db, { users }, { a }) => {
    const other = aliasedTable(users, 'other')
    return db
      .select({ one: users.id, other: other.id })
      .from(users)
      .innerJoin(other, eq(other.team, users.team))
      .where(eq(users.id, a))
  },
  (db, { users }, { a }) => db.$count(users, eq(users.team, a)),
  (db, { users }, { a }) =>
    db
      .select()
      .from(users)
      .where(eq(users.id, sql.placeholder('id')))
      .prepare('by_id')
      .execute({ id: a }),
  (db, { users }, { a }) =>
    db.selectDistinct({ team: users.team }).from(users).where(gt(users.id, a)),
  (db, { users }, { a }) => raw(db, sql`select * from ${users} where id = ${a}`, 'all'),
]

/** Queries of which no builder of Drizzle says what tables they are of. */
export const relational: readonly Work[] = [
  (db, { users }, { a }) =>
    db.query.users.findMany({ where: eq(users.id, a), with: { posts: true } }),
]

/** Statements of all shapes that change some rows. */
export const writes: readonly Work[] = [
  (db, { users }, { a, b, word }) => db.insert(users).values({ id: a, team: b, name: word }),
  (db, { posts }, { a, b, c, word }) =>
    db.insert(posts).values([
      { id: a, author: b, title: word, likes: c },
      { id: a + 5, author: c, title: word, likes: b },
    ]),
  (db, { users }, { a, b, word }) => {
    const insert = db.insert(users).values({ id: a, team: b, name: word })
    const set = { team: b, name: word }
    return Reflect.has(insert, 'onDuplicateKeyUpdate')
      ? insert.onDuplicateKeyUpdate({ set })
      : insert.onConflictDoUpdate({ target: users.id, set })
  },
  (db, { posts }, { a, b, c, word }) =>
    db
      .insert(posts)
      .values({ id: a, author: b, title: word, likes: c })
      .onConflictDoNothing()
      .returning(),
  (db, { users }, { a, b }) =>
    db.insert(users).select(
      db
        .select({ id: sql`id + ${a}`.as('id'), team: sql`${b}`.as('team'), name: users.name })
        .from(users)
        .where(eq(users.id, b)),
    ),
  (db, { users }, { a, word }) => db.update(users).set({ name: word }).where(eq(users.id, a)),
  (db, { users }, { a, b }) => db.update(users).set({ team: b }).where(eq(users.team, a)),
  (db, { users }, { a, b }) => db.update(users).set({ id: b }).where(eq(users.id, a)),
  (db, { posts }, { a, b }) =>
    db
      .update(posts)
      .set({ likes: sql`${posts.likes} + ${b}`, author: b })
      .where(inArray(posts.id, [a, b])),
  (db, { users, posts }, { a }) =>
    db
      .update(posts)
      .set({ author: sql`(${db.select({ id: max(users.id) }).from(users)})` })
      .where(eq(posts.id, a)),
  (db, { users }, { a }) => db.delete(users).where(eq(users.id, a)),
  (db, { posts }, { a }) => db.delete(posts).where(lt(posts.likes, a)),
  (db, { posts }, { a, b }) => db.delete(posts).where(or(eq(posts.id, a), eq(posts.author, b))),
  (db, { posts }, { a, word }) =>
    raw(db, sql`update ${posts} set title = ${word} where author = ${a}`, 'run'),
]

/** Those that only PostgreSQL knows. */
export const writesOfPostgres: readonly Work[] = [
  (db, { users }, { a, word }) => {
    const renamed = db
      .$with('renamed')
      .as(db.update(users).set({ name: word }).where(eq(users.id, a)).returning())
    return db.with(renamed).select().from(renamed)
  },
  (db, { users, posts }, { a, b }) => {
    const gone = db.$with('gone').as(db.delete(posts).where(eq(posts.author, a)).returning())
    return db.with(gone).update(users).set({ team: b }).where(eq(users.id, a))
  },
  (db, { users, posts }, { a, word }) =>
    db
      .update(posts)
      .set({ title: word })
      .from(users)
      .where(and(eq(users.id, posts.author), eq(users.team, a))),
]
