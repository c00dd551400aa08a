import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'

export const open = ({ port, ...options }) => openOver({ host: '127.0.0.1', port }, port, options)

/** `connection` is a client for the store, or what one is made of; the bus has its own. */
export async function openOver(connection, port, { memory = false }) {
  const remote = bentostore().useL2Layer(redisDriver({ connection }))
  const store = memory
    ? remote
        .useL1Layer(memoryDriver(memory))
        .useBus(redisBusDriver({ connection: { host: '127.0.0.1', port } }))
    : remote
  const cache = new BentoCache({ default: 'cache', stores: { cache: store }, ttl: '5m' })
  return {
    get: (key) => cache.get({ key }),
    set: (key, value) => cache.set({ key, value }),
    getOrSet: (key, load) => cache.getOrSet({ key, factory: load }),
  }
}
