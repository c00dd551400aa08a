import { resolve } from 'node:path'
import type { Cancel, Clock } from '../contracts/clock.ts'
import type {
  Bytes,
  Increment,
  Replacement,
  Store,
  StoreRecord,
  StoreUsage,
} from '../contracts/store.ts'
import { addToCounter } from '../kernel/counter.ts'
import { codeOf } from '../kernel/error-code.ts'
import { StoreError } from '../kernel/errors.ts'
import { expectInteger, expectOptions, expectString } from '../kernel/expect.ts'
import { bytes } from '../kernel/size.ts'
import { hasStamp } from '../kernel/stamp.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { type Environment, type Lease, lease } from './lmdb/environment.ts'
import { pageSize } from './lmdb/layout.ts'
import type { Change, Present } from './lmdb/transaction.ts'
import { storeFailure } from './store-failure.ts'

/** Pause between two removals of what has expired. */
const pruneEveryMs = 60_000
const smallest = 8 * 1024 ** 2

/** Where the file is, and how large it may grow. */
export interface LmdbStoreOptions {
  /**
   * Directory of the files, on a local disk; made where it is missing, for this user alone. All
   * processes and threads of the machine that name it share the records.
   */
  readonly directory: string
  /**
   * Size to which the file may grow, of which a fifth or more stays free for what is under way; at
   * least 8 MB. Stores of one process that share a directory must agree on it. @default '256mb'
   */
  readonly maxBytes?: number | string | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set(['directory', 'maxBytes', 'clock'])

/**
 * A store in one memory-mapped file, shared by all processes and threads of the machine, without a
 * server. It needs the package `lmdb`. Records survive restarts of the program and `kill -9`; when
 * the operating system goes down they survive only if every process had closed the store before.
 *
 * When it is full it evicts what was written longest ago. A record that would take more than an
 * eighth of the file is refused; any other only while the disk is full, or while a process that was
 * stopped in the middle of a read keeps what was removed since then from being reused.
 *
 * The first operation opens the file. It fails with a `ConfigError` when the package is not installed
 * or the directory is not on a local disk.
 *
 * A worker thread should close the store before it is terminated: one that is writing at that moment
 * may take the process with it.
 */
export function lmdbStore(options: LmdbStoreOptions): Store {
  expectOptions('lmdbStore', options, known)
  const directory = resolve(expectString('directory', options.directory))
  const maxBytes = bytes('maxBytes', options.maxBytes ?? '256mb')
  expectInteger('maxBytes', maxBytes, smallest, Number.MAX_SAFE_INTEGER)
  return new LmdbStore(directory, maxBytes, options.clock ?? systemClock)
}

class LmdbStore implements Required<Omit<Store, 'getHeads'>> {
  readonly name = 'lmdb'
  readonly local = true
  readonly #directory: string
  readonly #maxBytes: number
  readonly #clock: Clock
  #lease: Promise<Lease> | undefined
  #cancel: Cancel | undefined
  #closed = false

  constructor(directory: string, maxBytes: number, clock: Clock) {
    this.#directory = directory
    this.#maxBytes = maxBytes
    this.#clock = clock
  }

  getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    return this.#use(({ records }) => {
      const now = this.#clock.now()
      return records.view(() => keys.map((key) => records.read(key, now)))
    })
  }

  setMany(all: readonly StoreRecord[]): Promise<string[]> {
    return this.#use(async ({ writer }) => {
      const now = this.#clock.now()
      const outcomes = await writer.submit(
        all.map((record) => ({ key: record.key, record: ifLive(record, now), when: always })),
      )
      const refused = all.flatMap(({ key }, i) => (outcomes[i] === 'refused' ? key : []))
      if (refused.length > 0) await writer.submit(refused.map(removal))
      return refused
    })
  }

  deleteMany(keys: readonly string[]): Promise<boolean[]> {
    return this.#change(keys, (key, now) => ({
      key,
      record: undefined,
      when: (present) => isLive(present, now),
    }))
  }

  addMany(records: readonly StoreRecord[]): Promise<boolean[]> {
    return this.#change(records, (record, now) => ({
      key: record.key,
      record: ifLive(record, now),
      when: (present) => !isLive(present, now),
    }))
  }

  replaceMany(replacements: readonly Replacement[]): Promise<boolean[]> {
    return this.#change(replacements, ({ key, stamp, record }, now) => ({
      key,
      record: record && ifLive(record, now),
      when: (present) => isLive(present, now) && carries(present, stamp),
    }))
  }

  incrementMany(increments: readonly Increment[]): Promise<(Bytes | undefined)[]> {
    return this.#use(async ({ writer }) => {
      const now = this.#clock.now()
      const sums: (Bytes | undefined)[] = []
      const outcomes = await writer.submit(
        increments.map(({ key, by, stamp }, i) => ({
          key,
          record: undefined,
          when(present) {
            const value = isLive(present, now) ? present.value() : undefined
            sums[i] = value && addToCounter(value, by, stamp)
            return sums[i] !== undefined
          },
          revise: ({ entry: { expiresAt } }) => ({ key, value: sums[i] as Bytes, expiresAt }),
        })),
      )
      if (outcomes.includes('refused')) throw new StoreError('There is no room to count')
      return outcomes.map((outcome, i) => (outcome === 'made' ? sums[i] : undefined))
    })
  }

  async *scan(prefix: string): AsyncIterable<string> {
    const pages = await this.#use(({ records }) => records.pages(prefix, this.#clock.now))
    for (;;) {
      const { done, value } = await this.#use(() => pages.next())
      if (done) return
      yield* value
    }
  }

  prune(): Promise<number> {
    return this.#use(({ writer, forgetDeadReaders }) => {
      forgetDeadReaders()
      return writer.prune()
    })
  }

  usage(): Promise<StoreUsage> {
    return this.#use(({ records }) => {
      const { entries, usedPages } = records.stats()
      return { entries, bytes: usedPages * pageSize, maxBytes: this.#maxBytes }
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#cancel?.()
    const opened = await this.#lease?.catch(() => undefined)
    await opened?.release()
  }

  #change<Item>(
    items: readonly Item[],
    changeOf: (item: Item, now: number) => Change,
  ): Promise<boolean[]> {
    return this.#use(async ({ writer }) => {
      const now = this.#clock.now()
      const outcomes = await writer.submit(items.map((item) => changeOf(item, now)))
      return outcomes.map((outcome) => outcome === 'made')
    })
  }

  async #use<T>(act: (environment: Environment) => T | Promise<T>): Promise<T> {
    const opening = this.#open()
    try {
      return await act((await opening).environment)
    } catch (cause) {
      await this.#recover(opening, cause)
      throw storeFailure(`The lmdb store in ${this.#directory}`, cause)
    }
  }

  #open(): Promise<Lease> {
    if (this.#closed) throw new StoreError(`The lmdb store in ${this.#directory} is closed`)
    this.#lease ??= lease(this.#directory, this.#maxBytes, this.#clock)
    this.#cancel ??= this.#pruneLater()
    return this.#lease
  }

  /** A file that could not be opened, or that somebody deleted, is opened anew by the next operation. */
  async #recover(opening: Promise<Lease>, cause: unknown): Promise<void> {
    const opened = await opening.catch(() => undefined)
    if (this.#lease !== opening || (opened && codeOf(cause) !== 'ENOENT')) return
    this.#lease = undefined
    await opened?.abandon()
  }

  #pruneLater(): Cancel {
    const prune = async () => {
      // Whoever writes next meets the same failure, and is told.
      await this.prune().catch(() => {})
      if (!this.#closed) this.#cancel = this.#pruneLater()
    }
    return this.#clock.schedule(pruneEveryMs, () => void prune(), 'background')
  }
}

const always = () => true

/** A record that has expired already leaves nothing. */
function ifLive(record: StoreRecord, now: number): StoreRecord | undefined {
  return record.expiresAt > now ? record : undefined
}

function removal(key: string): Change {
  return { key, record: undefined, when: (present) => present !== undefined }
}

function isLive(present: Present | undefined, now: number): present is Present {
  return present !== undefined && present.entry.expiresAt > now
}

function carries(present: Present, stamp: Bytes): boolean {
  const value = present.value()
  return value !== undefined && hasStamp(value, stamp)
}
