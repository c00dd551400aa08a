import type { Cache } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import { MissingKeyError } from '../kernel/errors.ts'
import { entryKey } from './entry-key.ts'
import { exactLife } from './exact-life.ts'

/** How much was taken under a name, and until when that counts. */
export interface HitCount {
  readonly count: number
  /** Epoch milliseconds; `Infinity` for ever. */
  readonly endsAt: number
}

/** Counts that begin with what is taken first, and end a window later. */
export class HitCounts {
  readonly #cache: Cache
  readonly #clock: Clock

  constructor(cache: Cache, clock: Clock) {
    this.#cache = cache
    this.#clock = clock
  }

  /** Adds, atomically in all processes; `window` is in milliseconds and counts if nothing is there yet. */
  async add(name: string, by: number, window: number): Promise<HitCount> {
    const key = entryKey(name)
    const count = await this.#cache.increment(key, by, { ...exactLife, initial: 0, ttl: window })
    const found = await this.find(name)
    return { count, endsAt: found?.endsAt ?? this.#clock.now() + window }
  }

  async find(name: string): Promise<HitCount | undefined> {
    const found = await this.#cache.lookup<number>(entryKey(name))
    if (found.outcome !== 'hit') return undefined
    return { count: found.value, endsAt: this.#clock.now() + found.ttl }
  }

  async set(name: string, count: number, window: number): Promise<void> {
    await this.#cache.set(entryKey(name), count, { ...exactLife, ttl: window })
  }

  /** One less, and never less than none. */
  async takeBack(name: string): Promise<void> {
    const key = entryKey(name)
    try {
      if ((await this.#cache.decrement(key)) < 0) await this.#cache.increment(key)
    } catch (error) {
      if (!(error instanceof MissingKeyError)) throw error
    }
  }

  /** Answers whether there was something. */
  remove(name: string): Promise<boolean> {
    return this.#cache.delete(entryKey(name))
  }

  clear(): Promise<void> {
    return this.#cache.clear()
  }
}
