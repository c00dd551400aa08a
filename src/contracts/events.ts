/** Why an entry left memory. */
export type RemovalReason = 'evicted' | 'expired' | 'deleted' | 'replaced' | 'invalidated'
/** Where an entry was found: in this process, or behind it. */
export type Tier = 'memory' | 'store'
/** What a read found: something fresh, something stale, nothing, or somebody else's load. */
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

/** A read has its answer, or has failed. Ages are milliseconds; values are as the cache keeps them, not to be changed. */
export interface ReadEvent extends OfKey<'read'> {
  /** What it found. */
  readonly outcome: Outcome
  /** What it answered. */
  readonly value?: unknown
  /** Where it was found, and how long ago it was created; none for what was loaded just now. */
  readonly tier?: Tier | undefined
  /** Since the value was created; none for what was loaded just now. */
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
/** A loader has answered, or failed. */
export interface LoadEvent extends OfKey<'load'> {
  /** From its start to its end. */
  readonly durationMs: number
  /** What it failed with. */
  readonly error?: unknown
  /** What it answered. */
  readonly value?: unknown
  /** Whether the value is worth keeping, as its loader and its lifetime say. */
  readonly kept?: boolean
  /** What was told when it began. */
  readonly start?: LoadStartEvent | undefined
}
/** A batch went to the store and came back. `operation` is as in `Store`; `bytes`: read or written. */
export interface OperationEvent extends OfCache<'operation'> {
  /** Name of the store. */
  readonly store: string
  /** What was asked of it: the name of a method of `Store`. */
  readonly operation: string
  /** Keys in the batch. */
  readonly count: number
  /** Bytes read or written. */
  readonly bytes: number
  /** From the call to the answer. */
  readonly durationMs: number
  /** What it failed with. */
  readonly error?: unknown
}

/** Told to `onEvent`, and on the channel `hotset:` + type. Nothing is built when nobody listens. */
export type CacheEvent =
  /** A verb begins, in the turn of its call, if `read` does not tell of its answer in that turn. */
  | (OfSpace<'call'> & { readonly verb: string; readonly names: readonly string[] })
  | (ReadEvent | LoadStartEvent | LoadEvent | OperationEvent)
  /** Somebody wrote an entry, or its lifetime; a load is no write. */
  | (OfKey<'write'> & { readonly value: unknown })
  /** Somebody deleted or took a key, whether or not there was an entry. */
  | OfKey<'delete'>
  /** A caller waited for somebody else's load; told of as a `read`, too. */
  | (OfKey<'join'> & Pick<ReadEvent, 'load' | 'durationMs'>)
  /** An entry left memory, and why. */
  | (OfKey<'remove'> & { readonly reason: RemovalReason })
  /** Somebody here invalidated tags. */
  | (OfCache<'invalidate'> & { readonly tags: readonly string[] })
  /** Somebody here emptied the cache, or a namespace of it. */
  | OfSpace<'clear'>
  /** The store does not answer any more, or can be trusted again. */
  | (OfCache<'store'> & { readonly up: boolean })
  /** Others' changes may have been missed: memory is asked after in the store before it is served. */
  | (OfCache<'gap'> & { readonly reason: string })
  /** Others changed so many keys, tags or generations. */
  | (OfCache<'heard'> & { readonly kind: 'keys' | 'tags' | 'clear'; readonly count: number })
  /** Writes that were put off went to the source together; so many still wait. */
  | (OfSpace<'flush'> & Readonly<Record<'writes' | 'failures' | 'pending' | 'durationMs', number>>)
  /** Something failed that no caller was told of: the cache went on without it. */
  | (OfCache<'error'> & { readonly error: unknown; readonly key?: string })
