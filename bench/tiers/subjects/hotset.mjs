import { createClient } from 'redis'
import { createCache } from '../../../dist/index.js'
import { redisStore } from '../../../dist/stores/redis.js'

export async function open({ port, ...options }) {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true })
  client.on('error', () => {})
  await client.connect()
  return overStore(client, options)
}

export function overStore(client, { memory = false, onEvent }) {
  const cache = createCache({ store: redisStore({ client, onWarning() {} }), memory, onEvent })
  return {
    get: (key) => cache.get(key),
    set: (key, value, tags) => cache.set(key, value, tags && { tags }),
    getMany: async (keys) => [...(await cache.getMany(keys)).values()],
    getOrSet: (key, load) => cache.getOrSet(key, load),
    cache,
  }
}
