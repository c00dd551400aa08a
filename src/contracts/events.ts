/** Why an entry left memory. */
export type RemovalReason = 'evicted' | 'expired' | 'deleted' | 'replaced' | 'invalidated'
export type Tier = 'memory' | 'store'
export type Outcome = 'hit' | 'stale' | 'miss' | 'coalesced'

interface OfCache<Type extends string> {
  readonly type: Type
  readonly cache: string
}
interface OfSpace<Type extends string> extends OfCache<Type> {
  readonly namespace: string | undefined
}
interface OfKey<Type extends string> extends OfSpace<Type> {
  readonly key: string
}

/** Durations and ages are milliseconds; values are as the cache keeps them, not to be changed. */
export interface ReadEvent extends OfKey<'read'> {
  readonly outcome: Outcome
  readonly value?: unknown
  /** Where it was found, and how long ago it was created; none for what was loaded just now. */
  readonly tier?: Tier | undefined
  readonly age?: number | undefined
  /** From the call to the answer; 0 for a hit in memory. */
  readonly durationMs: number
  /** The one that answered: its own, or the one that it waited for. */
  readonly load?: LoadStartEvent | undefined
}
/** A loader is about to run. The same object is in what is told of this load later. */
export interface LoadStartEvent extends OfKey<'load-start'> {
  /** Nobody waits for it: it renews what is being served. */
  readonly background: boolean
  /** Has the loader run inside of `wrap`, which calls `body` once, at once, and answers its answer. */
  around(wrap: <T>(body: () => T) => T): void
}
export interface LoadEvent extends OfKey<'load'> {
  readonly durationMs: number
  readonly error?: unknown
  readonly value?: unknown
  /** Whether the value is worth keeping, as its loader and its lifetime say. */
  readonly kept?: boolean
  readonly start?: LoadStartEvent | undefined
}
/** A batch went to the store and came back. `operation` is as in `Store`; `bytes`: read or written. */
export interface OperationEvent extends OfCache<'operation'> {
  readonly store: string
  readonly operation: string
  readonly count: number
  readonly bytes: number
  readonly durationMs: number
  readonly error?: unknown
}

/** Told to `onEvent`, and on the channel `hotset:` + type. Nothing is built when nobody listens. */
export type CacheEvent =
  /** A verb begins, in the turn of its call, if `read` does not tell of its answer in that turn. */
  | (OfSpace<'call'> & { readonly verb: string; readonly names: readonly string[] })
  | (ReadEvent | LoadStartEvent | LoadEvent | OperationEvent)
  | (OfKey<'write'> & { readonly value: unknown })
  | OfKey<'delete'>
  /** A caller waited for somebody else's load; told of as a `read`, too. */
  | (OfKey<'join'> & Pick<ReadEvent, 'load' | 'durationMs'>)
  | (OfKey<'remove'> & { readonly reason: RemovalReason })
  | (OfCache<'invalidate'> & { readonly tags: readonly string[] })
  | OfSpace<'clear'>
  /** The store does not answer any more, or can be trusted again. */
  | (OfCache<'store'> & { readonly up: boolean })
  /** Others' changes may have been missed; others changed so many keys, tags or generations. */
  | (OfCache<'gap'> & { readonly reason: string })
  | (OfCache<'heard'> & { readonly kind: 'keys' | 'tags' | 'clear'; readonly count: number })
  /** Writes that were put off went to the source together; so many still wait. */
  | (OfSpace<'flush'> & Readonly<Record<'writes' | 'failures' | 'pending' | 'durationMs', number>>)
  /** Something failed that no caller was told of: the cache went on without it. */
  | (OfCache<'error'> & { readonly error: unknown; readonly key?: string })
