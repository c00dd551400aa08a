import type {
  Lock,
  Locking,
  LockOptions,
  RateLimit,
  RateLimitOptions,
} from '../../contracts/locks.ts'
import { type OnDemand, onDemand } from '../../kernel/on-demand.ts'
import type { Keyspace } from '../keyspace.ts'
import { lockTerms } from './lock-options.ts'
import type { Locks } from './locks.ts'
import { rateLimitTerms } from './rate-limit-terms.ts'

/** The locks and limits of one space of keys: what they are asked is checked at once. */
export class LockingView implements Locking {
  readonly #locks: OnDemand<Locks>
  readonly #space: Keyspace

  constructor(locks: OnDemand<Locks>, space: Keyspace) {
    this.#locks = locks
    this.#space = space
  }

  lock(name: string, options?: LockOptions): Lock {
    return this.#lock('lock', name, 1, options)
  }

  semaphore(name: string, permits: number, options?: LockOptions): Lock {
    return this.#lock('semaphore', name, permits, options)
  }

  rateLimit(name: string, options: RateLimitOptions): RateLimit {
    const terms = rateLimitTerms(name, options)
    const limit = onDemand(async () => (await this.#locks.fetch()).rateLimit(this.#space, terms))
    return {
      name,
      take: async (key, cost) => (limit.here ?? (await limit.fetch())).take(key, cost),
      peek: async (key) => (limit.here ?? (await limit.fetch())).peek(key),
      reset: async (key) => (limit.here ?? (await limit.fetch())).reset(key),
    }
  }

  #lock(kind: string, name: string, permits: number, options: LockOptions | undefined): Lock {
    const terms = lockTerms(this.#space, kind, name, permits, options)
    const lock = onDemand(async () => (await this.#locks.fetch()).lock(terms))
    return {
      name,
      acquire: async (own) => (lock.here ?? (await lock.fetch())).acquire(own),
      tryAcquire: async () => (lock.here ?? (await lock.fetch())).tryAcquire(),
      run: async (body, own) => (lock.here ?? (await lock.fetch())).run(body, own),
    }
  }
}
