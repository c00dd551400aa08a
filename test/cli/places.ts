import { join } from 'node:path'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { startMemcached } from '../servers/memcached.ts'
import { startRedis, tell } from '../servers/redis.ts'
import type { Server } from '../servers/start-server.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

/** A kind of store that the tool is tried on. */
export interface Kind {
  readonly name: string
  /** It can list its keys. */
  readonly lists: boolean
  /** The URL of an empty one. */
  empty(): Promise<string>
}

let redis: Promise<Server> | undefined
let memcached: Promise<Server> | undefined

export async function stopServers(): Promise<void> {
  for (const server of [redis, memcached]) await (await server)?.stop()
  redis = memcached = undefined
}

export async function redisUrl(): Promise<string> {
  redis ??= startRedis()
  const { port } = await redis
  await tell(port, 'FLUSHALL')
  return `redis://127.0.0.1:${port}`
}

async function memcachedUrl(): Promise<string> {
  memcached ??= startMemcached()
  return `memcached://127.0.0.1:${(await memcached).port}`
}

export const kinds: readonly Kind[] = [
  { name: 'LMDB', lists: true, empty: async () => `lmdb:${join(temporaryDirectory(), 'store')}` },
  {
    name: 'SQLite',
    lists: true,
    empty: async () => `sqlite:${join(temporaryDirectory(), 'c.db')}`,
  },
  { name: 'Redis', lists: true, empty: redisUrl },
  { name: 'Memcached', lists: false, empty: memcachedUrl },
]

/** Uses a cache on a store, and closes it. */
export async function inCache<T>(
  url: string,
  use: (cache: Cache) => Promise<T>,
  name = 'default',
): Promise<T> {
  const cache = createCache({ store: url, name })
  try {
    return await use(cache)
  } finally {
    await cache.close()
  }
}
