import type { Cache } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import { stampSource } from '../../kernel/random.ts'
import { Serial } from '../../kernel/serial.ts'
import { sha256 } from '../../kernel/sha256.ts'
import { searchKey } from '../engine/no-vary-search.ts'
import type { Rules } from '../engine/rules.ts'
import { matches, type Selecting, variantId } from '../engine/selection.ts'
import type { StoredResponse } from '../engine/stored-response.ts'
import type { RequestHead } from '../message.ts'
import { tagOf, urlTag } from './tags.ts'

/** A stored response with its body. */
export interface Page {
  readonly stored: StoredResponse
  readonly body: Uint8Array
  readonly tags: readonly string[]
}

/** What is to be kept, and for how long. */
export interface PageEntry {
  readonly page: Page
  readonly keepUntil: number
}

/** Where a variant of a URL is, and what it takes to be answered with it. */
interface Row {
  readonly key: string
  readonly selecting: Selecting
  readonly keepUntil: number
}

/** A page, and the key that it is under. */
export interface Found {
  readonly key: string
  readonly page: Page
}

/** What there is for a request. */
export interface Selection {
  /** Those that may answer it, the newest first. */
  readonly matching: readonly Found[]
  /** Another variant of the URL, where none of them does. */
  readonly other: Found | undefined
}

const nothing: Selection = { matching: [], other: undefined }

/** Begins every key. The number is that of the format: what another wrote is not found. */
const prefix = 'http1:'
/** Longer URLs are in keys by their digest. */
const longestUrl = 2000

/**
 * Stored responses on a cache. Under a URL there is the list of its variants, under each of their
 * keys the response with its body. The list is no more than a way to find them: only a page itself
 * says that it is still valid. It is filled by a load of the cache that begins before the request is
 * sent, so that a purge that comes meanwhile, in whatever process, keeps it out.
 */
export class PageStore {
  readonly #cache: Cache
  readonly #clock: Clock
  readonly #prefix: string
  readonly #newId = stampSource()
  readonly #links = new Serial()

  constructor(cache: Cache, clock: Clock, keyPrefix: string) {
    this.#cache = cache
    this.#clock = clock
    this.#prefix = `${prefix}${keyPrefix}`
  }

  /** The page that answers, from memory alone; `undefined` where that does not have all of it. */
  findNow(request: RequestHead, rules: Rules): Page | undefined {
    const rows = this.#cache.getSync<readonly Row[]>(this.#keyOf(request.url))
    if (rows === undefined) return undefined
    let found: Row | undefined
    for (const row of rows) {
      if (!matches(row.selecting, request, rules)) continue
      // Which of several is for the engine to say, and rare.
      if (found !== undefined) return undefined
      found = row
    }
    const page = found && this.#cache.getSync<Page>(found.key)
    if (page === undefined) return undefined
    // One that has taken a page's place may vary on more than the list knows yet.
    const { selecting } = page.stored
    const isListed = selecting === found?.selecting
    return isListed || matches(selecting, request, rules) ? page : undefined
  }

  async find(request: RequestHead, rules: Rules): Promise<Selection> {
    const own = await this.#select(request.url, request, rules)
    if (own.matching.length > 0 || !request.url.includes('?')) return own
    const rule = await this.#cache.get<string>(this.#ruleKey(request.url))
    if (rule === undefined) return own
    const like = await this.#select(searchKey(request.url, rule), request, rules)
    return { matching: like.matching, other: own.other ?? like.other }
  }

  /** The key for a response that takes nobody's place. */
  newKey(): string {
    return `${this.#prefix}@${this.#newId().join('.')}`
  }

  /**
   * Runs `load`, and puts what it answers under `key`, unless that, its URL or one of its tags has
   * been purged since. Answers whether there was something to put.
   */
  async fill(
    key: string,
    url: string,
    load: () => Promise<PageEntry | undefined>,
    rules: Rules,
  ): Promise<boolean> {
    let kept: PageEntry | undefined
    await this.#cache.getOrSet<Page | undefined>(
      key,
      async (context) => {
        kept = await load()
        const ttl = kept === undefined ? 0 : kept.keepUntil - this.#clock.now()
        if (kept === undefined || !(ttl > 0)) {
          context.skip()
          return undefined
        }
        context.ttl = ttl
        context.tags = kept.page.tags
        return kept.page
      },
      { refresh: true, followed: false, tags: [urlTag(url)] },
    )
    if (kept === undefined) return false
    await this.#link(key, url, kept, rules)
    return true
  }

  /** Whatever is kept for these URLs, or has one of the engine's tags, is gone. */
  async invalidate(urls: readonly string[], tags: readonly string[]): Promise<void> {
    await this.#cache.invalidate([...(await this.urlTags(urls)), ...tags.map(tagOf)])
  }

  /** The cache's tags for all that answers requests for these URLs. */
  async urlTags(urls: readonly string[]): Promise<string[]> {
    const queries = urls.filter((url) => url.includes('?'))
    const rules = await this.#cache.getMany<string>(queries.map((url) => this.#ruleKey(url)))
    const shelves = queries.map((url) => searchKey(url, rules.get(this.#ruleKey(url)) ?? null))
    return [...new Set([...urls, ...shelves].map(urlTag))]
  }

  /** The page is not to be found again. */
  async drop(key: string): Promise<void> {
    await this.#cache.delete(key)
  }

  async #select(url: string, request: RequestHead, rules: Rules): Promise<Selection> {
    const rows = await this.#cache.get<readonly Row[]>(this.#keyOf(url))
    const [first] = rows ?? []
    if (rows === undefined || first === undefined) return nothing
    const keys = rows.filter(({ selecting }) => matches(selecting, request, rules))
    const wanted = keys.length > 0 ? keys : [first]
    const pages = await this.#cache.getMany<Page>(wanted.map(({ key }) => key))
    const found = wanted.flatMap(({ key }) => {
      const page = pages.get(key)
      return page === undefined ? [] : [{ key, page }]
    })
    return keys.length > 0
      ? { matching: found, other: undefined }
      : { matching: [], other: found[0] }
  }

  /** Lists a page among the variants of its URL; those that it replaces, and the oldest, go. */
  async #link(
    key: string,
    url: string,
    { page, keepUntil }: PageEntry,
    rules: Rules,
  ): Promise<void> {
    const { selecting } = page.stored
    const rule = selecting.noVarySearch
    const shelf = rule === null ? url : searchKey(url, rule)
    if (rule !== null)
      await this.#cache.set(this.#ruleKey(url), rule, this.#lifetime([{ keepUntil }]))
    const name = variantId(selecting)
    const indexKey = this.#keyOf(shelf)
    await this.#links.run(indexKey, async () => {
      const now = this.#clock.now()
      const rows = (await this.#cache.get<readonly Row[]>(indexKey)) ?? []
      const others = rows.filter(
        (row) => row.key !== key && row.keepUntil > now && variantId(row.selecting) !== name,
      )
      const next = [{ key, selecting, keepUntil }, ...others].slice(0, rules.maxVariants)
      const listed = new Set(next.map((row) => row.key))
      const gone = rows.filter((row) => !listed.has(row.key)).map((row) => row.key)
      await this.#cache.set(indexKey, next, this.#lifetime(next))
      if (gone.length > 0) await this.#cache.deleteMany(gone)
    })
  }

  #lifetime(rows: readonly Pick<Row, 'keepUntil'>[]): { ttl: number } {
    return { ttl: Math.max(...rows.map(({ keepUntil }) => keepUntil)) - this.#clock.now() }
  }

  #keyOf(url: string): string {
    return this.#prefix + (url.length > longestUrl ? `#${sha256(url)}` : url)
  }

  /** Under it is the `No-Vary-Search` that responses of the path had, whatever the query. */
  #ruleKey(url: string): string {
    return `${this.#keyOf(url.slice(0, url.indexOf('?')))} ?`
  }
}
