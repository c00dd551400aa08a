import type { RateLimit, RateLimitAnswer } from '../../contracts/locks.ts'
import { StoreError } from '../../kernel/errors.ts'
import { expectInteger, expectString } from '../../kernel/expect.ts'
import type { Keyspace, RegisterPlace } from '../keyspace.ts'
import type { CacheState } from '../state.ts'
import type { RateLimitTerms } from './rate-limit-terms.ts'
import type { Registers } from './registers.ts'
import { answerOf, type Tally, usedOf } from './windows.ts'

/**
 * Milliseconds, at least, for which a count outlives its last use. A store that lost it sooner, as
 * its clock is ahead or it was asked late, would begin at 0 again.
 */
const leastGrace = 10_000

/** A limit on how much may be taken in a window, for each key. */
export function rateLimitOf(
  state: CacheState,
  registers: Registers,
  space: Keyspace,
  { name, limit, window, slides, onFailure }: RateLimitTerms,
): RateLimit {
  const prefix = `limit:${name}:${window}`
  const windows = { limit, window, slides }

  const placeOf = (key: string, index: number): RegisterPlace =>
    space.register(`${prefix}:${index}:${key}`)
  const add = (key: string, index: number, cost: number): Promise<number> => {
    const keptUntil = (index + 1) * window + Math.max(window, leastGrace)
    return registers.add(placeOf(key, index), cost, keptUntil)
  }

  /** What counts now; `count` answers what was taken in the window that is under way. */
  async function tally(key: string, count: (index: number) => Promise<number>): Promise<Tally> {
    const now = state.clock.now()
    const index = Math.floor(now / window)
    const [before, current] = await Promise.all([
      slides ? registers.count(placeOf(key, index - 1)) : 0,
      count(index),
    ])
    return { now, index, before, current }
  }

  /** Adds first, and takes back what was too much: so no two see the same last place. */
  async function take(key: string, cost: number): Promise<RateLimitAnswer> {
    const taken = await tally(key, (index) => add(key, index, cost))
    if (usedOf(taken, window) <= limit) return answerOf(taken, 0, windows)
    await add(key, taken.index, -cost)
    return answerOf({ ...taken, current: taken.current - cost }, cost, windows)
  }

  async function peek(key: string): Promise<RateLimitAnswer> {
    const found = await tally(key, (index) => registers.count(placeOf(key, index)))
    return answerOf(found, usedOf(found, window) + 1 <= limit ? 0 : 1, windows)
  }

  async function unlessFailing(
    key: string,
    cost: number,
    ask: () => Promise<RateLimitAnswer>,
  ): Promise<RateLimitAnswer> {
    try {
      return await ask()
    } catch (error) {
      if (onFailure === 'throw' || !(error instanceof StoreError)) throw error
      state.failed(error, key)
      const now = state.clock.now()
      const index = Math.floor(now / window)
      return onFailure === 'allow'
        ? answerOf({ now, index, before: 0, current: cost }, 0, windows)
        : answerOf({ now, index, before: 0, current: limit }, cost, windows)
    }
  }

  return {
    name,
    async take(key, cost = 1) {
      expectInteger('cost', cost, 1, limit)
      return unlessFailing(expectString('key', key), cost, () => take(key, cost))
    },
    async peek(key) {
      return unlessFailing(expectString('key', key), 1, () => peek(key))
    },
    async reset(key) {
      const index = Math.floor(state.clock.now() / window)
      await registers.remove([placeOf(expectString('key', key), index), placeOf(key, index - 1)])
    },
  }
}
