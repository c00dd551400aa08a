import type {
  Lock,
  Locking,
  LockOptions,
  RateLimit,
  RateLimitOptions,
} from '../../contracts/locks.ts'
import type { Keyspace } from '../keyspace.ts'
import type { CacheState } from '../state.ts'
import { Lines } from './lines.ts'
import { type LockParts, lockOf } from './lock.ts'
import { rateLimitOf } from './rate-limit.ts'
import { Registers } from './registers.ts'

export function lockParts(state: CacheState): LockParts {
  return { state, registers: new Registers(state), lines: new Lines() }
}

/** The locks and limits of one space of keys. */
export class LockingView implements Locking {
  readonly #parts: LockParts
  readonly #space: Keyspace

  constructor(parts: LockParts, space: Keyspace) {
    this.#parts = parts
    this.#space = space
  }

  lock(name: string, options?: LockOptions): Lock {
    return lockOf(this.#parts, this.#space, 'lock', name, 1, options)
  }

  semaphore(name: string, permits: number, options?: LockOptions): Lock {
    return lockOf(this.#parts, this.#space, 'semaphore', name, permits, options)
  }

  rateLimit(name: string, options: RateLimitOptions): RateLimit {
    return rateLimitOf(this.#parts, this.#space, name, options)
  }
}
