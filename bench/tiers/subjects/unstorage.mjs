import { createStorage } from 'unstorage'
import redisDriver from 'unstorage/drivers/redis'

/** It has no memory besides, and no loaders. */
export async function open({ port }) {
  const storage = createStorage({ driver: redisDriver({ host: '127.0.0.1', port, ttl: 300 }) })
  return {
    get: (key) => storage.getItem(key),
    set: (key, value) => storage.setItem(key, value),
    getMany: async (keys) => (await storage.getItems(keys)).map(({ value }) => value),
    async getOrSet(key, load) {
      const known = await storage.getItem(key)
      if (known !== null) return known
      const value = await load()
      await storage.setItem(key, value)
      return value
    },
  }
}
