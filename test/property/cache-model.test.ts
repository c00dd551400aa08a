import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Cache, LoadContext, Lookup } from '../../src/contracts/cache.ts'
import type { CacheOptions } from '../../src/core/cache-options.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock, settle } from '../../src/testing/fake-clock.ts'
import { CacheModel } from './cache-model.ts'

const retryAfter = 1000
const down = new Error('the database is down')

const key = fc.constantFrom('a', 'b', 'c')
const keys = fc.array(key, { maxLength: 4 })
const value = fc.oneof(
  { weight: 3, arbitrary: fc.nat(9) },
  fc.constantFrom('text', null, undefined),
)
const ttl = fc.constantFrom(undefined, null, 0, -1, 500, 1000, 3000)
const tags = fc.subarray(['red', 'blue'])
const version = fc.option(fc.constantFrom(1, 2, 3), { nil: undefined, freq: 3 })
const keyOptions = fc.record({ version })
const writeOptions = fc.record(
  { version, ttl, tags, staleIfError: fc.constantFrom(0, 2000) },
  { requiredKeys: [] },
)
const delta = fc.integer({ min: -2, max: 2 })
const initial = fc.option(fc.nat(9), { nil: undefined })
const incrementOptions = fc
  .tuple(writeOptions, initial)
  .map(([options, from]) => (from === undefined ? options : { ...options, initial: from }))

/** What a loader does, as data. */
const loading = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant('answer' as const), value }) },
  fc.record({ does: fc.constantFrom('fail' as const) }),
  fc.record({ does: fc.constant('skip' as const), value }),
  fc.record({ does: fc.constant('decide' as const), value, ttl, tags }),
)
type Loading =
  | { does: 'answer' | 'skip'; value: unknown }
  | { does: 'fail' }
  | { does: 'decide'; value: unknown; ttl: number | null | undefined; tags: string[] }

function loaderOf(load: Loading) {
  const loader = (context: LoadContext): unknown => {
    if (load.does === 'fail') throw down
    if (load.does === 'skip') context.skip()
    if (load.does === 'decide') {
      if (load.ttl !== undefined) context.ttl = load.ttl
      context.tags = load.tags
    }
    return load.value
  }
  return shownAs(load, loader)
}

/** The function, shown in a counterexample as what it was made of. */
function shownAs<F extends object>(data: unknown, made: F): F {
  return Object.assign(made, { [fc.toStringMethod]: () => fc.stringify(data) })
}

/** A bulk loader as data: what it answers, or that it fails. */
const bulk = fc.option(fc.dictionary(key, value, { noNullPrototype: true }), {
  nil: 'fail' as const,
  freq: 3,
})

function bulkLoaderOf(answer: Record<string, unknown> | 'fail') {
  return shownAs(answer, (): ReadonlyMap<string, unknown> => {
    if (answer === 'fail') throw down
    return new Map(Object.entries(answer))
  })
}

/** Every verb with its arguments. Both caches are called by the same name, with the same arguments. */
const calls = {
  get: fc.tuple(key, keyOptions),
  getSync: fc.tuple(key, keyOptions),
  getMany: fc.tuple(keys, keyOptions),
  lookup: fc.tuple(key, keyOptions),
  has: fc.tuple(key, keyOptions),
  set: fc.tuple(key, value, writeOptions),
  setMany: fc.tuple(fc.dictionary(key, value, { noNullPrototype: true }), writeOptions),
  add: fc.tuple(key, value, writeOptions),
  touch: fc.tuple(key, fc.record({ version, ttl }, { requiredKeys: [] })),
  increment: fc.tuple(key, delta, incrementOptions),
  decrement: fc.tuple(key, delta, incrementOptions),
  incrementVersion: fc.tuple(key, delta, keyOptions),
  decrementVersion: fc.tuple(key, delta, keyOptions),
  take: fc.tuple(key, keyOptions),
  delete: fc.tuple(key, keyOptions),
  deleteMany: fc.tuple(keys, keyOptions),
  expire: fc.tuple(key, keyOptions),
  invalidate: fc.tuple(tags),
  clear: fc.tuple(),
  getOrSet: fc.tuple(key, loading.map(loaderOf), fc.option(writeOptions, { nil: undefined })),
  getOrSetMany: fc.tuple(keys, bulk.map(bulkLoaderOf), writeOptions),
} as const

const call = fc.oneof(
  ...Object.entries(calls).map(([verb, args]) =>
    fc.record({
      verb: fc.constant(verb),
      args: args as fc.Arbitrary<unknown[]>,
      space: fc.constantFrom(0, 0, 0, 1, 2, 3),
    }),
  ),
)
const step = fc.oneof(
  { weight: 4, arbitrary: call },
  { weight: 1, arbitrary: fc.record({ pass: fc.constantFrom(1, 499, 500, 1000, 2000, 5000) }) },
)

interface Outcome {
  readonly value?: unknown
  readonly error?: unknown
}

/** What a call comes to, in a form in which those of both caches can be compared. */
async function outcomeOf(target: object, verb: string, args: readonly unknown[]): Promise<Outcome> {
  try {
    const value: unknown = await Reflect.apply(Reflect.get(target, verb), target, args)
    if (verb !== 'lookup') return { value }
    const { tier, ...found } = value as Lookup<unknown> & { tier?: unknown }
    return { value: 'tags' in found ? { ...found, tags: [...found.tags].sort() } : found }
  } catch (error) {
    return { error: error === down ? 'down' : (error as { code?: unknown }).code }
  }
}

const setups: readonly {
  readonly name: string
  options(clock: FakeClock): CacheOptions
  readonly ttl?: number
  /** Whether memory has whatever there is, may have it, or has nothing. */
  readonly memory: 'all' | 'some' | 'none'
}[] = [
  { name: 'memory alone', options: () => ({}), memory: 'all' },
  { name: 'memory alone, and no end', options: () => ({}), ttl: Infinity, memory: 'all' },
  {
    name: 'memory and store',
    options: (clock) => ({ store: memoryStore({ clock }) }),
    memory: 'some',
  },
  {
    name: 'store without memory',
    options: (clock) => ({ store: memoryStore({ clock }), memory: false }),
    memory: 'none',
  },
]

for (const { name, options, ttl: usualTtl = 4000, memory } of setups) {
  test(`every verb does what the model does: ${name}`, { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const clock = fakeClock()
        const cache = createCache({
          clock,
          defaults: { ttl: usualTtl === Infinity ? null : usualTtl, retryAfter },
          ...options(clock),
        })
        const model = new CacheModel(clock.now, { ttl: usualTtl, retryAfter })
        const caches = spacesOf<Cache>(cache)
        const models = spacesOf<CacheModel>(model)
        let syncHits = 0
        for (const made of steps) {
          if ('pass' in made) {
            await clock.pass(made.pass)
            continue
          }
          const { verb, args, space } = made
          const real = await outcomeOf(caches[space] as Cache, verb, args)
          // What a rejected bulk load still does for the other keys.
          await settle()
          const expected = await outcomeOf(models[space] as CacheModel, verb, args)
          if (verb === 'getSync') {
            if (memory === 'none' || real.value !== expected.value) {
              expect(real).toStrictEqual({ value: undefined })
              expect(memory).not.toBe('all')
            }
            syncHits = cache.stats().hits - model.stats.hits
            continue
          }
          expect(real).toStrictEqual(expected)
          const { hits, stale, misses, hitRatio, memory: near, store } = cache.stats()
          expect({ hits: hits - syncHits, stale, misses }).toStrictEqual(model.stats)
          const reads = hits + stale + misses
          expect(hitRatio).toBe(reads === 0 ? 1 : (hits + stale) / reads)
          expect([near.hits + store.hits, near.stale + store.stale]).toStrictEqual([hits, stale])
        }
        expect((await cache.inspect()).loading).toBe(0)
        await cache.close()
      }),
      { numRuns: 1500 },
    )
  })
}

/** The cache, two namespaces, and one nested in the first. */
function spacesOf<C extends { namespace(name: string): C }>(cache: C): readonly C[] {
  const outer = cache.namespace('outer')
  return [cache, outer, outer.namespace('inner'), cache.namespace('other')]
}
