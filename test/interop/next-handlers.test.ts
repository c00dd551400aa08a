import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import { createCache } from '../../src/index.ts'
import { Revalidations } from '../../src/interop/next/revalidations.ts'
import {
  nextUseCacheHandler,
  type UseCacheEntry,
  type UseCacheHandler,
} from '../../src/interop/next.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/index.ts'
import { exactSetups, hostileName, inScene, sideOf, steps } from './scene.ts'

const key = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('a', 'b') }, hostileName)
const tag = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('x', 'y') }, hostileName)
const tags = fc.array(tag, { maxLength: 3 })
const seconds = fc.constantFrom(0, 1, 5, 60)
const verb = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('get' as const), key, tags }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      key,
      tags,
      expire: seconds,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('begin' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), tags }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('stale' as const),
      tags,
      expire: fc.constantFrom(undefined, 1, 5),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds }) },
)
type Verb = typeof verb extends fc.Arbitrary<infer V> ? V : never

/** What was revalidated, as it was said. */
interface Event {
  readonly tags: readonly string[]
  readonly at: number
  readonly end: number
}

interface Entry {
  readonly tags: readonly string[]
  readonly begunAt: number
  readonly end: number
  readonly text: string
}

/** What Next promises of tags: the rule itself, without any journal. */
class Model {
  readonly entries = new Map<string, Entry>()
  readonly #events: Event[] = []

  revalidate(tags: readonly string[], now: number, patience: number): void {
    this.#events.push({ tags, at: now, end: now + patience })
  }

  read(key: string, softTags: readonly string[], now: number) {
    const entry = this.entries.get(key)
    if (entry === undefined || entry.end <= now) return undefined
    const all = [...entry.tags, ...softTags]
    const since = this.#events.filter(
      ({ at, tags }) => at >= entry.begunAt && tags.some((tag) => all.includes(tag)),
    )
    if (since.some(({ end }) => end <= now)) return undefined
    return { text: entry.text, isStale: since.length > 0 }
  }
}

async function textOf({ value }: UseCacheEntry): Promise<string> {
  return new Response(value).text()
}

function streamOf(...parts: (string | Error)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) {
        if (part instanceof Error) return controller.error(part)
        controller.enqueue(Buffer.from(part))
      }
      controller.close()
    },
  })
}

function entryOf(text: string, about: Partial<UseCacheEntry> = {}): UseCacheEntry {
  const times = { stale: 30, timestamp: 0, expire: 3600, revalidate: 60 }
  return { ...times, tags: [], ...about, value: streamOf(text) }
}

describe.each(exactSetups)('%s', (setup) => {
  test('what `use cache` keeps is what its tags and times allow', () =>
    fc.assert(
      fc.asyncProperty(steps(verb), (history) =>
        inScene(setup, async ({ caches, clock, pass }) => {
          const model = new Model()
          const sides = caches.map((cache) => ({
            handler: nextUseCacheHandler({ cache, clock, ttl: '40s' }),
            begun: new Map<string, number>(),
          }))
          for (const [index, step] of history.entries()) {
            // No two things happen in one millisecond: which was first nobody could tell.
            pass(1)
            const now = clock.now()
            if (step.verb.do === 'pass') pass(step.verb.seconds * 1000)
            else await run(sideOf(sides, step), model, step.verb, now, `text ${index}`)
          }
        }),
      ),
      { numRuns: 300 },
    ))
})

async function run(
  { handler, begun }: { handler: UseCacheHandler; begun: Map<string, number> },
  model: Model,
  step: Exclude<Verb, { do: 'pass' }>,
  now: number,
  text: string,
): Promise<void> {
  switch (step.do) {
    case 'expire':
      model.revalidate(step.tags, now, 0)
      return handler.updateTags(step.tags)
    case 'stale':
      model.revalidate(step.tags, now, (step.expire ?? Infinity) * 1000)
      return handler.updateTags(step.tags, { expire: step.expire })
    case 'begin':
      // Next asks before it calls the function, in this millisecond or the next.
      await handler.get(step.key, [])
      begun.set(step.key, now + 1)
      return
    case 'end': {
      const { key, tags, expire } = step
      const timestamp = begun.get(key)
      if (timestamp === undefined) return
      const end = Math.min(now + 40_000, timestamp + expire * 1000)
      model.entries.set(key, { tags, begunAt: timestamp, end, text })
      return handler.set(key, Promise.resolve(entryOf(text, { tags, expire, timestamp })))
    }
    case 'get': {
      const found = await handler.get(step.key, step.tags)
      const expected = model.read(step.key, step.tags, now)
      // Of several that are stale for one tag, the shortest patience counts.
      if (found === undefined && expected?.isStale) return
      expect(found && { text: await textOf(found), isStale: found.revalidate === -1 }).toEqual(
        expected,
      )
    }
  }
}

test('who asks while an entry is written waits for it', async () => {
  const handler = nextUseCacheHandler({ cache: createCache() })
  let end = (_: UseCacheEntry): void => {}
  const pending = new Promise<UseCacheEntry>((resolve) => {
    end = resolve
  })
  const written = handler.set('a', pending)
  const asked = handler.get('a', [])
  end(entryOf('text', { timestamp: Date.now() }))
  const found = await asked
  expect(found && (await textOf(found))).toBe('text')
  await written
})

test('each reader has a stream of its own, of all parts', async () => {
  const handler = nextUseCacheHandler({ cache: createCache({ store: memoryStore() }) })
  const value = streamOf('one, ', 'é', '')
  const entry = entryOf('', { timestamp: Date.now() })
  await handler.set('a', Promise.resolve({ ...entry, value }))
  const found = await Promise.all([handler.get('a', []), handler.get('a', [])])
  expect(await Promise.all(found.map((entry) => entry && textOf(entry)))).toEqual([
    'one, é',
    'one, é',
  ])
})

test('what fails while it is written is not kept, and what is too large replaces what was', async () => {
  const handler = nextUseCacheHandler({ cache: createCache(), maxEntrySize: '1kb' })
  const timestamp = Date.now()
  const textAt = async (key: string) => {
    const found = await handler.get(key, [])
    return found && textOf(found)
  }
  await handler.set('a', Promise.resolve(entryOf('before', { timestamp })))
  await handler.set('a', Promise.reject(new Error('The function failed')))
  const value = streamOf('half', new Error('The stream failed'))
  await handler.set('a', Promise.resolve({ ...entryOf('', { timestamp }), value }))
  expect(await textAt('a')).toBe('before')
  await handler.set('a', Promise.resolve(entryOf('x'.repeat(1025), { timestamp })))
  expect(await textAt('a')).toBeUndefined()
})

test('what was called before its tag was revalidated is not kept', async () => {
  const clock = fakeClock()
  const handler = nextUseCacheHandler({ cache: createCache({ clock }), clock })
  const entry = entryOf('text', { tags: ['x'], timestamp: clock.now() })
  clock.advance(1)
  await handler.updateTags(['x'])
  clock.advance(1)
  await handler.set('a', Promise.resolve(entry))
  expect(await handler.get('a', [])).toBeUndefined()
})

test.each([
  [0.3, undefined],
  [1, 'text'],
])(
  '%d ms after the whole one of a revalidation, it is not known whether it was before',
  async (ms, text) => {
    const clock = fakeClock()
    const handler = nextUseCacheHandler({ cache: createCache({ clock }), clock })
    await handler.updateTags(['x'])
    // Next's own clock has fractions of milliseconds.
    const entry = entryOf('text', { tags: ['x'], timestamp: clock.now() + ms })
    clock.advance(2)
    await handler.set('a', Promise.resolve(entry))
    const found = await handler.get('a', [])
    expect(found && (await textOf(found))).toBe(text)
  },
)

test('Next 15 expires tags by another name', async () => {
  const handler = nextUseCacheHandler({ cache: createCache() })
  await handler.set('a', Promise.resolve(entryOf('text', { tags: ['x'], timestamp: Date.now() })))
  await handler.expireTags('x')
  expect(await handler.get('a', [])).toBeUndefined()
  expect(await handler.getExpiration(['x'])).toBe(Infinity)
})

describe('revalidations', () => {
  test('of many processes at once none is lost', async () => {
    const clock = fakeClock()
    const store = memoryStore({ clock })
    const hub = memoryHub()
    const sides = [0, 1, 2].map(
      () => new Revalidations(createCache({ store, clock, bus: hub.connect() }), clock),
    )
    await Promise.all(sides.map((side) => side.learn()))
    clock.advance(1)
    const before = clock.now()
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => sides[n % 3]?.add([`tag ${n}`], n < 30 ? 0 : 1000)),
    )
    for (const side of sides) {
      await side.learn()
      clock.advance(1)
      for (let n = 0; n < 60; n++) {
        const standing = (instant: number) => side.standing([`tag ${n}`], side.known(instant))
        expect(standing(before)).toBe(n < 30 ? 'expired' : 'stale')
        expect(standing(clock.now())).toBe('fresh')
      }
    }
  })

  test('more than are remembered concern everything', async () => {
    const clock = fakeClock()
    const revalidations = new Revalidations(createCache({ clock }), clock)
    await revalidations.learn()
    const first = revalidations.known()
    await revalidations.add(['first'], 5000)
    const second = revalidations.known()
    expect(revalidations.standing(['other'], first)).toBe('fresh')
    const many = Array.from({ length: 1000 }, (_, n) => `${n}`)
    await revalidations.add(many, 0)
    expect(revalidations.standing(['other'], first)).toBe('stale')
    expect(revalidations.standing(['other'], second)).toBe('fresh')
    clock.advance(5000)
    expect(revalidations.standing(['other'], first)).toBe('expired')
  })

  test('where they are lost, what knew them is not trusted', async () => {
    const clock = fakeClock()
    const cache = createCache({ clock })
    const handler = nextUseCacheHandler({ cache, clock })
    for (let n = 0; n < 10; n++) await handler.updateTags(['x'])
    expect(await handler.get('a', [])).toBeUndefined()
    clock.advance(1)
    const entry = entryOf('text', { timestamp: clock.now() })
    await handler.set('a', Promise.resolve(entry))
    expect(await handler.get('a', [])).toBeDefined()
    await cache.namespace('next').delete('revalidations')
    expect(await handler.get('a', [])).toBeUndefined()
  })
})
