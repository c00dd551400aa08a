import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisBusOptions, redisBus } from '../../src/buses/redis.ts'
import { redisTrackingBus } from '../../src/buses/redis-tracking.ts'
import { tell } from '../servers/redis.ts'
import { type RedisSentinels, startRedisSentinels } from '../servers/redis-sentinel.ts'
import { eventually, type Server } from '../servers/start-server.ts'

let servers: RedisSentinels
const closing: (() => unknown)[] = []
beforeAll(async () => {
  servers = await startRedisSentinels()
  closing.push(() => servers.stop())
})
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

const sentinels = () => servers.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))

const sources: Record<string, () => RedisBusOptions> = {
  url() {
    const hosts = sentinels().map(({ host, port }) => `${host}:${port}`)
    return { url: `redis+sentinel://${hosts}/main` }
  },
  ioredis() {
    const client = new Redis({ sentinels: sentinels(), name: 'main', maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    closing.push(() => client.disconnect())
    return { client }
  },
}

/** What a bus tells, in this order: words, `gap: …` and, where it tracks, `key: …`. */
async function hear(options: RedisBusOptions, make: typeof redisBus) {
  const told: string[] = []
  const bus = make(options)
  closing.push(() => bus.close())
  bus.watch?.(['shop:'], (keys) => told.push(...keys.map((key) => `key: ${key}`)))
  await bus.subscribe({
    message: (bytes) => told.push(`${Buffer.from(bytes)}`),
    gap: (reason) => told.push(`gap: ${reason}`),
  })
  const say = (word: string) => bus.publish(Buffer.from(word))
  return { told, say, tracks: bus.watch !== undefined }
}

/** All hear whoever speaks, and those that track what becomes of a key. */
async function expectHeard(ears: Awaited<ReturnType<typeof hear>>[], word: string, at: Server) {
  for (const [number, { say }] of ears.entries()) {
    await eventually(() =>
      say(`${word} ${number}`).then(
        () => true,
        () => false,
      ),
    )
  }
  await tell(at.port, 'SET', `shop:${word}`, 'x')
  for (const { told, tracks } of ears) {
    await eventually(() => ears.every((_, number) => told.includes(`${word} ${number}`)))
    if (tracks) await eventually(() => told.includes(`key: shop:${word}`))
  }
}

test('every bus follows from a primary that dies to the one that takes over', async () => {
  const ears = await Promise.all(
    Object.values(sources).flatMap((source) =>
      [redisBus, redisTrackingBus].map((make) => hear(source(), make)),
    ),
  )
  await expectHeard(ears, 'before', servers.primary)
  for (const { told } of ears) expect(told.filter((word) => word.startsWith('gap'))).toEqual([])
  await servers.primary.kill()
  for (const { told } of ears) await eventually(() => told.includes('gap: connected again'))
  await expectHeard(ears, 'after', servers.replica)
  for (const { told } of ears) {
    const gaps = [...told.keys()].filter((at) => told[at]?.startsWith('gap'))
    expect(gaps.length).toBeGreaterThanOrEqual(2)
    expect(told.indexOf('after 0')).toBeGreaterThan(gaps.at(-1) as number)
  }
})
