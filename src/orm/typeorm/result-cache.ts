import type { Cache } from '../../contracts/cache.ts'
import { expectOptions } from '../../kernel/expect.ts'
import { sha256 } from '../../kernel/sha256.ts'
import type { DatabaseChanges } from '../database-changes.ts'
import { readTags } from '../read-tags.ts'
import { type Read, readStatements } from '../sql/statement.ts'

/** Where TypeORM keeps results, and who tells when they are no longer true. */
export interface TypeormCacheOptions {
  /** Where results are kept. */
  readonly cache: Cache
  /** Where changes are told; of the same cache. */
  readonly changes: DatabaseChanges
}

/** A result as TypeORM hands it to a cache, and takes it from there. */
export interface TypeormResult {
  identifier?: string
  /** In milliseconds. */
  duration: number
  /** The statement, with its parameters in JSON behind it. */
  query?: string
  /** The rows, in JSON. */
  result?: unknown
}

/** The slice of a `QueryRunner` that is needed. */
export interface TypeormQueryRunner {
  readonly isTransactionActive: boolean
}

/** TypeORM's `QueryResultCache`. */
export interface TypeormResultCache {
  connect(): Promise<void>
  disconnect(): Promise<void>
  synchronize(): Promise<void>
  getFromCache(
    asked: TypeormResult,
    queryRunner?: TypeormQueryRunner,
  ): Promise<TypeormResult | undefined>
  storeInCache(
    loaded: TypeormResult,
    saved: TypeormResult | undefined,
    queryRunner?: TypeormQueryRunner,
  ): Promise<void>
  isExpired(saved: TypeormResult): boolean
  clear(): Promise<void>
  remove(identifiers: string[]): Promise<void>
}

/** What is answered where there is no result: it comes back along with the one from the database. */
interface Awaited extends TypeormResult {
  /** The key of an entry with the tags of the result, from before it was asked for. */
  readonly watch: string
}

interface Query {
  readonly read: Read
  readonly parameters: readonly unknown[]
}

const known: ReadonlySet<string> = new Set(['cache', 'changes'])
const longestKey = 200
const marker = ' -- PARAMETERS: '
/** A result that takes longer is not kept. */
const patience = '10m'

/**
 * For `cache.provider` of a data source: results of queries with `.cache(…)`, kept until what they
 * depend on changes, or their time is over. In a transaction the database answers.
 */
export function typeormCache(options: TypeormCacheOptions): () => TypeormResultCache {
  expectOptions('typeormCache', options, known)
  return () => new ResultCache(options)
}

class ResultCache implements TypeormResultCache {
  readonly #cache: Cache
  readonly #changes: DatabaseChanges

  constructor({ cache, changes }: TypeormCacheOptions) {
    // The same statement asks two databases for two results.
    this.#cache = cache.namespace('typeorm').namespace(changes.tags.database)
    this.#changes = changes
  }

  async connect(): Promise<void> {}

  async disconnect(): Promise<void> {}

  async synchronize(): Promise<void> {}

  async getFromCache(
    asked: TypeormResult,
    queryRunner?: TypeormQueryRunner,
  ): Promise<TypeormResult | undefined> {
    const query = queryOf(asked)
    if (query === undefined || queryRunner?.isTransactionActive) return undefined
    const result = await this.#cache.get<string>(keyOf(asked))
    if (result !== undefined) return { ...asked, result }
    const watch = `watch:${crypto.randomUUID()}`
    await this.#cache.set(watch, true, { ttl: patience, tags: this.#tagsOf(query, true) })
    const awaited: Awaited = { ...asked, watch }
    return awaited
  }

  isExpired({ result }: TypeormResult): boolean {
    return result === undefined
  }

  async storeInCache(
    loaded: TypeormResult,
    saved: TypeormResult | undefined,
    queryRunner?: TypeormQueryRunner,
  ): Promise<void> {
    const query = queryOf(loaded)
    if (query === undefined || saved === undefined || queryRunner?.isTransactionActive) return
    const { watch } = saved as Awaited
    await this.#cache.getOrSet(
      keyOf(loaded),
      async (context) => {
        // A change since the query took the watch away; one from now on takes away what is kept.
        if (!(await this.#cache.has(watch))) context.skip()
        return loaded.result
      },
      {
        ttl: loaded.duration,
        tags: this.#tagsOf(query, loaded.result === '[]'),
        followed: false,
      },
    )
    await this.#cache.delete(watch)
  }

  clear(): Promise<void> {
    return this.#cache.clear()
  }

  async remove(identifiers: string[]): Promise<void> {
    await this.#cache.deleteMany(identifiers.map((identifier) => keyOf({ identifier })))
  }

  #tagsOf({ read, parameters }: Query, empty: boolean): string[] {
    return readTags(this.#changes.tags, read, parameters, empty)
  }
}

function keyOf({ identifier, query }: Partial<TypeormResult>): string {
  const key = identifier ? `id:${identifier}` : `query:${query}`
  return key.length > longestKey ? sha256(key) : key
}

/** Undefined for what is not to be kept. */
function queryOf({ query = '' }: TypeormResult): Query | undefined {
  const at = query.indexOf(marker)
  const [read, another] = readStatements(query.slice(0, at))
  if (at < 0 || read?.kind !== 'read' || another || read.uncacheable) return undefined
  try {
    const parameters: unknown = JSON.parse(query.slice(at + marker.length))
    return Array.isArray(parameters) ? { read, parameters } : undefined
  } catch {
    return undefined
  }
}
