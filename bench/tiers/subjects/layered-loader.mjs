import { Redis } from 'ioredis'
import { createNotificationPair, Loader, RedisCache } from 'layered-loader'

const ttlInMsecs = 300_000
const logger = { error() {} }

export async function open({ port, memory = false }) {
  const asyncCache = new RedisCache(clientOf(port), { prefix: 'cache', ttlInMsecs, json: true })
  const { publisher, consumer } = memory ? notifications(port) : {}
  const loader = new Loader({
    logger,
    asyncCache,
    ...(memory && {
      inMemoryCache: { cacheType: 'lru-map', maxItems: 10_000, ttlInMsecs },
      notificationPublisher: publisher,
      notificationConsumer: consumer,
    }),
    cacheKeyFromLoadParamsResolver: ({ key }) => key,
    dataSourceGetOneFn: ({ load }) => load(),
  })
  await loader.init()
  return {
    get: (key) => loader.get({ key, load: async () => undefined }),
    set: (key, value) => loader.forceSetValue(key, value),
    getOrSet: (key, load) => loader.get({ key, load }),
  }
}

function notifications(port) {
  return createNotificationPair({
    channel: 'changes',
    consumerRedis: clientOf(port),
    publisherRedis: clientOf(port),
  })
}

function clientOf(port) {
  return new Redis(port).on('error', () => {})
}
