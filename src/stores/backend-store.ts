import type { Clock } from '../contracts/clock.ts'
import type { Bytes, Store, StoreRecord } from '../contracts/store.ts'
import { Serial } from '../kernel/serial.ts'
import { keyHash } from './key-bytes.ts'
import { sealed, unsealed } from './sealed-value.ts'
import { storeFailure } from './store-failure.ts'

/** A place for bytes under names of 71 characters (0-9, a-z and a colon), in which nothing is compared. */
export interface Backend {
  /** Answers one element a name, in order; `undefined` where there is nothing. */
  read(names: readonly string[]): Promise<(Bytes | undefined)[]>
  /** The bytes may be forgotten after so many milliseconds, but need not; `undefined` is never. */
  write(name: string, bytes: Bytes, ms: number | undefined): Promise<void>
  /** Answers false where it is known that somebody else removed it. */
  remove(name: string): Promise<boolean>
}

/**
 * A store on a backend that knows keys and bytes alone: so nothing can be added or replaced. What the
 * backend makes of a time to live does not matter: each value carries its last instant. Changes of a
 * key are made one after the other, but not those of several processes.
 */
export function backendStore(name: string, backend: Backend, clock: Clock): Store {
  const serial = new Serial()

  const read = async (keys: readonly string[]): Promise<(Bytes | undefined)[]> => {
    const names = keys.map(nameOf)
    const unique = [...new Set(names)]
    const items = await backend.read(unique)
    const now = clock.now()
    const values = new Map(unique.map((name, i) => [name, items[i] && unsealed(items[i], now)]))
    return names.map((name) => values.get(name))
  }
  const write = async (record: StoreRecord): Promise<void> => {
    const left = record.expiresAt - clock.now()
    if (left <= 0) await backend.remove(nameOf(record.key))
    else {
      const ms = left === Infinity ? undefined : Math.ceil(left)
      await backend.write(nameOf(record.key), sealed(record), ms)
    }
  }
  /** It removes also what it does not see: a backend may answer what was there a while ago. */
  const remove = async (key: string): Promise<boolean> => {
    const [value] = await read([key])
    const removed = await backend.remove(nameOf(key))
    return removed && value !== undefined
  }
  const surface = async <T>(operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation()
    } catch (cause) {
      throw storeFailure(`The ${name} store`, cause)
    }
  }

  return {
    name,
    getMany: (keys) => surface(() => read(keys)),
    async setMany(records) {
      const last = [...new Map(records.map((record) => [record.key, record])).values()]
      await surface(() =>
        Promise.all(last.map((record) => serial.run(record.key, () => write(record)))),
      )
      return []
    },
    deleteMany: (keys) =>
      surface(() => Promise.all(keys.map((key) => serial.run(key, () => remove(key))))),
    /** The backend is its owner's to close. */
    async close() {},
  }
}

/** Backends fold cases, split at colons and slashes, and cut off: a hash stays what it is. */
function nameOf(key: string): string {
  return `hotset:${keyHash(key)}`
}
