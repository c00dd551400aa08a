import type { AcquireOptions, Hold, Lock } from '../../contracts/locks.ts'
import { waitingTime } from '../../kernel/duration.ts'
import { LockLostError, LockTimeoutError } from '../../kernel/errors.ts'
import { hexOf } from '../../kernel/hex.ts'
import type { CacheState } from '../state.ts'
import { boundWait } from './bounded-wait.ts'
import { HeldLock } from './held-lock.ts'
import { claim } from './holders.ts'
import type { Lines } from './lines.ts'
import { expectAcquireOptions, type LockTerms } from './lock-options.ts'
import type { Registers } from './registers.ts'

/** What all locks of one cache share. */
export interface LockParts {
  readonly state: CacheState
  readonly registers: Registers
  readonly lines: Lines
}

/** Milliseconds between two looks at a lock that is held, where no word of its end arrives. */
const firstLook = 10
const longestLook = 100

/** A lock with so many holders at most. */
export function lockOf({ state, registers, lines }: LockParts, terms: LockTerms): Lock {
  const { name, place, permits, ttl, autoExtend, wait: usualWait } = terms
  const { clock, wakers } = state

  async function attempt(
    owner: string,
    onTaken: (freeAt: number, now: number) => void,
  ): Promise<HeldLock | undefined> {
    const holder = await registers.update(place, claim(owner, ttl, permits, onTaken))
    // A store that took longer than the TTL has given away what is over already.
    if (holder === undefined || clock.now() >= holder.until) return undefined
    return new HeldLock({ state, registers, place, name, ttl, autoExtend }, holder)
  }

  /** In front of the line: looks again whenever something may have changed. */
  async function takeWhenFree(signal: AbortSignal): Promise<HeldLock> {
    const owner = newOwner(state)
    signal.addEventListener('abort', () => wakers.wake(place.memoryKey))
    for (let look = firstLook; ; look = Math.min(look * 1.5, longestLook)) {
      // Processes do not look all at once.
      const pause = look * (0.5 + state.random() / 2)
      let changed: Promise<void> | undefined
      const hold = await attempt(owner, (freeAt, now) => {
        // Who begins to listen any later may miss the word.
        if (!signal.aborted) {
          changed = wakers.changeOf(place.memoryKey, Math.min(pause, freeAt - now))
        }
      })
      if (hold !== undefined) return hold
      await changed
      signal.throwIfAborted()
    }
  }

  async function acquire(own: AcquireOptions = {}): Promise<HeldLock> {
    expectAcquireOptions(own)
    const wait = own.wait === undefined ? usualWait : waitingTime('wait', own.wait)
    const bounded = boundWait(clock, wait, own.signal, () => {
      return new LockTimeoutError(`"${name}" was not free for ${wait} ms`)
    })
    try {
      const { signal } = bounded
      const hold = await lines.run(place.memoryKey, signal, () => takeWhenFree(signal))
      if (!own.signal?.aborted) return hold
      await hold.leave()
      throw own.signal.reason
    } finally {
      bounded.end()
    }
  }

  async function run<T>(
    body: (hold: Hold) => T | PromiseLike<T>,
    own?: AcquireOptions,
  ): Promise<T> {
    const hold = await acquire(own)
    let answer: T
    try {
      answer = await body(hold)
    } catch (error) {
      await hold.leave()
      throw error
    }
    if (await hold.leave()) return answer
    throw new LockLostError(`"${name}" was lost before its work was done`)
  }

  return { name, acquire, run, tryAcquire: () => attempt(newOwner(state), () => {}) }
}

/** 64 random bits. */
function newOwner(state: CacheState): string {
  return hexOf(state.stamp())
}
