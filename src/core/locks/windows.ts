import type { RateLimitAnswer } from '../../contracts/locks.ts'

export interface WindowOptions {
  readonly limit: number
  /** Milliseconds. */
  readonly window: number
  /** Whether the window before counts as well. */
  readonly slides: boolean
}

/** What was taken of a key, as it was found at an instant. */
export interface Tally {
  readonly now: number
  /** Number of the window that is under way, since the epoch. */
  readonly index: number
  /** Taken in the window before; 0 where that does not count. */
  readonly before: number
  readonly current: number
}

/**
 * How much counts: all of this window, and of the one before as much as would lie in the last
 * `window` milliseconds if it had been taken evenly. It was not, perhaps: with a share `e` of this
 * window over, `before * e` too little may count, so that `limit * (1 + e)` is the most.
 */
export function usedOf({ now, index, before, current }: Tally, window: number): number {
  // Divided last: whole milliseconds and counts are compared without an error.
  return (before * ((index + 1) * window - now)) / window + current
}

/** What is told to who took something, or was refused `refused` of it (0: was not). */
export function answerOf(tally: Tally, refused: number, options: WindowOptions): RateLimitAnswer {
  const { limit, window, slides } = options
  const { now, index, current } = tally
  return {
    allowed: refused === 0,
    remaining: Math.max(0, Math.floor(limit - usedOf(tally, window))),
    resetAt: window * (index + (slides && current > 0 ? 2 : 1)),
    retryAfter: refused === 0 ? 0 : freeAt(tally, limit - refused, options) - now,
  }
}

/** From when no more than `room` counts, if nobody takes anything. */
function freeAt({ index, before, current }: Tally, room: number, options: WindowOptions): number {
  const { window, slides } = options
  const end = (index + 1) * window
  if (current <= room) return end - Math.floor(((room - current) * window) / before)
  return slides ? end + window - Math.floor((room * window) / current) : end
}
