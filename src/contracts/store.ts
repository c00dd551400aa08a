/** A view may cover part of a larger buffer; nobody writes into bytes that were handed over. */
export type Bytes = Uint8Array

/** Bytes under a key, and the instant of their death. */
export interface StoreRecord {
  /** 1 to 4,096 UTF-16 units, any characters. A store with a lower limit hashes longer keys. */
  readonly key: string
  /** Opaque, but for the stamp: 8 bytes at a fixed offset (`kernel/stamp.ts`) that name this write. */
  readonly value: Bytes
  /** Epoch milliseconds from which the record must not be answered any more; `Infinity` is never. */
  readonly expiresAt: number
  /** Many entries depend on this small record: a bounded store gives it up last. @default false */
  readonly keep?: boolean
}

/** What is put in the place of a record that has a certain stamp. */
export interface Replacement {
  /** The key of the record. */
  readonly key: string
  /** The stamp that the record must carry now. */
  readonly stamp: Bytes
  /** What to put in its place; `undefined` removes it. Its key equals `key`. */
  readonly record: StoreRecord | undefined
}

/** A counter, and what is added to it. */
export interface Increment {
  /** The key of its record. */
  readonly key: string
  /** A safe integer. */
  readonly by: number
  /** The stamp that the record carries from then on. */
  readonly stamp: Bytes
}

/**
 * Bytes with an instant of death. A store knows nothing of values, tags, staleness or clearing, and
 * has no timeouts and no retries: those live once, in the core. A key may occur twice in a batch:
 * then answers are per occurrence, and writes behave as if made one after the other, in order.
 * A rejection means that the outcome of the whole batch is unknown.
 */
export interface Store {
  /** Names the store in errors, events and metrics. */
  readonly name: string
  /** It is on this machine, with no network between: more time is left to it. @default false */
  readonly local?: boolean
  /**
   * Answers one element a key, in order; `undefined` where there is none or it has expired. It need
   * not read all of them at one instant.
   */
  getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]>
  /**
   * Replaces what was there; a record that is expired already leaves nothing. Answers the keys it
   * refused (too large, no room): under those nothing remains.
   */
  setMany(records: readonly StoreRecord[]): Promise<string[]>
  /** Answers, a key, whether a live record was there; of concurrent callers one is told so. */
  deleteMany(keys: readonly string[]): Promise<boolean[]>
  /** Releases what the store itself opened, never a client handed to it. May be called twice. */
  close(): Promise<void>

  /**
   * Writes, atomically, each record whose key holds nothing live; answers which were written. A
   * record that is expired already counts as written, and leaves nothing; a refused one does not.
   */
  addMany?(records: readonly StoreRecord[]): Promise<boolean[]>
  /**
   * Replaces, atomically, each record that still carries its stamp; answers which were replaced.
   * Where the new record is refused, the old one is removed.
   */
  replaceMany?(replacements: readonly Replacement[]): Promise<boolean[]>
  /**
   * Adds, atomically, to each live record that is a counter (`kernel/counter.ts`), whose expiry stays
   * as it is. Answers the records as they are then; `undefined` where there is no counter, or where
   * the sum is no safe integer: there nothing is changed. Rejects where there is no room.
   */
  incrementMany?(increments: readonly Increment[]): Promise<(Bytes | undefined)[]>
  /**
   * As `getMany`, but of each record the first bytes alone: as many as `length` says, at least one,
   * and fewer where it is shorter. For stores to which that is cheaper if values are large.
   */
  getHeads?(keys: readonly string[], length: number): Promise<(Bytes | undefined)[]>
  /** The live keys that begin with `prefix`, in no particular order. For tools, not for serving. */
  scan?(prefix: string): AsyncIterable<string>
  /** Removes expired records physically and, where the store is bounded, makes room. Answers how many. */
  prune?(): Promise<number>
  /** What it holds now, as far as it can tell cheaply. */
  usage?(): Promise<StoreUsage>
}

/** What the store takes, as far as it can tell. */
export interface StoreUsage {
  /** Records, as far as it can tell cheaply. */
  readonly entries: number
  /** Bytes used of the bound. */
  readonly bytes: number
  /** The bound. */
  readonly maxBytes: number
}
