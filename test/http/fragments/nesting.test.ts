import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryHub } from '../../../src/buses/memory.ts'
import type { CacheOptions } from '../../../src/core/cache-options.ts'
import { createFragments } from '../../../src/http/fragments/fragments.ts'
import { createCache } from '../../../src/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { type FakeClock, fakeClock } from '../../../src/testing/fake-clock.ts'
import { type Manner, manners, name, Pages, type Part, parts, sharedTag } from './pages.ts'

/** What the cache should have: until when each fragment stands, and who falls with whom. */
class Model {
  readonly #parts: readonly Part[]
  readonly #until = new Map<number, number>()

  constructor(parts: readonly Part[]) {
    this.#parts = parts
  }

  /** What will be rendered if the fragment is asked for now; from then on it stands. */
  render(id: number, now: number): number[] {
    if (now < (this.#until.get(id) ?? 0)) return []
    const { ttl, inside } = this.#parts[id] as Part
    const rendered = [id, ...inside.flatMap((other) => this.render(other, now))]
    const ends = inside.map((other) => this.#until.get(other) as number)
    this.#until.set(id, Math.min(now + (ttl ?? Infinity), ...ends))
    return rendered
  }

  /** The fragment falls, and all around it. */
  fell(id: number): void {
    this.#until.delete(id)
    for (const part of this.#parts) if (part.inside.includes(id)) this.fell(part.id)
  }
}

const step = fc.record({
  does: fc.constantFrom(
    'render',
    'render',
    'render',
    'change, by tag',
    'change, by name',
    'change all that share a tag',
    'wait',
    'restart',
  ),
  id: fc.nat(6),
  ms: fc.constantFrom(400, 1000, 2500),
  process: fc.nat(1),
})

interface Setup {
  readonly backing: string
  readonly manners: readonly Manner[]
  /** Options of the caches, one a process. */
  readonly caches: (clock: FakeClock) => readonly (() => CacheOptions)[]
}

const asynchronous = ['in order', 'at once', 'by argument'] as const
const setups: readonly Setup[] = [
  { backing: 'in memory', manners, caches: (clock) => [() => ({ clock })] },
  {
    backing: 'in memory and a store',
    manners: asynchronous,
    caches(clock) {
      const store = memoryStore({ clock })
      return [() => ({ clock, store })]
    },
  },
  {
    backing: 'in a store alone',
    manners: asynchronous,
    caches(clock) {
      const store = memoryStore({ clock })
      return [() => ({ clock, store, memory: false })]
    },
  },
  {
    backing: 'in two processes',
    manners: asynchronous,
    caches(clock) {
      const store = memoryStore({ clock })
      const hub = memoryHub()
      return [1, 2].map(() => () => ({ clock, store, bus: hub.connect() }))
    },
  },
]

for (const { backing, manners, caches } of setups) {
  for (const manner of manners) {
    test(`what is rendered again is the way to what changed: ${manner}, ${backing}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          parts,
          fc.array(step, { maxLength: 30, size: 'max' }),
          async (all, steps) => {
            const clock = fakeClock()
            const setup = caches(clock)
            const start = (options: CacheOptions) => {
              const cache = createCache(options)
              return { cache, fragments: createFragments(cache, { clock }) }
            }
            const processes = setup.map((options) => start(options()))
            const pages = new Pages(all)
            const model = new Model(all)
            const change = (id: number) => {
              pages.change(id)
              model.fell(id)
            }
            for (const { does, id: drawn, ms, process } of steps) {
              const id = drawn % all.length
              const at = process % processes.length
              const { cache, fragments } = processes[at] as (typeof processes)[number]
              if (does === 'render') {
                pages.rendered.clear()
                const text = await pages.render(fragments, id, manner)
                await fragments.settled()
                expect(text).toBe(pages.plain(id))
                expect(new Set(pages.rendered)).toEqual(new Set(model.render(id, clock.now())))
              } else if (does === 'change, by tag') {
                change(id)
                await cache.invalidate(`part:${id}`)
              } else if (does === 'change, by name') {
                change(id)
                await fragments.invalidateFragment(name, [id])
              } else if (does === 'change all that share a tag') {
                for (const part of all) if (part.id % 2 === id % 2) change(part.id)
                await cache.invalidate(sharedTag(id))
              } else if (does === 'wait') clock.advance(ms)
              else if (backing !== 'in memory') {
                await cache.close()
                processes[at] = start((setup[at] as (typeof setup)[number])())
              }
            }
            for (const { cache } of processes) await cache.close()
          },
        ),
        { numRuns: 150 },
      )
    })
  }
}
