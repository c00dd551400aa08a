import type { Cache, Duration } from '../contracts/cache.ts'
import { KeyList } from './key-list.ts'

/** Where queries are kept, and for how long. */
export interface TanstackOptions {
  /** Where queries are kept: in the namespace `tanstack` of it. */
  readonly cache: Cache
  /** Time for which they are kept; `null` is until they are evicted. @default '1d', as long as TanStack would use them */
  readonly ttl?: Duration | null | undefined
}

/** The `AsyncStorage` of TanStack Query, for text. */
export interface TanstackStorage {
  getItem(key: string): Promise<string | undefined>
  setItem(key: string, value: string): Promise<void>
  removeItem(key: string): Promise<void>
  /** Rejects with a `StoreError` where the store does not list its keys. */
  entries(): Promise<[string, string][]>
}

/** The `Persister` of TanStack Query, which keeps all queries of a client as one. */
export interface TanstackPersister<Client = unknown> {
  persistClient(client: Client): Promise<void>
  restoreClient(): Promise<Client | undefined>
  removeClient(): Promise<void>
}

/** Where `experimental_createQueryPersister` and `createAsyncStoragePersister` keep queries. */
export function tanstackStorage({ cache, ttl = '1d' }: TanstackOptions): TanstackStorage {
  const items = cache.namespace('tanstack')
  const list = new KeyList(items)
  return {
    getItem: (key) => items.get<string>(key),
    async setItem(key, value) {
      await items.set(key, value, { ttl })
      await list.note(key)
    },
    async removeItem(key) {
      await items.delete(key)
    },
    entries: () => list.entries<string>(''),
  }
}

/** Keeps a client under `name`: one for each user whose queries differ. */
export function tanstackPersister<Client = unknown>(
  name: string,
  options: TanstackOptions,
): TanstackPersister<Client> {
  const storage = tanstackStorage(options)
  return {
    // As text: what a client dehydrates shares its data with the queries that go on.
    persistClient: (client) => storage.setItem(name, JSON.stringify(client)),
    async restoreClient() {
      const text = await storage.getItem(name)
      return text === undefined ? undefined : JSON.parse(text)
    },
    removeClient: () => storage.removeItem(name),
  }
}
