import { createKeyv } from '@keyv/redis'
import { createCache } from 'cache-manager'
import { Keyv } from 'keyv'

export async function open({ port, memory = false }) {
  const redis = createKeyv(`redis://127.0.0.1:${port}`).on('error', () => {})
  const cache = createCache({ stores: memory ? [new Keyv(), redis] : [redis], ttl: 300_000 })
  cache.on('error', () => {})
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getMany: (keys) => cache.mget(keys),
    getOrSet: (key, load) => cache.wrap(key, load),
  }
}
