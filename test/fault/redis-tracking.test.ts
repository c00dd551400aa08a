import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RedisClient } from '../../src/buses/redis.ts'
import { redisTrackingBus } from '../../src/buses/redis-tracking.ts'
import type { Bus } from '../../src/contracts/bus.ts'
import type { Cache } from '../../src/contracts/cache.ts'
import type { Store } from '../../src/contracts/store.ts'
import { createCache } from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { startRedis, tell } from '../servers/redis.ts'
import { eventually, type Server } from '../servers/start-server.ts'

const closing: (() => unknown)[] = []
let server: Server
beforeEach(async () => {
  server = await startRedis()
  closing.push(() => server.stop())
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const url = () => `redis://127.0.0.1:${server.port}`
/** What a program does that knows nothing of caches. */
const foreign = (command: string) => tell(server.port, ...command.split(' '))

const sources: Record<string, () => Promise<{ url?: string; client?: RedisClient }>> = {
  'a URL': async () => ({ url: url() }),
  async 'node-redis'() {
    const client = createClient({ url: url() })
    client.on('error', () => {})
    await client.connect()
    closing.push(() => client.destroy())
    return { client }
  },
  async ioredis() {
    const client = new Redis(url())
    client.on('error', () => {})
    closing.push(() => client.disconnect())
    return { client }
  },
}

interface Ear {
  readonly changed: string[]
  readonly gaps: string[]
  readonly told: string[]
}

async function hear(bus: Bus, ...prefixes: string[]): Promise<Ear> {
  closing.push(() => bus.close())
  const ear: Ear = { changed: [], gaps: [], told: [] }
  bus.watch?.(prefixes, (keys) => ear.changed.push(...keys))
  await bus.subscribe({
    message: (bytes) => ear.told.push(new TextDecoder().decode(bytes)),
    gap: (reason) => ear.gaps.push(reason),
  })
  return ear
}

const say = (bus: Bus, word: string) => bus.publish(new TextEncoder().encode(word))

describe.each(Object.entries(sources))('by %s', (_, source) => {
  test('it sees what other programs do to the keys that are watched', async () => {
    const ear = await hear(redisTrackingBus(await source()), 'shop:', 'shop/', 'shop:1:')
    const see = async (command: string, key: string) => {
      const before = ear.changed.length
      await foreign(command)
      await eventually(() => ear.changed.slice(before).includes(key))
    }
    await see('SET shop:1:ä x', 'shop:1:ä')
    await see('SET shop:1:ä x', 'shop:1:ä')
    await see('EXPIRE shop:1:ä 1000', 'shop:1:ä')
    await see('DEL shop:1:ä', 'shop:1:ä')
    await foreign('SET shop/sub:1:b x PX 1')
    await eventually(() => ear.changed.filter((key) => key === 'shop/sub:1:b').length === 2)
    await foreign('SET other:1 x')
    await foreign('SET shop x')
    await see('SET shop:end x', 'shop:end')
    expect(ear.changed.filter((key) => !/^shop[:/]/.test(key))).toEqual([])
    expect(ear.gaps).toEqual([])
    await foreign('FLUSHALL')
    await eventually(() => ear.gaps.length > 0)
    expect(ear.gaps).toEqual(['the server was flushed'])
  })

  test('it sees them again after its connection was cut', async () => {
    const bus = redisTrackingBus(await source())
    const ear = await hear(bus, 'shop:')
    await foreign('CLIENT KILL TYPE pubsub')
    await eventually(() => ear.gaps.at(-1) === 'connected again')
    await foreign('SET shop:1 x')
    await eventually(() => ear.changed.includes('shop:1'))
    await say(bus, 'word')
    await eventually(() => ear.told.includes('word'))
  })

  test('it watches for several caches, each its own', async () => {
    const bus = redisTrackingBus(await source())
    const first = await hear(bus, 'a:')
    const second = await hear(bus, 'b:')
    await eventually(() => first.gaps.at(-1) === 'connected again')
    await foreign('MSET a:1 x b:1 x')
    await eventually(() => first.changed.length > 0 && second.changed.length > 0)
    expect([first.changed, second.changed]).toEqual([['a:1'], ['b:1']])
  })

  test('it watches for several caches that begin at the same time', async () => {
    const begin = async (turns: number) => {
      const bus = redisTrackingBus(await source())
      const first = hear(bus, 'a:')
      for (let i = 0; i < turns; i++) await new Promise(setImmediate)
      return Promise.all([first, hear(bus, 'b:')])
    }
    const pairs = await Promise.all(Array.from({ length: 20 }, (_, turns) => begin(turns)))
    for (const [first, second] of pairs) {
      await eventually(async () => {
        await foreign('MSET a:1 x b:1 x')
        return first.changed.length > 0 && second.changed.length > 0
      })
    }
  })

  test.each([
    ['which tracks', / flags=\S*t/],
    ['which subscribes', / sub=1 .* cmd=subscribe /],
  ])('when it loses only the connection %s both are a gap', async (_, mark) => {
    // Nobody asks for signs of life while the clock stands still.
    const clock = fakeClock()
    const ear = await hear(redisTrackingBus({ ...(await source()), clock }), 'shop:')
    const clients = `${await foreign('CLIENT LIST')}`.split('\n')
    const [, id] = /^id=(\d+)/.exec(clients.find((client) => mark.test(client)) ?? '') ?? []
    await foreign(`CLIENT KILL ID ${id}`)
    await eventually(() => ear.gaps.length === 1)
    await eventually(() => {
      clock.advance(25)
      return ear.gaps.at(-1) === 'connected again'
    })
    await foreign('SET shop:1 x')
    await eventually(() => ear.changed.includes('shop:1'))
    await eventually(async () => {
      const left = `${await foreign('CLIENT LIST')}`.split('\n')
      return left.filter((client) => client.includes('sub=1')).length === 2
    })
  })

  test('where it may not track it warns once, and carries messages', async () => {
    await foreign('ACL SETUSER default -client|tracking')
    const warnings: string[] = []
    const onWarning = (message: string) => warnings.push(message)
    const bus = redisTrackingBus({ ...(await source()), onWarning })
    const ear = await hear(bus, 'shop:')
    await foreign('CLIENT KILL TYPE pubsub')
    await eventually(() => ear.gaps.at(-1) === 'connected again')
    await say(bus, 'word')
    await eventually(() => ear.told.includes('word'))
    expect(warnings.length).toBe(1)
    expect(warnings[0]).toMatch(/NOPERM/)
  })
})

describe('caches on the same server', () => {
  interface Peer {
    readonly cache: Cache
    /** Keys that were read from the store, one after the other. */
    readonly reads: string[]
  }

  function peer(): Peer {
    const reads: string[] = []
    const inner = redisStore({ url: url() })
    const bus = redisTrackingBus({ url: url() })
    const store: Store = {
      ...inner,
      getMany(keys) {
        reads.push(...keys)
        return inner.getMany(keys)
      },
    }
    const cache = createCache({ name: 'shop', store, bus, memory: { trust: '1d' } })
    closing.push(async () => {
      await cache.close()
      await bus.close()
      await inner.close()
    })
    return { cache, reads }
  }

  /** Loads count, so that it shows where a value came from. */
  async function pair() {
    const [one, two] = [peer(), peer()]
    let loads = 0
    const load = (from: Peer, options = {}) =>
      from.cache.getOrSet('key', () => ++loads, { ttl: '1h', ...options })
    return { one, two, load }
  }

  test.each(['DEL shop:1:key', 'SET shop:1:key garbage', 'PEXPIRE shop:1:key 1', 'FLUSHALL'])(
    'both notice %s',
    async (command) => {
      const { one, two, load } = await pair()
      expect([await load(one), await load(two)]).toEqual([1, 1])
      await foreign(command)
      await eventually(async () => (await load(one)) > 1)
      await eventually(async () => (await load(two)) > 1)
    },
  )

  test('both notice that a tag or a namespace lost its mark', async () => {
    const { one, two, load } = await pair()
    const tagged = (from: Peer) => load(from, { tags: ['a'] })
    expect([await tagged(one), await tagged(two)]).toEqual([1, 1])
    await foreign('DEL shop:#:a')
    await eventually(async () => (await tagged(one)) === 2)
    await eventually(async () => (await tagged(two)) === 2)
    await foreign('DEL shop:#:\0')
    await eventually(async () => (await tagged(one)) === 3)
    await eventually(async () => (await tagged(two)) === 3)
  })

  test('what this process writes stays in its memory, and is served from there', async () => {
    const { one, two } = await pair()
    await two.cache.get('key')
    for (let round = 0; round < 20; round++) {
      one.reads.length = 0
      await one.cache.set('key', round)
      // The server told of it: what is there was compared with what was written.
      await eventually(() => one.reads.includes('shop:1:key'))
      await eventually(async () => (await two.cache.get('key')) === round)
      const before = one.reads.length
      for (let i = 0; i < 50; i++) expect(await one.cache.get('key')).toBe(round)
      expect(one.reads.length).toBe(before)
    }
  })

  test('what somebody else writes right after this process does not stay', async () => {
    const { one } = await pair()
    await one.cache.get('other')
    for (let round = 0; round < 50; round++) {
      const written = one.cache.set('key', round)
      const deleted = foreign('DEL shop:1:key')
      await Promise.all([written, deleted])
      await foreign('DEL shop:1:key')
      await eventually(async () => (await one.cache.get('key')) === undefined)
    }
  })
})
