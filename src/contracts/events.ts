/** Why an entry left memory. */
export type RemovalReason = 'evicted' | 'expired' | 'deleted' | 'replaced' | 'invalidated'

/** Where an answer came from. */
export type Tier = 'memory' | 'store'

export type Outcome = 'hit' | 'stale' | 'miss' | 'coalesced'

/** What a cache tells its `onEvent` listener. Nothing is built when nobody listens. */
export type CacheEvent =
  | {
      readonly type: 'read'
      readonly cache: string
      readonly key: string
      readonly outcome: Outcome
      readonly tier?: Tier
    }
  | { readonly type: 'write'; readonly cache: string; readonly key: string }
  | {
      readonly type: 'load'
      readonly cache: string
      readonly key: string
      readonly durationMs: number
      readonly error?: unknown
    }
  | {
      readonly type: 'remove'
      readonly cache: string
      readonly key: string
      readonly reason: RemovalReason
    }
  | { readonly type: 'invalidate'; readonly cache: string; readonly tags: readonly string[] }
  /** The store does not answer any more, or can be trusted again. */
  | { readonly type: 'store'; readonly cache: string; readonly up: boolean }
  | { readonly type: 'gap'; readonly cache: string; readonly reason: string }
  /** Something failed that no caller was told of: the cache went on without it. */
  | {
      readonly type: 'error'
      readonly cache: string
      readonly error: unknown
      readonly key?: string
    }
