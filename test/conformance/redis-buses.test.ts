import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type RedisBusOptions, redisBus } from '../../src/buses/redis.ts'
import { redisTrackingBus } from '../../src/buses/redis-tracking.ts'
import { busCases } from '../../src/testing/bus-cases.ts'
import { startRedis } from '../servers/redis.ts'
import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.ts'
import { type RedisSentinels, startRedisSentinels } from '../servers/redis-sentinel.ts'
import type { Server } from '../servers/start-server.ts'

const closing: (() => unknown)[] = []
async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close()
}

/** Cases have channels of their own, so that they may run side by side. */
let channels = 0

function proves(
  name: string,
  options: () => Promise<RedisBusOptions> | RedisBusOptions,
  make = redisBus,
): void {
  describe.concurrent(name, () => {
    let common: RedisBusOptions
    beforeAll(async () => {
      common = await options()
    })
    test.each(busCases)('$name', async ({ run }) => {
      const channel = `channel ${channels++}`
      await run(async () => make({ ...common, channel }))
    })
  })
}

async function connected<T extends { connect(): Promise<unknown>; destroy(): unknown }>(
  client: T,
): Promise<T> {
  closing.push(() => client.destroy())
  await client.connect()
  return client
}

function disconnecting<T extends { disconnect(): void }>(client: T): T {
  closing.push(() => client.disconnect())
  return client
}

describe('one server', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    await closeAll()
    await server.stop()
  })
  const url = () => `redis://127.0.0.1:${server.port}`

  proves('by its URL', () => ({ url: url() }))
  proves('by node-redis', async () => ({ client: await connected(createClient({ url: url() })) }))
  proves('by node-redis in RESP2', async () => ({
    client: await connected(createClient({ url: url(), RESP: 2 })),
  }))
  proves('by ioredis', () => ({ client: disconnecting(new Redis(url())) }))
  proves('by ioredis that pipelines by itself, in RESP2', () => ({
    client: disconnecting(new Redis(url(), { enableAutoPipelining: true, protocol: 2 })),
  }))
  proves('tracking, by its URL', () => ({ url: url() }), redisTrackingBus)
  proves(
    'tracking, by node-redis',
    async () => ({ client: await connected(createClient({ url: url() })) }),
    redisTrackingBus,
  )
  proves(
    'tracking, by ioredis',
    () => ({ client: disconnecting(new Redis(url())) }),
    redisTrackingBus,
  )
})

describe('a cluster of six', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(async () => {
    await closeAll()
    await cluster.stop()
  })
  const nodes = () => cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port }))
  const url = () => `redis+cluster://${nodes().map(({ host, port }) => `${host}:${port}`)}`

  proves('by its URL', () => ({ url: url() }))
  proves('by node-redis', async () => ({
    client: await connected(createCluster({ rootNodes: nodes().map((socket) => ({ socket })) })),
  }))
  proves('by ioredis', () => ({ client: disconnecting(new Cluster(nodes())) }))
  proves('tracking, by its URL', () => ({ url: url() }), redisTrackingBus)
})

describe('a primary that sentinels watch', () => {
  let sentinels: RedisSentinels
  beforeAll(async () => {
    sentinels = await startRedisSentinels()
  })
  afterAll(async () => {
    await closeAll()
    await sentinels.stop()
  })
  const nodes = () => sentinels.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))

  proves('by a URL', () => ({
    url: `redis+sentinel://${nodes().map(({ host, port }) => `${host}:${port}`)}/main`,
  }))
  proves('by ioredis', () => ({
    client: disconnecting(new Redis({ sentinels: nodes(), name: 'main' })),
  }))
  proves(
    'tracking, by ioredis',
    () => ({ client: disconnecting(new Redis({ sentinels: nodes(), name: 'main' })) }),
    redisTrackingBus,
  )
})
