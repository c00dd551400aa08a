import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { Serial } from '../../src/kernel/serial.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { runSchedule, scheduled, scheduledBus } from './scheduled.ts'

/**
 * Promise 1: once a write or an invalidation has resolved, no later read answers a value whose load
 * began before it. A counter stands for the database; whatever a read answers must not be older than
 * what was in the database when the last change that had resolved before the read was made. The
 * scheduler decides in which order all asynchronous steps of loaders, store and bus happen.
 */
const keys = ['a', 'b'] as const
type Key = (typeof keys)[number]
const changes = ['set', 'delete', 'invalidate', 'clear', 'expire', 'take'] as const
const reads = ['getOrSet', 'getOrSetLateTags', 'getOrSetMany', 'get', 'getMany', 'lookup'] as const

const step = fc.record({
  process: fc.nat(1),
  operation: fc.oneof(fc.constantFrom(...changes), fc.constantFrom(...reads)),
  key: fc.constantFrom(...keys),
})
type Step = { process: number; operation: string; key: Key }

interface Setup {
  readonly name: string
  caches(clock: FakeClock, scheduler: fc.Scheduler): Cache[]
}

const setups: Setup[] = [
  {
    name: 'memory alone',
    caches: (clock) => {
      const cache = createCache({ clock })
      return [cache, cache]
    },
  },
  {
    name: 'one process, memory and store',
    caches: (clock, scheduler) => {
      const store = scheduled(memoryStore({ clock }), scheduler)
      const cache = createCache({ clock, store, memory: { trust: null } })
      return [cache, cache]
    },
  },
  {
    name: 'two processes, store without memory',
    caches: (clock, scheduler) => {
      const store = scheduled(memoryStore({ clock }), scheduler)
      return [0, 1].map(() => createCache({ clock, store, memory: false }))
    },
  },
  {
    name: 'two processes, memory, store and a bus that is asked',
    caches: (clock, scheduler) => {
      const store = scheduled(memoryStore({ clock }), scheduler)
      const hub = memoryHub()
      const connect = () => scheduledBus(hub.connect(), scheduler)
      return [0, 1].map(() => createCache({ clock, store, bus: connect() }))
    },
  },
]

for (const setup of setups) {
  test(`no resurrection: ${setup.name}`, { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(step, { minLength: 2, maxLength: 6 }),
        async (scheduler, steps) => {
          const clock = fakeClock()
          const world = new World(setup.caches(clock, scheduler), scheduler)
          await runSchedule(scheduler, clock, Promise.all(steps.map((one) => world.run(one))))
          await runSchedule(scheduler, clock, world.readAll())
        },
      ),
      { numRuns: 1500, endOnFailure: true },
    )
  })
}

class World {
  readonly #caches: Cache[]
  readonly #scheduler: fc.Scheduler
  readonly #database = new Map<Key, number>(keys.map((key) => [key, 0]))
  readonly #floor = new Map<Key, number>(keys.map((key) => [key, 0]))
  /** Applications that write the same row at once get what they ask for; here they take turns. */
  readonly #turns = new Serial()

  constructor(caches: Cache[], scheduler: fc.Scheduler) {
    this.#caches = caches
    this.#scheduler = scheduler
  }

  async run({ process, operation, key }: Step): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), `start ${operation} ${key}`)
    const cache = this.#caches[process] as Cache
    if ((changes as readonly string[]).includes(operation)) {
      await this.#turns.run('database', () => this.#change(cache, operation, key))
    } else await this.#read(cache, operation, key)
  }

  /** When all is quiet, too, nobody may be answered what is outdated. */
  async readAll(): Promise<void> {
    for (const cache of this.#caches) {
      for (const key of keys) await this.#read(cache, 'get', key)
    }
  }

  async #change(cache: Cache, operation: string, key: Key): Promise<void> {
    const touched = operation === 'invalidate' || operation === 'clear' ? keys : [key]
    const wanted = new Map<Key, number>()
    for (const one of touched) {
      const next = this.#at(this.#database, one) + 1
      this.#database.set(one, next)
      wanted.set(one, next)
    }
    if (operation === 'set') await cache.set(key, this.#at(wanted, key), { tags: ['all'] })
    if (operation === 'delete') await cache.delete(key)
    if (operation === 'invalidate') await cache.invalidate('all')
    if (operation === 'clear') await cache.clear()
    if (operation === 'expire') await cache.expire(key)
    if (operation === 'take') await cache.take(key)
    for (const [one, version] of wanted) this.#floor.set(one, version)
  }

  async #read(cache: Cache, operation: string, key: Key): Promise<void> {
    const floor = this.#at(this.#floor, key)
    const value = await this.#answer(cache, operation, key)
    if (value !== undefined) expect(value).toBeGreaterThanOrEqual(floor)
  }

  async #answer(cache: Cache, operation: string, key: Key): Promise<number | undefined> {
    if (operation === 'get') return cache.get<number>(key)
    if (operation === 'getMany') return (await cache.getMany<number>(keys)).get(key)
    if (operation === 'lookup') {
      const found = await cache.lookup<number>(key)
      return found.outcome === 'hit' ? found.value : undefined
    }
    if (operation === 'getOrSet') {
      return cache.getOrSet(key, () => this.#load(key), { tags: ['all'] })
    }
    if (operation === 'getOrSetLateTags') {
      return cache.getOrSet(key, async (context) => {
        const value = await this.#load(key)
        context.tags = ['all']
        return value
      })
    }
    const found = await cache.getOrSetMany(
      keys,
      async (missing) => {
        const pairs = missing.map(async (one) => [one, await this.#load(one as Key)] as const)
        return new Map(await Promise.all(pairs))
      },
      { tags: ['all'] },
    )
    return found.get(key)
  }

  /** What is in the database when the load begins; the answer takes its time. */
  async #load(key: Key): Promise<number> {
    const value = this.#at(this.#database, key)
    for (let pause = 0; pause < 4; pause++) {
      await this.#scheduler.schedule(Promise.resolve(), `load ${key}`)
    }
    return value
  }

  #at(map: ReadonlyMap<Key, number>, key: Key): number {
    return map.get(key) ?? 0
  }
}
