import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { approximateBytes } from '../../kernel/approximate-bytes.ts'
import { anyPath, type Durations } from './entries.ts'
import { type NextOptions, type NextSettings, nextSettings } from './options.ts'

/** When Next renews something and when it does not serve it any more, in seconds. */
export interface NextCacheControl {
  revalidate: number | false
  expire?: number | undefined
}

/** A page, the answer of a route, an image or what was fetched: all that matters of it here. */
export interface NextValue {
  readonly kind: string
  readonly headers?: Readonly<Record<string, unknown>> | undefined
  readonly revalidate?: number | undefined
}

/** What Next says when it asks for something. */
export interface NextGetContext {
  readonly kind: string
  readonly tags?: readonly string[] | undefined
  readonly softTags?: readonly string[] | undefined
  readonly revalidate?: number | false | undefined
}

/** What Next says when it stores something. */
export interface NextSetContext {
  readonly fetchCache?: boolean | undefined
  readonly tags?: readonly string[] | undefined
  readonly cacheControl?: NextCacheControl | undefined
}

/** What Next is answered; `null` as the value is a page that was not found. */
export interface NextCached {
  value: NextValue | null
  /** Epoch milliseconds. */
  lastModified: number
  cacheControl?: NextCacheControl | undefined
}

/** What Next makes one of for each request. */
export interface NextCacheHandler {
  get(key: string, context: NextGetContext): Promise<NextCached | null>
  set(key: string, value: NextValue | null, context: NextSetContext): Promise<void>
  revalidateTag(tags: string | string[], durations?: Durations): Promise<void>
  resetRequestCache(): void
}

/** What Next gives each handler that it makes. */
export interface NextHandlerContext {
  /** The directory `server` of the build. */
  readonly serverDistDir?: string | undefined
}

/** What Next takes as the default export of the file. */
export type NextCacheHandlerClass = new (context: NextHandlerContext) => NextCacheHandler

/** Has the tags of a page, between commas. */
const tagsHeader = 'x-next-cache-tags'
/** By so much what shall be stale is older than Next's limit, in milliseconds. */
const margin = 1000

/**
 * The class for a `cacheHandler` of next.config, to be the default export of the file that it names.
 * Throws a `ConfigError` for options that make no sense.
 */
export function nextCacheHandler(options: NextOptions): NextCacheHandlerClass {
  const settings = nextSettings('nextCacheHandler', options)
  const builds = new Map<string, Promise<string>>()
  const buildOf = (directory = ''): Promise<string> => {
    const build = builds.get(directory) ?? readBuildId(directory)
    builds.set(directory, build)
    return build
  }
  return class extends Handler {
    constructor({ serverDistDir }: NextHandlerContext) {
      super(settings, () => buildOf(serverDistDir))
    }
  }
}

class Handler implements NextCacheHandler {
  readonly #settings: NextSettings
  readonly #buildId: () => Promise<string>
  /** The last revalidation that was known when it was made … */
  readonly #knew: number
  /** … and when each was answered first: what Next makes anew is begun after that. */
  readonly #knewOf = new Map<string, number>()

  constructor(settings: NextSettings, buildId: () => Promise<string>) {
    this.#settings = settings
    this.#buildId = buildId
    this.#knew = settings.entries.known()
  }

  async get(key: string, context: NextGetContext): Promise<NextCached | null> {
    const { entries, clock } = this.#settings
    const name = await this.#nameOf(key, context.kind)
    const tags = [...(context.tags ?? []), ...(context.softTags ?? [])]
    const found = await entries.read<NextCached>(name, tags)
    // Images have no tags, and their one handler is never done.
    if (context.kind !== 'IMAGE' && !this.#knewOf.has(name)) this.#knewOf.set(name, entries.known())
    if (found === undefined) return null
    return found.isStale ? madeStale(found.value, context, clock.now()) : found.value
  }

  async set(key: string, value: NextValue | null, context: NextSetContext): Promise<void> {
    const { entries, clock, longest, maxEntrySize } = this.#settings
    const name = await this.#nameOf(key, context.fetchCache ? 'FETCH' : value?.kind)
    const { cacheControl } = context
    const lifetime = Math.min(longest, (cacheControl?.expire ?? Infinity) * 1000)
    await entries.write<NextCached>(
      name,
      { value, lastModified: clock.now(), cacheControl },
      {
        tags: tagsOf(value, context),
        knew: value?.kind === 'IMAGE' ? entries.known() : (this.#knewOf.get(name) ?? this.#knew),
        ttl: approximateBytes(value) > maxEntrySize ? 0 : lifetime,
      },
    )
  }

  revalidateTag(tags: string | string[], durations?: Durations): Promise<void> {
    return this.#settings.entries.revalidate([tags].flat(), durations)
  }

  resetRequestCache(): void {}

  /** Pages belong to their build, whose files they name; data and images outlive it, as on Next's disk. */
  async #nameOf(key: string, kind: string | undefined): Promise<string> {
    if (kind === 'FETCH') return `data ${key}`
    if (kind === 'IMAGE') return `image ${key}`
    return `page ${await this.#buildId()} ${key}`
  }
}

function tagsOf(value: NextValue | null, { fetchCache, tags = [] }: NextSetContext): string[] {
  if (fetchCache) return [anyPath, ...tags]
  const listed = value?.headers?.[tagsHeader]
  return typeof listed === 'string' ? listed.split(',') : []
}

/** Next renews by age: it is told one that is over the limit; where there is none, one of a second. */
function madeStale(found: NextCached, context: NextGetContext, now: number): NextCached {
  const { value, lastModified, cacheControl } = found
  const limit = context.kind === 'FETCH' ? context.revalidate || value?.revalidate : undefined
  const revalidate = limit || cacheControl?.revalidate || 1
  return {
    value,
    lastModified: Math.min(lastModified, now - revalidate * 1000 - margin),
    cacheControl: cacheControl && { ...cacheControl, revalidate },
  }
}

/** None in development, where pages are not kept. */
async function readBuildId(directory: string): Promise<string> {
  return readFile(join(directory, '..', 'BUILD_ID'), 'utf8').catch(() => '')
}
