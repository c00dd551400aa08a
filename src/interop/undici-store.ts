import { Writable } from 'node:stream'
import type { Cache } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import { expectInteger, expectOptions } from '../kernel/expect.ts'
import { Serial } from '../kernel/serial.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { entryKey } from './entry-key.ts'
import { exactLife } from './exact-life.ts'

/** A request, as undici's `interceptors.cache` looks for it. Field names are in lower case. */
export interface UndiciCacheKey {
  readonly origin: string
  readonly method: string
  readonly path: string
  readonly headers?: Fields
}

type Fields = Record<string, string | string[]>

/** A response without its body. Instants are epoch milliseconds. */
export interface UndiciCacheValue {
  statusCode: number
  statusMessage: string
  headers: Fields
  /** What the request had in the fields that the response varies on; `null` where it had none. */
  vary?: Record<string, string | string[] | null>
  etag?: string
  cacheControlDirectives?: object
  cachedAt: number
  staleAt: number
  deleteAt: number
}

/** A response as undici takes it from a store. */
export interface UndiciCached extends UndiciCacheValue {
  cacheControlDirectives: object
  body: Buffer
}

/** The `CacheStore` of undici 7 and later. */
export interface UndiciStore {
  /** The newest response that was stored for such a request. */
  get(key: UndiciCacheKey): Promise<UndiciCached | undefined>
  /** Takes the body. What is deleted before it has ended is not stored. */
  createWriteStream(key: UndiciCacheKey, value: UndiciCacheValue): Writable
  /** Every response of the URL is gone, whatever its method and variant. */
  delete(key: Pick<UndiciCacheKey, 'origin' | 'path'>): Promise<void>
}

/** Where responses are kept, and how large they may be. */
export interface UndiciStoreOptions {
  /** Where responses are kept: in the namespace `undici` of it. */
  readonly cache: Cache
  /** Longest body that is kept, in bytes. @default 5 MiB */
  readonly maxEntrySize?: number | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set<keyof UndiciStoreOptions>([
  'cache',
  'maxEntrySize',
  'clock',
])
const defaultEntrySize = 5 * 2 ** 20
/** Most lists of fields by which the responses of one URL are told apart. */
const mostLists = 8

/**
 * A store for undici's `interceptors.cache`, for all agents and processes that share the cache. Throws
 * a `ConfigError` for options that make no sense. (`hotset/http-client` has an interceptor that follows
 * RFC 9111 itself.)
 */
export function undiciStore(options: UndiciStoreOptions): UndiciStore {
  expectOptions('undiciStore', options, known)
  const { cache, maxEntrySize = defaultEntrySize, clock = systemClock } = options
  expectInteger('maxEntrySize', maxEntrySize, 1, Number.MAX_SAFE_INTEGER)
  return new Responses(cache.namespace('undici'), maxEntrySize, clock)
}

/**
 * Under a URL and a method there are the lists of fields that its responses vary on; under these fields
 * with the values of a request, a response. So variants are found without a list of them, which many
 * processes would have to change at once.
 */
class Responses implements UndiciStore {
  readonly #cache: Cache
  readonly #maxEntrySize: number
  readonly #clock: Clock
  readonly #lists = new Serial()
  /** Under way: undici does not wait for them, but nobody here may be answered what they remove. */
  readonly #deletions = new Map<string, Promise<void>>()

  constructor(cache: Cache, maxEntrySize: number, clock: Clock) {
    this.#cache = cache
    this.#maxEntrySize = maxEntrySize
    this.#clock = clock
  }

  async get(key: UndiciCacheKey): Promise<UndiciCached | undefined> {
    await this.#deletions.get(tagOf(key))
    const lists = await this.#cache.get<string[][]>(listsKey(key))
    if (lists === undefined) return undefined
    const keys = lists.map((names) => variantKey(key, names, key.headers ?? {}))
    const found = [...(await this.#cache.getMany<UndiciCached>(keys)).values()]
    const newest = found.sort((a, b) => b.cachedAt - a.cachedAt)[0]
    // A copy: whoever reads a body may change it.
    return newest && { ...newest, body: Buffer.from(newest.body) }
  }

  createWriteStream(key: UndiciCacheKey, value: UndiciCacheValue): Writable {
    const parts: Buffer[] = []
    let left = this.#maxEntrySize
    let end: (body: Buffer | undefined) => void = () => {}
    const body = new Promise<Buffer | undefined>((resolve) => {
      end = resolve
    })
    const stored = this.#store(key, value, body)
    // Told to whoever ends the body, and to nobody where it is given up.
    stored.catch(() => {})
    return new Writable({
      write(chunk: Buffer, _, done) {
        left -= chunk.length
        if (left < 0) this.destroy()
        else parts.push(Buffer.from(chunk))
        done()
      },
      final(done) {
        end(Buffer.concat(parts))
        stored.then(() => done(), done)
      },
      destroy(error, done) {
        end(undefined)
        done(error)
      },
    })
  }

  async delete(url: Pick<UndiciCacheKey, 'origin' | 'path'>): Promise<void> {
    const tag = tagOf(url)
    const deletion = this.#cache.invalidate(tag)
    this.#deletions.set(tag, deletion)
    try {
      await deletion
    } finally {
      if (this.#deletions.get(tag) === deletion) this.#deletions.delete(tag)
    }
  }

  /** A load that begins now, so that a deletion that comes before the end of the body keeps it out. */
  async #store(
    key: UndiciCacheKey,
    value: UndiciCacheValue,
    whole: Promise<Buffer | undefined>,
  ): Promise<void> {
    const { vary = {}, cacheControlDirectives = {}, deleteAt } = value
    const names = Object.keys(vary).sort()
    const tags = [tagOf(key)]
    let body: Buffer | undefined
    await this.#cache.getOrSet<UndiciCached | undefined>(
      variantKey(key, names, vary),
      async (context) => {
        body = await whole
        context.ttl = deleteAt - this.#clock.now()
        if (body !== undefined) return { ...value, cacheControlDirectives, body }
        context.skip()
        return undefined
      },
      { tags, refresh: true, followed: false, ...exactLife },
    )
    if (body !== undefined) await this.#list(key, names, deleteAt, tags)
  }

  async #list(
    key: UndiciCacheKey,
    names: readonly string[],
    until: number,
    tags: readonly string[],
  ): Promise<void> {
    const place = listsKey(key)
    await this.#lists.run(place, async () => {
      const found = await this.#cache.lookup<string[][]>(place)
      const lists = found.outcome === 'hit' ? found.value : []
      const left = found.outcome === 'hit' ? found.ttl : 0
      const name = JSON.stringify(names)
      const others = lists.filter((other) => JSON.stringify(other) !== name)
      const ttl = Math.max(left, until - this.#clock.now())
      if (others.length < lists.length && ttl === left) return
      await this.#cache.set(place, [names, ...others].slice(0, mostLists), {
        ...exactLife,
        ttl,
        tags,
      })
    })
  }
}

function tagOf({ origin, path }: Pick<UndiciCacheKey, 'origin' | 'path'>): string {
  return `url ${entryKey(`${origin}${path}`)}`
}

function listsKey({ origin, method, path }: UndiciCacheKey): string {
  return entryKey(JSON.stringify([method, origin, path]))
}

function variantKey(
  { origin, method, path }: UndiciCacheKey,
  names: readonly string[],
  fields: Readonly<Record<string, string | string[] | null>>,
): string {
  const values = names.map((name) => (Object.hasOwn(fields, name) ? fields[name] : null))
  return entryKey(JSON.stringify([method, origin, path, names, values]))
}
