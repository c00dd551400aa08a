import type { Bytes, StoreUsage } from '../../contracts/store.ts'

/**
 * The slice of a Memcached client that the store needs. What it is asked in one call goes to each
 * server in one round trip, where the client can do that. A server that does not answer makes the
 * call reject: it must never look like a miss.
 */
export interface MemcachedClient {
  /**
   * Keys that it takes. `'ascii'`: up to 250 printable ASCII characters. `'any'`: in addition,
   * well-formed text of up to 186 bytes of UTF-8. All others arrive as a hash.
   */
  readonly keys: 'ascii' | 'any'
  /** One element a key, in order. */
  get(keys: readonly string[]): Promise<(Bytes | undefined)[]>
  /** Answers in order; writes of one key are made in order. */
  set(writes: readonly MemcachedWrite[]): Promise<MemcachedOutcome[]>
  /** Answers which were removed. */
  delete(removals: readonly MemcachedRemoval[]): Promise<boolean[]>
  /** As `get`, with CAS tokens. Without it the store has neither `add` nor `replace`, so no leases. */
  gets?(keys: readonly string[]): Promise<(MemcachedItem | undefined)[]>
  /** The sum over all servers. */
  usage?(): Promise<StoreUsage>
}

/** What a server has under a key. */
export interface MemcachedItem {
  /** As it was written. */
  readonly value: Bytes
  /** Names this write; a text that only the client understands. */
  readonly cas: string
}

/** What is written, until when, and on which condition. */
export interface MemcachedWrite {
  /** Of the form that `keys` says. */
  readonly key: string
  /** As it is to lie there. */
  readonly value: Bytes
  /** As the protocol has it: 0 is never, up to 2,592,000 seconds from now, beyond an instant in Unix time. */
  readonly expiry: number
  /** Write only where nothing is, or only over the item with this token. @default always */
  readonly when?: 'absent' | { readonly cas: string } | undefined
}

/** What is deleted, and on which condition. */
export interface MemcachedRemoval {
  /** Of the form that `keys` says. */
  readonly key: string
  /** Remove only the item with this token. @default any */
  readonly cas?: string | undefined
}

/** `'declined'`: `when` was not the case. `'refused'`: too large, or no room; the old item may be gone. */
export type MemcachedOutcome = 'done' | 'declined' | 'refused'
