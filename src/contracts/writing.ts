import type { Duration } from './duration.ts'
import type { WriteLog } from './log.ts'

/**
 * When a write reaches the source: before the cache (`'through'`), later than it is acknowledged
 * (`'behind'`), or instead of the cache, whose entry is deleted (`'around'`).
 */
export type WriteStrategy = 'through' | 'behind' | 'around'

/** What a writer is given besides the values. */
export interface WriteContext {
  /** Names this write: the same in every attempt, and when it is replayed after a crash. */
  readonly idempotencyKey: string
}

/** One value for the source. */
export interface Save<K, V> extends WriteContext {
  /** Whose value it is. */
  readonly id: K
  /** What is to be saved. */
  readonly value: V
}

/** What orders the versions of a value: numbers, bigints, dates, or strings that compare as they should. */
export type RowVersion = number | bigint | string | Date

/** How a definition writes to the source. */
export interface Writing<K, V> {
  /** Writes one value to the source. Without it and `saveMany`, `set` writes to the cache alone. */
  readonly save?: ((id: K, value: V, context: WriteContext) => unknown) | undefined
  /** Writes several to the source, no id twice; all of them failed where it throws. @default `save` for each */
  readonly saveMany?: ((saves: readonly Save<K, V>[]) => unknown) | undefined
  /** Removes one from the source. Without it, `delete` removes from the cache alone. */
  readonly remove?: ((id: K, context: WriteContext) => unknown) | undefined
  /** When a write reaches the source. @default 'through' */
  readonly write?: WriteStrategy | undefined
  /** How writes wait; needed for `write: 'behind'`. */
  readonly behind?: BehindOptions<K, V> | undefined
  /** The version of a value: one that is older never replaces a newer one in the cache. @default none */
  readonly version?: ((value: V) => RowVersion) | undefined
}

/** How writes are put off: where they wait, for how long, and what becomes of those that fail. */
export interface BehindOptions<K, V> {
  /**
   * Where writes are kept until they are in the source: a directory, `'redis://…'`, a log, or
   * `'memory:'`, which loses them with the process. One process at a time owns it.
   */
  readonly log: WriteLog | string
  /** Longest time for which a write waits for others to go with. @default '1s' */
  readonly interval?: Duration | undefined
  /** Most writes that go to the source together; as soon as so many wait, they go. @default 100 */
  readonly batchSize?: number | undefined
  /** Only the last write of an id goes to the source; `false` is every one, in order. @default true */
  readonly coalesce?: boolean | undefined
  /** Most writes that wait, dead letters included. @default 10,000 */
  readonly maxPending?: number | undefined
  /**
   * What happens to a write when there are that many, or the log is full: it waits for room
   * (`'block'`), it waits until it is in the source (`'through'`), or it fails with a `LogFullError`
   * (`'reject'`). @default 'block'
   */
  readonly full?: 'block' | 'through' | 'reject' | undefined
  /** Attempts after which a write that fails by itself becomes a dead letter. @default Infinity */
  readonly attempts?: number | undefined
  /** Pause after a failed attempt; each further one doubles it, and up to half is taken off at random. @default '100ms' */
  readonly backoff?: Duration | undefined
  /** The pause grows no longer than this. @default '30s' */
  readonly maxBackoff?: Duration | undefined
  /** Longest time for which `close` waits for what is pending; the rest stays in the log. @default '10s' */
  readonly drainTimeout?: Duration | undefined
  /** Told of each write that is given up; it stays in `deadLetters()`, over restarts too. */
  readonly onDeadLetter?: ((letter: DeadLetter<K, V>) => void) | undefined
}

/** A write that was given up. It is kept until somebody decides. */
export interface DeadLetter<K, V> extends WriteContext {
  /** Whether a value was to be saved, or removed. */
  readonly kind: 'save' | 'remove'
  /** Whose value it is. */
  readonly id: K
  /** What was to be saved. */
  readonly value: V | undefined
  /** Why the last attempt failed. */
  readonly reason: string
  /** Writes it again, as if it had come now. */
  retry(): Promise<void>
  /** Forgets it. */
  discard(): void
}

/** How far writes that were put off have come. */
export interface Backlog {
  /** Acknowledged and not yet in the source. */
  readonly pending: number
  /** Writes that were given up, and wait for somebody to decide. */
  readonly deadLetters: number
  /** Milliseconds since the oldest pending write was acknowledged; 0 where there is none. */
  readonly oldest: number
  /** Writes that reached the source since the cache was defined, */
  readonly written: number
  /** that a later one of the same id made unnecessary, */
  readonly coalesced: number
  /** and attempts that failed. */
  readonly failures: number
}

/** How a defined cache is written to. */
export interface WritingCache<K, V> {
  /** To source and cache, as `write` says; to the cache alone where there is no writer. */
  set(id: K, value: V): Promise<void>
  /** As `set`, of many. */
  setMany(values: Iterable<readonly [K, V]>): Promise<void>
  /** Answers whether the cache, or what is pending, had it. */
  delete(id: K): Promise<boolean>
  /** Resolves when all that is pending is in the source; rejects as soon as an attempt fails. */
  flush(): Promise<void>
  /** How far writes that were put off have come. */
  backlog(): Backlog
  /** Writes that were given up, and wait for a decision. */
  deadLetters(): DeadLetter<K, V>[]
}
