import type { Clock } from '../contracts/clock.ts'
import type { Bytes, Increment, Replacement, Store, StoreRecord } from '../contracts/store.ts'
import { addToCounter } from '../kernel/counter.ts'
import { expectNumber, expectOptions } from '../kernel/expect.ts'
import { bytes } from '../kernel/size.ts'
import { hasStamp } from '../kernel/stamp.ts'
import { systemClock } from '../kernel/system-clock.ts'

/** What a record costs beside its key and its value. */
const overhead = 64
const known: ReadonlySet<string> = new Set(['maxBytes', 'clock'])

/** How large the store may grow. */
export interface MemoryStoreOptions {
  /** Most bytes of keys, values and their upkeep, as a number or a size. @default '64mb' */
  readonly maxBytes?: number | string | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

/**
 * A store in this process: the reference for what a store does, and a stand-in for one in tests.
 * Over its bound it gives up expired records first, then the ones written longest ago.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  expectOptions('memoryStore', options, known)
  const { clock = systemClock } = options
  const maxBytes = expectNumber(
    'maxBytes',
    bytes('maxBytes', options.maxBytes ?? '64mb'),
    1,
    Infinity,
  )
  /** In the order in which they were written, but for kept ones that made way for others to go. */
  const records = new Map<string, StoreRecord>()
  let used = 0
  let ordinary = 0
  /** No record expires before this instant. */
  let firstExpiry = Infinity

  const live = (key: string): StoreRecord | undefined => {
    const record = records.get(key)
    return record && record.expiresAt > clock.now() ? record : undefined
  }
  const remove = (key: string): void => {
    const record = records.get(key)
    if (!record) return
    records.delete(key)
    used -= sizeOf(record)
    if (!record.keep) ordinary--
  }
  /** Answers whether there was room. */
  const write = (record: StoreRecord): boolean => {
    remove(record.key)
    if (record.expiresAt <= clock.now()) return true
    if (sizeOf(record) > maxBytes) return false
    records.set(record.key, { ...record, value: own(record.value) })
    used += sizeOf(record)
    if (!record.keep) ordinary++
    firstExpiry = Math.min(firstExpiry, record.expiresAt)
    makeRoom()
    return true
  }
  const replace = ({ key, stamp, record }: Replacement): boolean => {
    const present = live(key)
    if (!present || !hasStamp(present.value, stamp)) return false
    if (record) return write(record)
    remove(key)
    return true
  }
  const increment = ({ key, by, stamp }: Increment): Bytes | undefined => {
    const present = live(key)
    const value = present && addToCounter(present.value, by, stamp)
    if (value) write({ ...present, value })
    return value
  }
  const prune = (): number => {
    const now = clock.now()
    if (now < firstExpiry) return 0
    const before = records.size
    firstExpiry = Infinity
    for (const [key, { expiresAt }] of records) {
      if (expiresAt <= now) remove(key)
      else firstExpiry = Math.min(firstExpiry, expiresAt)
    }
    return before - records.size
  }
  const makeRoom = (): void => {
    if (used > maxBytes) prune()
    for (const [key, record] of records) {
      if (used <= maxBytes) return
      remove(key)
      // A kept one goes to the end as long as there are others, which are met before it comes again.
      if (!record.keep || ordinary === 0) continue
      records.set(key, record)
      used += sizeOf(record)
    }
  }

  return {
    name: 'memory',
    local: true,
    async getMany(keys) {
      return keys.map((key) => live(key)?.value)
    },
    async setMany(batch) {
      const refused = new Set<string>()
      for (const record of batch) {
        if (write(record)) refused.delete(record.key)
        else refused.add(record.key)
      }
      return [...refused]
    },
    async deleteMany(keys) {
      return keys.map((key) => {
        const present = live(key) !== undefined
        remove(key)
        return present
      })
    },
    async addMany(batch) {
      return batch.map((record) => !live(record.key) && write(record))
    },
    async replaceMany(replacements) {
      return replacements.map(replace)
    },
    async incrementMany(increments) {
      return increments.map(increment)
    },
    async getHeads(keys, length) {
      return keys.map((key) => live(key)?.value.subarray(0, length))
    },
    async *scan(prefix) {
      for (const key of [...records.keys()]) if (key.startsWith(prefix) && live(key)) yield key
    },
    async prune() {
      return prune()
    },
    async usage() {
      return { entries: records.size, bytes: used, maxBytes }
    },
    /** What it holds goes with it; until then whoever shares it may go on. */
    async close() {},
  }
}

function sizeOf({ key, value }: StoreRecord): number {
  return key.length * 2 + value.length + overhead
}

/** A view would keep alive all of the buffer that it covers a part of. */
function own(value: Bytes): Bytes {
  return value.length === value.buffer.byteLength ? value : new Uint8Array(value)
}
