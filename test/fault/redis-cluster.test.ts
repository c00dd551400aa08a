import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bytes, Store } from '../../src/contracts/store.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { record, shown, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { tell } from '../servers/redis.ts'
import { moveSlot, type RedisCluster, startRedisCluster } from '../servers/redis-cluster.ts'
import { eventually, type Server } from '../servers/start-server.ts'

/** All in one slot of the first third, and some elsewhere. */
const slotKeys = Array.from({ length: 60 }, (_, i) => `{moved}:${i}`)
const otherKeys = Array.from({ length: 30 }, (_, i) => `other:${i}`)
const keys = [...slotKeys, ...otherKeys]

let cluster: RedisCluster
const closing: (() => unknown)[] = []
beforeAll(async () => {
  cluster = await startRedisCluster()
})
afterAll(async () => {
  for (const close of closing) await close()
  await cluster.stop()
})

const addresses = () => cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port }))

const open: Record<string, () => Promise<Store>> = {
  async 'a URL'() {
    const hosts = addresses().map(({ host, port }) => `${host}:${port}`)
    const store = redisStore({ url: `redis+cluster://${hosts}` })
    closing.push(() => store.close())
    return store
  },
  async 'node-redis'() {
    const client = createCluster({
      rootNodes: addresses().map((socket) => ({ socket })),
      topologyRefreshOnReconnectionAttemptStrategy: 500,
    })
    closing.push(() => client.destroy())
    await client.connect()
    return redisStore({ client })
  },
  async ioredis() {
    const client = new Cluster(addresses())
    closing.push(() => client.disconnect())
    return redisStore({ client })
  },
}

test.each(Object.entries(open))(
  'nothing fails or is lost by %s while a slot moves to another server and back',
  async (_, openStore) => {
    const store = await openStore()
    const [owner, other] = await ownersOf('{moved}')
    await store.setMany(keys.map((key) => record(key, stamped(0))))
    let moving = true
    /** Counts on keys of its own: whatever it is told must fit what it did before. */
    const worker = async (mine: readonly string[]) => {
      let count = 0
      while (moving) {
        const swaps = mine.map((key) => ({
          key,
          stamp: stampFrom(count),
          record: record(key, stamped(count + 1)),
        }))
        expect(await store.replaceMany?.(swaps)).toEqual(mine.map(() => true))
        count++
        const found = await store.getMany(mine)
        expect(found.map(shownOf)).toEqual(mine.map(() => shown(stamped(count))))
        const passing = mine.map((key) => `${key}:passing`)
        expect(await store.setMany(passing.map((key) => record(key, 'x')))).toEqual([])
        expect(await store.deleteMany(passing)).toEqual(passing.map(() => true))
      }
      return count
    }
    const workers = [0, 1, 2].map((at) => worker(keys.filter((_, i) => i % 3 === at)))
    const slot = Number(await tell(owner.port, 'CLUSTER', 'KEYSLOT', '{moved}'))
    try {
      await moveSlot(slot, owner, other)
      await moveSlot(slot, other, owner)
    } finally {
      moving = false
    }
    for (const count of await Promise.all(workers)) expect(count).toBeGreaterThan(3)
    const redirections = await tell(owner.port, 'INFO', 'errorstats')
    expect(redirections).toContain('errorstat_ASK')
    expect(redirections).toContain('errorstat_MOVED')
  },
)

test('replicas answer reads only where that was asked for', async () => {
  const reads = async () => {
    const stats = cluster.replicas.map(({ port }) => tell(port, 'INFO', 'commandstats'))
    return (await Promise.all(stats)).filter((stat) => `${stat}`.includes('cmdstat_get:')).length
  }
  const hosts = addresses().map(({ host, port }) => `${host}:${port}`)
  const client = createCluster({
    rootNodes: addresses().map((socket) => ({ socket })),
    useReplicas: true,
  })
  closing.push(() => client.destroy())
  await client.connect()
  const stores = [
    redisStore({ client }),
    redisStore({ url: `redis+cluster://${hosts}`, replicas: true }),
  ]
  closing.push(...stores.map((store) => () => store.close()))
  const [primaries, all] = stores as [Store, Store]
  await all.setMany(keys.map((key) => record(key, 'there')))
  for (let i = 0; i < 10; i++) await primaries.getMany(keys)
  expect(await reads()).toBe(0)
  await eventually(async () => {
    const found = await all.getMany(keys)
    return found.every((value) => shownOf(value) === 'there') && (await reads()) === 3
  })
})

test('a primary that dies costs errors until its replica has taken over', async () => {
  const [victim] = await ownersOf('{moved}')
  const stores = await Promise.all(Object.values(open).map((openStore) => openStore()))
  for (const store of stores) await store.setMany(keys.map((key) => record(key, 'before')))
  await victim.kill()
  // This one never knew the primary alive.
  stores.push(await (open['a URL'] as () => Promise<Store>)())
  await Promise.all(
    stores.map(async (store, at) => {
      const own = keys.map((key) => `${key}:${at}`)
      const failures: unknown[] = []
      await eventually(async () => {
        try {
          return (await store.setMany(own.map((key) => record(key, 'after')))).length === 0
        } catch (error) {
          failures.push(error)
          return false
        }
      })
      expect(failures.length).toBeGreaterThan(0)
      expect(failures.filter((error) => !(error instanceof StoreError))).toEqual([])
      expect((await store.getMany(own)).map(shownOf)).toEqual(own.map(() => 'after'))
    }),
  )
  const scanned: string[] = []
  for await (const key of stores[0]?.scan?.('{moved}') ?? []) scanned.push(key)
  expect(scanned.length).toBe(slotKeys.length * (1 + stores.length))
})

/** Who has the slot of the key, and somebody else. */
async function ownersOf(key: string): Promise<[Server, Server]> {
  const [first, second, third] = cluster.primaries as [Server, Server, Server]
  const slot = Number(await tell(first.port, 'CLUSTER', 'KEYSLOT', key))
  if (slot < 5462) return [first, second]
  return slot < 10_923 ? [second, third] : [third, first]
}

function shownOf(value: Bytes | undefined): string | undefined {
  return value && shown(value)
}
