import type { Clock } from '../contracts/clock.ts'
import type { Bytes, Replacement, Store, StoreRecord } from '../contracts/store.ts'
import { Batcher } from '../kernel/batcher.ts'
import { withDeadline } from '../kernel/deadline.ts'
import { CacheError, StoreDownError, StoreError, StoreTimeoutError } from '../kernel/errors.ts'
import type { OwnWrites } from './own-writes.ts'

/** Most items that are sent to the store at once. */
const batchLimit = 1000

/** Whether the store may be asked, and who hears how that went. */
export interface StoreGate {
  readonly passable: boolean
  succeeded(): void
  failed(error: unknown): void
}

/**
 * The store as the core uses it: single operations that are sent in batches, each batch with a
 * deadline, and every failure a `StoreError`.
 */
export class StoreTier {
  readonly name: string
  /** Whether the store can compare and set, which is what leases and atomic verbs need. */
  readonly atomic: boolean
  bytesRead = 0
  bytesWritten = 0
  /** How many batches of reads have been sent: until the next one, who reads a key again reads the same. */
  readBatches = 0
  readonly #store: Store
  readonly #clock: Clock
  readonly #timeout: number
  readonly #gate: StoreGate | undefined
  readonly #ownWrites: OwnWrites | undefined
  readonly #reads: Batcher<string, Bytes | undefined>
  readonly #adds: Batcher<StoreRecord, boolean>
  readonly #replacements: Batcher<Replacement, boolean>

  /** Writes are noted in `ownWrites`, where somebody needs to know. */
  constructor(
    store: Store,
    clock: Clock,
    timeout: number,
    gate?: StoreGate,
    ownWrites?: OwnWrites,
  ) {
    this.name = store.name
    this.atomic = store.addMany !== undefined && store.replaceMany !== undefined
    this.#store = store
    this.#clock = clock
    this.#timeout = timeout
    this.#gate = gate
    this.#ownWrites = ownWrites
    this.#reads = new Batcher((keys) => this.#readDistinct(keys), batchLimit)
    this.#adds = new Batcher(
      (records) =>
        this.#guard('addMany', records.length, () =>
          need(store.addMany, 'addMany').call(store, records),
        ),
      batchLimit,
    )
    this.#replacements = new Batcher(
      (changes) =>
        this.#guard('replaceMany', changes.length, () =>
          need(store.replaceMany, 'replaceMany').call(store, changes),
        ),
      batchLimit,
    )
  }

  read(key: string): Promise<Bytes | undefined> {
    return this.#reads.add(key)
  }

  readMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    return this.#reads.addMany(keys)
  }

  add(record: StoreRecord): Promise<boolean> {
    this.bytesWritten += record.value.length
    this.#ownWrites?.note(record)
    return this.#adds.add(record)
  }

  replace(key: string, stamp: Bytes, record: StoreRecord | undefined): Promise<boolean> {
    if (record === undefined) this.#ownWrites?.forget(key)
    else {
      this.bytesWritten += record.value.length
      this.#ownWrites?.note(record)
    }
    return this.#replacements.add({ key, stamp, record })
  }

  /** Writes all and answers the keys that were refused: under those nothing remains. */
  write(records: readonly StoreRecord[]): Promise<string[]> {
    for (const record of records) {
      this.bytesWritten += record.value.length
      this.#ownWrites?.note(record)
    }
    return this.#guard('setMany', records.length, () => this.#store.setMany(records))
  }

  remove(keys: readonly string[]): Promise<boolean[]> {
    for (const key of keys) this.#ownWrites?.forget(key)
    return this.#guard('deleteMany', keys.length, () => this.#store.deleteMany(keys))
  }

  /** Whether this process was the last to write the key; `false` at once where that cannot be. */
  isOwn(key: string): false | Promise<boolean> {
    const own = this.#ownWrites
    if (!own?.has(key)) return false
    return this.read(key).then(
      (value) => own.wrote(key, value),
      () => false,
    )
  }

  async usage(): Promise<{ entries: number; bytes: number; maxBytes: number } | undefined> {
    const { usage } = this.#store
    return usage === undefined ? undefined : this.#guard('usage', 0, () => usage.call(this.#store))
  }

  async #readDistinct(keys: string[]): Promise<(Bytes | undefined)[]> {
    this.readBatches++
    const places = new Map<string, number>()
    for (const key of keys) if (!places.has(key)) places.set(key, places.size)
    const distinct = [...places.keys()]
    const found = await this.#guard('getMany', distinct.length, () => this.#store.getMany(distinct))
    for (const bytes of found) if (bytes !== undefined) this.bytesRead += bytes.length
    return keys.map((key) => found[places.get(key) as number])
  }

  async #guard<T>(operation: string, count: number, run: () => Promise<T>): Promise<T> {
    const subject = `${operation} of ${count} keys on store "${this.name}"`
    if (this.#gate?.passable === false) {
      throw new StoreDownError(`${subject} was not tried: the store does not answer`)
    }
    try {
      const answer = await withDeadline(
        run(),
        this.#timeout,
        this.#clock,
        () => new StoreTimeoutError(`${subject} took longer than ${this.#timeout} ms`),
      )
      this.#gate?.succeeded()
      return answer
    } catch (error) {
      this.#gate?.failed(error)
      if (error instanceof CacheError) throw error
      throw new StoreError(`${subject} failed: ${messageOf(error)}`, { cause: error })
    }
  }
}

function need<T>(capability: T | undefined, name: string): T {
  if (capability === undefined) throw new StoreError(`The store has no ${name}`)
  return capability
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
