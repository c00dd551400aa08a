import type { Lock, RateLimit } from '../../contracts/locks.ts'
import type { Keyspace } from '../keyspace.ts'
import type { CacheState } from '../state.ts'
import { Lines } from './lines.ts'
import { lockOf } from './lock.ts'
import type { LockTerms } from './lock-options.ts'
import { rateLimitOf } from './rate-limit.ts'
import type { RateLimitTerms } from './rate-limit-terms.ts'
import { Registers } from './registers.ts'

/** The locks and limits of one cache. */
export interface Locks {
  lock(terms: LockTerms): Lock
  rateLimit(space: Keyspace, terms: RateLimitTerms): RateLimit
}

export function locksOf(state: CacheState): Locks {
  const parts = { state, registers: new Registers(state), lines: new Lines() }
  return {
    lock: (terms) => lockOf(parts, terms),
    rateLimit: (space, terms) => rateLimitOf(state, parts.registers, space, terms),
  }
}
