import type { Cache, Duration, EntryOptions, LoadContext } from '../../contracts/cache.ts'

/** What Drizzle does not hand in within this time is not kept: its query may have failed. */
const longestQuery: Duration = '10s'

interface Fill {
  /** Hands in the result, which is kept for so long. */
  end(result: unknown, lifetime: Pick<EntryOptions, 'ttl'>): void
  /** Nothing is kept. */
  giveUp(): void
}

/**
 * Loads whose result comes from elsewhere, later. Each is a load of the cache all the same, so that
 * what is invalidated while it is open is not kept.
 */
export class OpenFills {
  readonly #cache: Cache
  readonly #fills = new Map<string, Fill>()
  readonly #lookups = new Map<string, Promise<unknown>>()

  constructor(cache: Cache) {
    this.#cache = cache
  }

  /** Answers what there is. Where there is nothing, opens a load, unless there is one, and answers undefined. */
  async getOrOpen(key: string, options: EntryOptions): Promise<unknown> {
    // Who waited for it would wait for somebody else's query.
    if (this.#fills.has(key)) return undefined
    const lookup = this.#lookups.get(key) ?? this.#lookUp(key, options)
    this.#lookups.set(key, lookup)
    try {
      return await lookup
    } finally {
      this.#lookups.delete(key)
    }
  }

  async #lookUp(key: string, options: EntryOptions): Promise<unknown> {
    let fill: Fill | undefined
    let isAnswered = false
    let opened: (nothing: undefined) => void = () => {}
    const isOpen = new Promise<undefined>((resolve) => {
      opened = resolve
    })
    const load = (context: LoadContext<unknown>) =>
      new Promise((resolve) => {
        fill = this.#open(key, context, resolve)
        // A load in the background renews what was served: its result is nobody's to hand in.
        if (isAnswered) fill.giveUp()
        else opened(undefined)
      })
    const answer = this.#cache
      .getOrSet<unknown>(key, load, { ...options, followed: false, hardTimeout: longestQuery })
      .catch(() => undefined)
      .finally(() => {
        isAnswered = true
        fill?.giveUp()
      })
    return Promise.race([isOpen, answer])
  }

  /** Without an open load the result may be older than a change: it is not kept. */
  handIn(key: string, result: unknown, lifetime: Pick<EntryOptions, 'ttl'>): void {
    this.#fills.get(key)?.end(result, lifetime)
  }

  #open(key: string, context: LoadContext<unknown>, resolve: (result: unknown) => void): Fill {
    const end = (result: unknown) => {
      if (this.#fills.get(key) === fill) this.#fills.delete(key)
      resolve(result)
    }
    const fill: Fill = {
      end(result, { ttl }) {
        if (ttl !== undefined) context.ttl = ttl
        end(result)
      },
      giveUp() {
        context.skip()
        end(undefined)
      },
    }
    this.#fills.set(key, fill)
    return fill
  }
}
