import { cachified } from '@epic-web/cachified'
import { redisCacheAdapter } from 'cachified-redis-adapter'
import { createClient } from 'redis'

/** It has no memory besides. */
export async function open({ port }) {
  const client = createClient({ url: `redis://127.0.0.1:${port}` }).on('error', () => {})
  await client.connect()
  const options = { cache: redisCacheAdapter(client), ttl: 300_000 }
  return {
    get: async (key) => (await options.cache.get(key))?.value,
    set: (key, value) =>
      cachified({ ...options, key, forceFresh: true, getFreshValue: () => value }),
    getOrSet: (key, load) => cachified({ ...options, key, getFreshValue: load }),
  }
}
