import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { keyInSlot } from '../../src/buses/redis/cluster-view.ts'
import type { RedisClient } from '../../src/buses/redis.ts'
import { redisTrackingBus } from '../../src/buses/redis-tracking.ts'
import { tell } from '../servers/redis.ts'
import {
  moveSlot,
  type RedisCluster,
  startRedisCluster,
  startRedisPrimary,
} from '../servers/redis-cluster.ts'
import { eventually, type Server } from '../servers/start-server.ts'

interface Ear {
  readonly name: string
  readonly changed: Set<string>
  readonly gaps: string[]
  readonly warnings: string[]
}

const closing: (() => unknown)[] = []
const ears: Ear[] = []
let cluster: RedisCluster
/** A program that knows nothing of caches. */
let program: Cluster
beforeAll(async () => {
  cluster = await startRedisCluster()
  closing.push(() => cluster.stop())
  program = ioredis()
  const nodeRedis = createCluster({
    rootNodes: nodes().map((socket) => ({ socket })),
    topologyRefreshOnReconnectionAttemptStrategy: 500,
  })
  nodeRedis.on('error', () => {})
  closing.push(() => nodeRedis.destroy())
  await nodeRedis.connect()
  const url = `redis+cluster://${nodes().map(({ host, port }) => `${host}:${port}`)}`
  await hear('a URL', { url })
  await hear('node-redis', { client: nodeRedis })
  await hear('ioredis', { client: ioredis() })
})
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})
beforeEach(() => {
  for (const { gaps } of ears) gaps.length = 0
})

function nodes(): { host: string; port: number }[] {
  return cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port }))
}

function ioredis(): Cluster {
  const client = new Cluster(nodes())
  client.on('error', () => {})
  closing.push(() => client.disconnect())
  return client
}

async function hear(name: string, source: { url?: string; client?: RedisClient }): Promise<void> {
  const ear: Ear = { name, changed: new Set(), gaps: [], warnings: [] }
  const bus = redisTrackingBus({ ...source, onWarning: (message) => ear.warnings.push(message) })
  closing.push(() => bus.close())
  bus.watch?.(['shop:'], (keys) => {
    for (const key of keys) ear.changed.add(key)
  })
  await bus.subscribe({ message() {}, gap: (reason) => ear.gaps.push(reason) })
  ears.push(ear)
}

/** Writes keys that nobody has written, some of each slot and some of this one, until told. */
async function write(during: () => Promise<unknown>): Promise<void> {
  const written: string[] = []
  let going = true
  const writing = (async () => {
    while (going) {
      for (const name of ['a', 'b', 'c', '{moved}']) {
        const key = `shop:${name}:${count++}`
        await program.set(key, 'x', 'EX', 1000)
        written.push(key)
      }
    }
  })()
  await during().finally(() => {
    going = false
  })
  await writing
  expect(written.length).toBeGreaterThan(10)
  for (const { changed } of ears) await eventually(() => written.every((key) => changed.has(key)))
}
let count = 0
const someWrites = () => {
  const from = count
  return eventually(() => count >= from + 40)
}
const allSay = (reason: string) =>
  Promise.all(ears.map(({ gaps }) => eventually(() => gaps.at(-1) === reason)))

/** Who has the slot of `{moved}`, and somebody else. */
async function owners(): Promise<[slot: number, owner: Server, other: Server]> {
  const [first, second, third] = cluster.primaries as [Server, Server, Server]
  const slot = Number(await tell(first.port, 'CLUSTER', 'KEYSLOT', '{moved}'))
  return slot < 5462 ? [slot, first, second] : [slot, slot < 10_923 ? second : third, first]
}

test('the server agrees on which slot a key is in', async () => {
  const [{ port }] = cluster.primaries as [Server]
  for (const slot of [0, 1, 5461, 8191, 8192, 16_383]) {
    expect(await tell(port, 'CLUSTER', 'KEYSLOT', keyInSlot(slot))).toBe(slot)
  }
})

test('keys of every primary are seen', async () => {
  await write(someWrites)
  expect(ears.map(({ gaps, warnings }) => [gaps, warnings])).toEqual(ears.map(() => [[], []]))
})

test('no change is missed while a slot moves to another server and back', async () => {
  const [slot, owner, other] = await owners()
  await write(async () => {
    await someWrites()
    await moveSlot(slot, owner, other)
    await someWrites()
    await moveSlot(slot, other, owner)
    await someWrites()
  })
  expect(ears.map(({ gaps }) => gaps)).toEqual(ears.map(() => []))
})

test('a new primary is a gap, and is listened to from then on', async () => {
  const [slot, owner] = await owners()
  const added = await startRedisPrimary(cluster)
  closing.push(() => added.stop())
  await moveSlot(slot, owner, added)
  await allSay('connected again')
  for (const { gaps } of ears) expect(gaps[0]).toMatch(/another primary/)
  await write(someWrites)
})

test('where one of them refuses it warns once, and carries messages', async () => {
  const [, { port }] = cluster.primaries as [Server, Server]
  await tell(port, ...'ACL SETUSER default -client|tracking'.split(' '))
  const warnings: string[] = []
  const told: string[] = []
  const bus = redisTrackingBus({
    client: program,
    onWarning: (message) => warnings.push(message),
  })
  closing.push(() => bus.close())
  bus.watch?.(['shop:'], () => {})
  await bus.subscribe({ message: (bytes) => told.push(`${Buffer.from(bytes)}`), gap() {} })
  await bus.publish(Buffer.from('word'))
  await eventually(() => told.includes('word'))
  await tell(port, ...'ACL SETUSER default +client|tracking'.split(' '))
  expect(warnings).toEqual([expect.stringContaining('NOPERM')])
})

test('a primary that dies is a gap, until its replica is listened to', async () => {
  const [victim] = cluster.primaries as [Server]
  await victim.kill()
  await allSay('connected again')
  await write(someWrites)
})
