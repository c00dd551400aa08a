import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import { jsonCodec } from '../../src/codecs/json.ts'
import type { Store } from '../../src/contracts/store.ts'
import type { CacheOptions } from '../../src/core/cache-options.ts'
import { createCache, createCaches } from '../../src/index.ts'
import { lru } from '../../src/policies/lru.ts'
import { fileStore } from '../../src/stores/file.ts'
import { lmdbStore } from '../../src/stores/lmdb.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { CachePart, CacheSetup, CacheWorld } from '../../src/testing/cache-case.ts'
import { cacheCases, cacheCasesFor } from '../../src/testing/cache-cases.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'

interface Skip {
  readonly reason: string
  readonly cases: readonly string[]
}

interface Configuration {
  readonly name: string
  /** Makes what the caches of one world share; answers the options of each cache. */
  share(clock: FakeClock, directory: string): { store?: Store; options(): CacheOptions }
  readonly skips?: readonly Skip[]
}

/** A store that can do no more than it must. */
function minimal({ name, getMany, setMany, deleteMany, close }: Store): Store {
  return { name, getMany, setMany, deleteMany, close }
}

function onStore(open: (clock: FakeClock, directory: string) => Store, more: CacheOptions = {}) {
  return (clock: FakeClock, directory: string) => {
    const store = open(clock, directory)
    return { store, options: () => ({ store, ...more }) }
  }
}

const plainData: Skip = {
  reason: 'JSON brings plain data back and refuses everything else.',
  cases: [
    'gives back a bigint as it is',
    'gives back minus zero as it is',
    'gives back infinity as it is',
    'gives back a Date as it is',
    'gives back a Map as it is',
    'gives back bytes as it is',
    'gives back an object with undefined in it as it is',
    'has a hit where undefined is kept',
    'has a hit where NaN is kept',
    'increments bigints by bigints',
    'increments from an initial value where there is nothing',
    'keeps a loaded null, and a loaded undefined',
    'keeps "not found" for a time of its own',
  ],
}

const unkeptPause: Skip = {
  reason: 'Only memory, and only as long as it is trusted, knows of a failed load there.',
  cases: ['does not ask a loader that failed again before a pause has passed'],
}

const slidingCases = [
  'ends a sliding entry when it has not been read, and at its cap',
  'slides an entry that is for ever',
]
const unslid: Skip = {
  reason: 'A read prolongs an entry in the store only by compare-and-set.',
  cases: slidingCases,
}
const realFiles: Skip = {
  reason:
    'A read prolongs an entry in the store in the background, for which fake time does not wait.',
  cases: slidingCases,
}
const structuredClones: Skip = {
  reason: 'structuredClone makes plain objects of class instances, before they are encoded.',
  cases: ['refuses a value that cannot be encoded, and keeps nothing of it'],
}

const configurations: readonly Configuration[] = [
  { name: 'memory alone', share: () => ({ options: () => ({}) }) },
  { name: 'memory and store', share: onStore((clock) => memoryStore({ clock })) },
  {
    name: 'store without memory',
    share: onStore((clock) => memoryStore({ clock }), { memory: false }),
  },
  {
    name: 'memory and a store that cannot compare',
    share: onStore((clock) => minimal(memoryStore({ clock }))),
    skips: [unkeptPause, unslid],
  },
  {
    name: 'memory and files',
    share: onStore((clock, directory) => fileStore({ clock, directory })),
    skips: [realFiles],
  },
  {
    name: 'memory and lmdb',
    share: onStore((clock, directory) => lmdbStore({ clock, directory })),
    skips: [realFiles],
  },
  {
    name: 'memory, store and bus',
    share(clock) {
      const [store, hub] = [memoryStore({ clock }), memoryHub()]
      return { store, options: () => ({ store, bus: hub.connect() }) }
    },
  },
  {
    name: 'memory that gives copies, store and JSON',
    share: onStore((clock) => memoryStore({ clock }), {
      memory: { isolation: 'clone' },
      codec: jsonCodec,
    }),
    skips: [plainData, structuredClones],
  },
]

const root = mkdtempSync(join(tmpdir(), 'hotset-caches-'))
afterAll(() => rmSync(root, { recursive: true }))
let worlds = 0
const hour = 3_600_000

/** Time that moves when told, and no deadline: the files of some stores are real. */
function makeWorld(configuration: Configuration): CacheWorld & { close(): Promise<void> } {
  const clock = fakeClock()
  const shared = configuration.share(clock, join(root, `${worlds++}`))
  const made: { close(): Promise<void> }[] = []
  const optionsOf = (setup: CacheSetup): CacheOptions => {
    const base = shared.options()
    const policy = setup.memory?.policy === 'lru' ? lru() : undefined
    const memory = base.memory === false ? false : { ...base.memory, ...setup.memory, policy }
    return { ...base, clock, storeTimeout: null, ...setup, memory }
  }
  return {
    create(setup = {}) {
      const cache = createCache(optionsOf(setup))
      made.push(cache)
      return cache
    },
    createCaches(setups) {
      const options = Object.entries(setups).map(([name, setup]) => [name, optionsOf(setup)])
      const caches = createCaches(Object.fromEntries(options))
      made.push(caches)
      return caches
    },
    now: clock.now,
    async pass(ms) {
      // Upkeep and signs of life, every second for years, would take their time.
      if (ms > hour) clock.jump(ms - hour)
      await clock.pass(Math.min(ms, hour))
    },
    async close() {
      for (const cache of made) await cache.close()
      await shared.store?.close()
    },
  }
}

for (const configuration of configurations) {
  describe(configuration.name, () => {
    const base = configuration.share(fakeClock(), join(root, 'none')).options()
    const parts: CachePart[] = []
    if (base.memory !== false) parts.push('memory')
    if (base.store !== undefined) parts.push('store')
    const skips = configuration.skips ?? []
    const skipped = new Set(skips.flatMap(({ cases }) => cases))
    const applicable = cacheCasesFor(parts)
    for (const { reason, cases } of skips) {
      console.log(`${configuration.name}: without ${cases.length} cases. ${reason}`)
    }

    test('skips only cases that there are', () => {
      expect(applicable.map(({ name }) => name)).toEqual(expect.arrayContaining([...skipped]))
    })

    for (const { name, run } of applicable) {
      if (skipped.has(name)) continue
      test(name, async () => {
        const world = makeWorld(configuration)
        await run(world)
        await world.close()
      })
    }
  })
}

test('every case has a name of its own', () => {
  expect(new Set(cacheCases.map(({ name }) => name)).size).toBe(cacheCases.length)
})
