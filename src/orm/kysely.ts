import type { Duration } from '../contracts/duration.ts'
import { expectFunction } from '../kernel/expect.ts'
import { cachedDriver } from './kysely/cached-driver.ts'
import { markedNode } from './kysely/marked-node.ts'
import type { KyselyDriver } from './kysely/slices.ts'
import { QueryCache, type QueryCacheOptions, type QueryCaching } from './query-cache.ts'

export type {
  KyselyConnection,
  KyselyDriver,
  KyselyQuery,
  KyselyResult,
} from './kysely/slices.ts'
export type { QueryCacheOptions, QueryCaching } from './query-cache.ts'

/** The slice of a dialect of Kysely that is needed. */
export interface KyselyDialect<Compiler, Adapter, Database, Introspector> {
  createDriver(): KyselyDriver
  createQueryCompiler(): Compiler
  createAdapter(): Adapter
  createIntrospector(database: Database): Introspector
}

/**
 * A dialect whose queries are answered from the cache where they may be, without a connection, and
 * whose writes invalidate what they change: after the commit, before `execute` resolves. Throws a
 * `ConfigError` for options that are not as they say.
 */
export function cachedDialect<Compiler, Adapter, Database, Introspector>(
  dialect: KyselyDialect<Compiler, Adapter, Database, Introspector>,
  options: QueryCacheOptions,
): KyselyDialect<Compiler, Adapter, Database, Introspector> {
  expectFunction('dialect.createDriver', dialect?.createDriver)
  const queries = new QueryCache(options)
  return {
    createDriver: () => cachedDriver(dialect.createDriver(), queries, options.changes),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (database) => dialect.createIntrospector(database),
  }
}

/** The slice of a plugin of Kysely that it is. */
export interface CacheQueriesPlugin {
  transformQuery<Node extends object>(arguments_: { readonly node: Node }): Node
  transformResult<Result>(arguments_: { readonly result: Result }): Promise<Result>
}

/**
 * A plugin by which queries ask to be cached, for so long: `db.withPlugin(cacheQueries('1m'))`, or one
 * query. With `false` they ask for the opposite. It must be the last plugin, as those after it may put
 * another query in the place of the one that asked, which is then not cached.
 */
export function cacheQueries(
  caching: QueryCaching | Duration | boolean = true,
): CacheQueriesPlugin {
  const own =
    typeof caching === 'string' || typeof caching === 'number' ? { ttl: caching } : caching
  return {
    transformQuery: ({ node }) => markedNode(node, own),
    transformResult: async ({ result }) => result,
  }
}
