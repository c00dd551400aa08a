import { Redis } from 'ioredis'
import { createSentinel } from 'redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../src/contracts/store.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { read, record, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { type RedisSentinels, startRedisSentinels } from '../servers/redis-sentinel.ts'
import { eventually } from '../servers/start-server.ts'

let servers: RedisSentinels
const closing: (() => unknown)[] = []
beforeAll(async () => {
  servers = await startRedisSentinels()
})
afterAll(async () => {
  for (const close of closing) await close()
  await servers.stop()
})

const sentinels = () => servers.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))

async function openStores(): Promise<Store[]> {
  const hosts = sentinels().map(({ host, port }) => `${host}:${port}`)
  const url = `redis+sentinel://${hosts}/main`
  const nodeRedis = createSentinel({ name: 'main', sentinelRootNodes: sentinels() })
  await nodeRedis.connect()
  const ioredis = new Redis({ sentinels: sentinels(), name: 'main' })
  // Otherwise it says on the console what the test expects.
  ioredis.on('error', () => {})
  closing.push(
    () => nodeRedis.destroy(),
    () => ioredis.disconnect(),
  )
  const stores = [
    redisStore({ url }),
    redisStore({ url, replicas: true }),
    redisStore({ client: nodeRedis }),
    redisStore({ client: ioredis }),
  ]
  closing.push(...stores.map((store) => () => store.close()))
  return stores
}

test('the replica takes over from a primary that dies, and every store finds it', async () => {
  const stores = await openStores()
  for (const [at, store] of stores.entries()) {
    const key = `before:${at}`
    expect(await store.addMany?.([record(key, stamped(1))])).toEqual([true])
    const swap = { key, stamp: stampFrom(1), record: record(key, 'replaced') }
    expect(await store.replaceMany?.([swap])).toEqual([true])
    await eventually(async () => (await read(store, key))[0] === 'replaced')
  }
  await servers.primary.kill()
  await Promise.all(
    stores.map(async (store, at) => {
      const key = `after:${at}`
      const failures: unknown[] = []
      await eventually(async () => {
        try {
          return (await store.setMany([record(key, 'there')])).length === 0
        } catch (error) {
          failures.push(error)
          return false
        }
      })
      expect(failures.filter((error) => !(error instanceof StoreError))).toEqual([])
      await eventually(
        () => read(store, key, `before:${at}`).catch(String),
        (found) => `${found}` === 'there,replaced',
      )
    }),
  )
})
