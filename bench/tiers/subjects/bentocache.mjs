import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'

export async function open({ port, memory = false }) {
  const connection = { host: '127.0.0.1', port }
  const remote = bentostore().useL2Layer(redisDriver({ connection }))
  const store = memory
    ? remote.useL1Layer(memoryDriver(memory)).useBus(redisBusDriver({ connection }))
    : remote
  const cache = new BentoCache({ default: 'cache', stores: { cache: store }, ttl: '5m' })
  return {
    get: (key) => cache.get({ key }),
    set: (key, value) => cache.set({ key, value }),
    getOrSet: (key, load) => cache.getOrSet({ key, factory: load }),
  }
}
