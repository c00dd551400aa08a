import type { Duration } from './duration.ts'

/** What is held by one at a time, or by so many, and what may happen only so often. */
export interface Locking {
  /**
   * A lock: at most one holder in all processes that share the store; without a store, in this cache
   * object. It is named within the cache, or the namespace, and untouched by `clear`. As far as
   * clocks agree: see `Hold.fence`. Where the store fails, its verbs reject with a `StoreError`.
   */
  lock(name: string, options?: LockOptions): Lock
  /** As `lock`, with at most `permits` holders; all that use the name must say the same number. */
  semaphore(name: string, permits: number, options?: LockOptions): Lock
  /** At most `limit` in each `window`, for each key; shared by all processes that share the store. */
  rateLimit(name: string, options: RateLimitOptions): RateLimit
}

/** How long a lock is held, and how long it is waited for. */
export interface LockOptions {
  /** Time after which it is free again whatever its holder does, as that may have died. @default '30s' */
  readonly ttl?: Duration | undefined
  /** Extends it by itself, at each third of the TTL, until it is released or lost. @default false */
  readonly autoExtend?: boolean | undefined
  /** Longest wait for it; `Infinity` for no limit. @default '10s' */
  readonly wait?: Duration | undefined
}

/** How one caller waits for a lock or a permit. */
export interface AcquireOptions {
  /** Longest wait for it, this time. @default the lock's */
  readonly wait?: Duration | undefined
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined
}

/** A lock, or a semaphore, by its name: the same for all processes that share the store. */
export interface Lock {
  /** As it was asked for. */
  readonly name: string
  /**
   * Waits until it is free and takes it. Who waits in one process gets it in the order of asking.
   * Rejects with a `LockTimeoutError` after `wait`.
   */
  acquire(options?: AcquireOptions): Promise<Hold>
  /** Takes it if it is free now. */
  tryAcquire(): Promise<Hold | undefined>
  /**
   * Holds it while `body` runs. Rejects with a `LockLostError` after `body` has ended if the lock was
   * lost meanwhile; `body` learns of that at once by `hold.signal`.
   */
  run<T>(body: (hold: Hold) => T | PromiseLike<T>, options?: AcquireOptions): Promise<T>
}

/** One holding of a lock, from its acquisition to its end. */
export interface Hold {
  /** The lock's. */
  readonly name: string
  /** Names this holding: nobody else can extend or release it. */
  readonly owner: string
  /**
   * A number greater than that of every earlier holding of the name. To be sent along to what the
   * lock protects, which refuses a number smaller than one that it has seen: a holder that was
   * stopped for longer than its TTL may not know yet that it is none any more.
   */
  readonly fence: number
  /** Epoch milliseconds at which it ends unless it is extended. */
  readonly expiresAt: number
  /** Neither released nor lost, by the clock of this process. */
  readonly isHeld: boolean
  /** Aborted with a `LockLostError` when it is lost: expired, or taken away. Not by `release`. */
  readonly signal: AbortSignal
  /** Holds it for `ttl` from now (default: the lock's). Rejects with a `LockLostError` if it is lost. */
  extend(ttl?: Duration): Promise<void>
  /** Gives it up, and answers whether it was still held. A store that fails rejects: it ends by its TTL. */
  release(): Promise<boolean>
  /** As `release`, but that the store fails is an event only. */
  [Symbol.asyncDispose](): Promise<void>
}

/** How many are allowed in which time. */
export interface RateLimitOptions {
  /** Most that may be taken in a window. */
  readonly limit: number
  /** Length of a window, from one millisecond up. Windows begin at multiples of it since the epoch. */
  readonly window: Duration
  /**
   * `'fixed'`: at most `limit` in each window, and so up to twice that around the end of one.
   * `'sliding'`: the window before counts as well, for the share of it that is not over yet; at most
   * `limit * (1 + d / window)` in any time `d` up to a window. @default 'sliding'
   */
  readonly algorithm?: 'fixed' | 'sliding' | undefined
  /** What `take` and `peek` answer while the store fails; `'throw'` rejects. @default 'throw' */
  readonly onFailure?: 'allow' | 'deny' | 'throw' | undefined
}

/** So many in a while, by key: counted together by all processes that share the store. */
export interface RateLimit {
  /** As it was asked for. */
  readonly name: string
  /** Takes `cost` if there is as much left; what is refused counts for nothing. */
  take(key: string, cost?: number): Promise<RateLimitAnswer>
  /** What `take(key)` would answer, taking nothing. */
  peek(key: string): Promise<RateLimitAnswer>
  /** Forgets what was taken. */
  reset(key: string): Promise<void>
}

/** Whether one more is allowed, and what is left. */
export interface RateLimitAnswer {
  /** Whether there was as much left. */
  readonly allowed: boolean
  /** How much can still be taken now. */
  readonly remaining: number
  /** Epoch milliseconds from which nothing counts any more that has been taken. */
  readonly resetAt: number
  /** Milliseconds until it could be allowed, if nobody else takes anything; 0 if it is. */
  readonly retryAfter: number
}
