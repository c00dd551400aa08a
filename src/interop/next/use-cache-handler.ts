import { anyPath, type Durations } from './entries.ts'
import { type NextOptions, type NextSettings, nextSettings } from './options.ts'

/** What a function with `use cache` answered. Instants are epoch milliseconds, times are seconds. */
export interface UseCacheEntry {
  /** Read once. */
  value: ReadableStream<Uint8Array>
  tags: string[]
  stale: number
  /** When the function was called. */
  timestamp: number
  /** For how long it may be served … */
  expire: number
  /** … and after which time it is renewed. */
  revalidate: number
}

/** One of the `cacheHandlers` of next.config, in the forms of Next 16 and 15. */
export interface UseCacheHandler {
  get(key: string, softTags: string[]): Promise<UseCacheEntry | undefined>
  set(key: string, pendingEntry: Promise<UseCacheEntry>): Promise<void>
  refreshTags(): Promise<void>
  getExpiration(...tags: unknown[]): Promise<number>
  updateTags(tags: string[], durations?: Durations): Promise<void>
  expireTags(...tags: string[]): Promise<void>
}

type Kept = Omit<UseCacheEntry, 'value'> & { readonly body: Uint8Array | undefined }

/**
 * A handler for `use cache`, to be the default export of a file that `cacheHandlers` names. Throws a
 * `ConfigError` for options that make no sense.
 */
export function nextUseCacheHandler(options: NextOptions): UseCacheHandler {
  const settings = nextSettings('nextUseCacheHandler', options)
  const { entries } = settings
  /** Under way: who asks meanwhile waits. */
  const writes = new Map<string, Promise<void>>()

  return {
    async get(key, softTags) {
      await writes.get(key)
      const found = await entries.read<Kept>(nameOf(key), softTags)
      if (found?.value.body === undefined) return undefined
      const { body, ...entry } = found.value
      // What is past its time is served, and renewed in the background.
      const revalidate = found.isStale ? -1 : entry.revalidate
      return { ...entry, revalidate, value: streamOf(body) }
    },
    async set(key, pendingEntry) {
      const write = store(settings, key, pendingEntry)
      const over = write.catch(() => {})
      writes.set(key, over)
      await over
      if (writes.get(key) === over) writes.delete(key)
      await write
    },
    // The bus does it all the time.
    async refreshTags() {},
    // Soft tags are judged by `get`.
    getExpiration: async () => Infinity,
    updateTags: (tags, durations) => entries.revalidate(tags, durations),
    expireTags: (...tags) => entries.revalidate(tags),
  }
}

function nameOf(key: string): string {
  return `use ${key}`
}

async function store(
  { entries, longest, maxEntrySize, clock }: NextSettings,
  key: string,
  pendingEntry: Promise<UseCacheEntry>,
): Promise<void> {
  const entry = await collect(pendingEntry, maxEntrySize)
  if (entry === undefined) return
  const { timestamp, expire, tags, body } = entry
  const left = timestamp + expire * 1000 - clock.now()
  await entries.write(nameOf(key), entry, {
    tags: [anyPath, ...tags],
    knew: entries.known(timestamp),
    ttl: body === undefined ? 0 : Math.min(longest, left),
  })
}

/** Without a body where it is over `most` bytes; nothing where the function failed, which is Next's to tell. */
async function collect(
  pendingEntry: Promise<UseCacheEntry>,
  most: number,
): Promise<Kept | undefined> {
  try {
    const { value, ...entry } = await pendingEntry
    const parts: Uint8Array[] = []
    let size = 0
    for await (const part of value) {
      size += part.byteLength
      if (size > most) return { ...entry, body: undefined }
      parts.push(part)
    }
    return { ...entry, body: Buffer.concat(parts) }
  } catch {
    return undefined
  }
}

function streamOf(body: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(body)
      controller.close()
    },
  })
}
