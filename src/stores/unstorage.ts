import type { Clock } from '../contracts/clock.ts'
import type { Bytes, Store } from '../contracts/store.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { backendStore } from './backend-store.ts'

/** What is needed of a `Storage` of unstorage. */
export interface UnstorageBackend {
  /** Answers the bytes as they were set; `null` or `undefined` where there is nothing. */
  getItemRaw(key: string): Promise<unknown>
  /** `ttl` is in seconds; drivers that know none ignore it. */
  setItemRaw(key: string, value: Uint8Array, options?: { readonly ttl?: number }): Promise<void>
  removeItem(key: string): Promise<void>
}

/** What a store on a storage of unstorage needs besides it. */
export interface UnstorageStoreOptions {
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set(['clock'])

/**
 * A store on whatever has a driver for unstorage. Names are hashes, below `hotset:`. Nothing can be
 * compared and set: there are no leases between processes, and a load that a deletion of another
 * process overtook may put back what it read. The storage is not disposed of.
 */
export function unstorageStore(
  storage: UnstorageBackend,
  options: UnstorageStoreOptions = {},
): Store {
  expectOptions('unstorageStore', options, known)
  for (const name of ['getItemRaw', 'setItemRaw', 'removeItem'] as const) {
    expectFunction(`storage.${name}`, storage?.[name])
  }
  return backendStore(
    'unstorage',
    {
      // Its batches parse what they find, and bytes are not to be parsed.
      read: (names) =>
        Promise.all(names.map(async (name) => bytesOf(await storage.getItemRaw(name)))),
      write: (name, bytes, ms) =>
        storage.setItemRaw(name, bytes, ms === undefined ? {} : { ttl: Math.ceil(ms / 1000) }),
      async remove(name) {
        await storage.removeItem(name)
        return true
      },
    },
    options.clock ?? systemClock,
  )
}

function bytesOf(value: unknown): Bytes | undefined {
  if (value instanceof Uint8Array) return value
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}
