import type { Clock } from '../../contracts/clock.ts'
import type { Bytes, Increment, Replacement, Store, StoreRecord } from '../../contracts/store.ts'
import { Batcher } from '../../kernel/batcher.ts'
import { withDeadline } from '../../kernel/deadline.ts'
import { CacheError, StoreDownError, StoreError, StoreTimeoutError } from '../../kernel/errors.ts'
import { Lookups } from '../../kernel/lookups.ts'
import { stampOf } from '../../kernel/stamp.ts'
import type { Events } from '../events.ts'
import type { OwnWrites } from './own-writes.ts'

/** Most items that are sent to the store at once. */
const batchLimit = 1000
/** Bytes that are read to see whether a record is still the same: most have all but the value there. */
const headLength = 512

/** By key, what the store has of those that were asked for together. */
export type Found = ReadonlyMap<string, Bytes | undefined>

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
  /** Whether it can add to counters by itself. */
  readonly counts: boolean
  /** Whether it can read the first bytes alone. */
  readonly readsHeads: boolean
  bytesRead = 0
  bytesWritten = 0
  /** How many batches of reads have been sent: until the next one, who reads a key again reads the same. */
  readBatches = 0
  readonly #store: Store
  readonly #clock: Clock
  /** Most milliseconds that one operation may take. */
  readonly timeout: number
  readonly #gate: StoreGate | undefined
  readonly #ownWrites: OwnWrites | undefined
  readonly #events: Events | undefined
  readonly #reads: Lookups<string, Bytes | undefined>
  readonly #heads: Batcher<string, Bytes | undefined>
  readonly #adds: Batcher<StoreRecord, boolean>
  readonly #replacements: Batcher<Replacement, boolean>
  readonly #increments: Batcher<Increment, Bytes | undefined>

  /** Writes are noted in `ownWrites`, where somebody needs to know. */
  constructor(
    store: Store,
    clock: Clock,
    timeout: number,
    gate?: StoreGate,
    ownWrites?: OwnWrites,
    events?: Events,
  ) {
    this.name = store.name
    this.atomic = store.addMany !== undefined && store.replaceMany !== undefined
    this.#store = store
    this.#clock = clock
    this.#events = events
    this.timeout = timeout
    this.#gate = gate
    this.#ownWrites = ownWrites
    this.#reads = new Lookups((keys) => this.#read(keys), batchLimit)
    this.readsHeads = store.getHeads !== undefined
    this.#heads = new Batcher(
      async (keys) =>
        this.#counted(
          await this.#guard(
            'getHeads',
            keys.length,
            () => need(store.getHeads, 'getHeads').call(store, keys, headLength),
            bytesIn,
          ),
        ),
      batchLimit,
    )
    this.#adds = new Batcher(
      (records) =>
        this.#guard(
          'addMany',
          records.length,
          () => need(store.addMany, 'addMany').call(store, records),
          () => bytesOf(records),
        ),
      batchLimit,
    )
    this.#replacements = new Batcher(
      (changes) =>
        this.#guard(
          'replaceMany',
          changes.length,
          () => need(store.replaceMany, 'replaceMany').call(store, changes),
          () => bytesOf(changes.map(({ record }) => record)),
        ),
      batchLimit,
    )
    this.counts = store.incrementMany !== undefined
    this.#increments = new Batcher(
      (increments) =>
        this.#guard('incrementMany', increments.length, () =>
          need(store.incrementMany, 'incrementMany').call(store, increments),
        ),
      batchLimit,
    )
  }

  async read(key: string): Promise<Bytes | undefined> {
    return (await this.#reads.ask(key)).get(key)
  }

  /** What is found under the key, and under all others that are asked for in this turn. */
  find(key: string): Promise<Found> {
    return this.#reads.ask(key)
  }

  findMany(keys: readonly string[]): Promise<Found> {
    return this.#reads.askMany(keys)
  }

  /** The first bytes of what `read` answers. */
  readHead(key: string): Promise<Bytes | undefined> {
    return this.#heads.add(key)
  }

  add(record: StoreRecord): Promise<boolean> {
    this.bytesWritten += record.value.length
    this.#ownWrites?.note(record.key, stampOf(record.value))
    return this.#adds.add(record)
  }

  replace(key: string, stamp: Bytes, record: StoreRecord | undefined): Promise<boolean> {
    if (record === undefined) this.#ownWrites?.forget(key)
    else {
      this.bytesWritten += record.value.length
      this.#ownWrites?.note(record.key, stampOf(record.value))
    }
    return this.#replacements.add({ key, stamp, record })
  }

  /** Adds to a counter, and answers it as it is then; `undefined` where there is none. */
  increment(key: string, by: number, stamp: Bytes): Promise<Bytes | undefined> {
    this.#ownWrites?.note(key, stamp)
    return this.#increments.add({ key, by, stamp })
  }

  /** Writes all and answers the keys that were refused: under those nothing remains. */
  write(records: readonly StoreRecord[]): Promise<string[]> {
    for (const record of records) {
      this.bytesWritten += record.value.length
      this.#ownWrites?.note(record.key, stampOf(record.value))
    }
    return this.#guard(
      'setMany',
      records.length,
      () => this.#store.setMany(records),
      () => bytesOf(records),
    )
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

  async #read(keys: string[]): Promise<(Bytes | undefined)[]> {
    this.readBatches++
    return this.#counted(
      await this.#guard('getMany', keys.length, () => this.#store.getMany(keys), bytesIn),
    )
  }

  #counted(found: (Bytes | undefined)[]): (Bytes | undefined)[] {
    this.bytesRead += bytesIn(found)
    return found
  }

  /** `bytes` tells how many went to or came from the store, to those who want to know. */
  async #guard<T>(
    operation: string,
    count: number,
    run: () => Promise<T>,
    bytes: (answer: T) => number = () => 0,
  ): Promise<T> {
    const subject = `${operation} of ${count} keys on store "${this.name}"`
    if (this.#gate?.passable === false) {
      throw new StoreDownError(`${subject} was not tried: the store does not answer`)
    }
    const events = this.#events
    const begun = events?.begin('operation') ?? 0
    const tell = (carried: () => number, failure?: { readonly error: unknown }) =>
      events?.emit('operation', () => ({
        store: this.name,
        operation,
        count,
        bytes: carried(),
        durationMs: events.since(begun),
        ...failure,
      }))
    try {
      const answer = await withDeadline(
        run(),
        this.timeout,
        this.#clock,
        () => new StoreTimeoutError(`${subject} took longer than ${this.timeout} ms`),
      )
      this.#gate?.succeeded()
      tell(() => bytes(answer))
      return answer
    } catch (error) {
      this.#gate?.failed(error)
      tell(() => 0, { error })
      if (error instanceof CacheError) throw error
      throw new StoreError(`${subject} failed: ${messageOf(error)}`, { cause: error })
    }
  }
}

function need<T>(capability: T | undefined, name: string): T {
  if (capability === undefined) throw new StoreError(`The store has no ${name}`)
  return capability
}

function bytesIn(found: readonly (Bytes | undefined)[]): number {
  let sum = 0
  for (const bytes of found) if (bytes !== undefined) sum += bytes.length
  return sum
}

function bytesOf(records: readonly (StoreRecord | undefined)[]): number {
  return bytesIn(records.map((record) => record?.value))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
