import { createKeyv } from '@keyv/redis'
import { Cacheable } from 'cacheable'

export async function open({ port, memory = false }) {
  const redis = createKeyv(`redis://127.0.0.1:${port}`).on('error', () => {})
  const cache = new Cacheable({
    ...(memory ? { secondary: redis } : { primary: redis }),
    ttl: '5m',
  })
  cache.on('error', () => {})
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getMany: (keys) => cache.getMany(keys),
    getOrSet: (key, load) => cache.getOrSet(key, load, { throwErrors: 'function' }),
  }
}
