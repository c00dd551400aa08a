import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFragments } from '../../../src/http/fragments/fragments.ts'
import { createCache } from '../../../src/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { fakeClock, settle } from '../../../src/testing/fake-clock.ts'
import { gate } from '../gate.ts'
import { name, Pages, parts } from './pages.ts'

for (const manner of ['in order', 'at once', 'by argument', 'mixed'] as const) {
  for (const backing of ['in memory', 'in a store']) {
    test(`whatever is invalidated while pages are rendered, none stays outdated: ${manner}, ${backing}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          parts,
          fc.array(fc.record({ change: fc.boolean(), byName: fc.boolean(), id: fc.nat(6) }), {
            minLength: 2,
            maxLength: 10,
          }),
          fc.scheduler(),
          async (all, steps, scheduler) => {
            const clock = fakeClock()
            const store = backing === 'in a store' ? { store: memoryStore({ clock }) } : {}
            const cache = createCache({ clock, ...store })
            const fragments = createFragments(cache, { clock })
            const pages = new SlowPages(all, () => scheduler.schedule(Promise.resolve()))
            const work = steps.map(async ({ change, byName, id: drawn }) => {
              const id = drawn % all.length
              await scheduler.schedule(Promise.resolve())
              if (!change) return void (await pages.render(fragments, id, manner))
              pages.change(id)
              if (byName) await fragments.invalidateFragment(name, [id])
              else await cache.invalidate(`part:${id}`)
            })
            await scheduler.waitFor(Promise.all(work))
            pages.slow = false
            await fragments.settled()
            for (const { id } of all) {
              expect(await pages.render(fragments, id, manner)).toBe(pages.plain(id))
            }
            await cache.close()
          },
        ),
        { numRuns: 400 },
      )
    })
  }
}

/** Pages whose data takes its time: it is read before the pause, and shown after it. */
class SlowPages extends Pages {
  slow = true
  readonly #pause: () => Promise<unknown>

  constructor(all: ConstructorParameters<typeof Pages>[0], pause: () => Promise<unknown>) {
    super(all)
    this.#pause = pause
  }

  protected override async paused(): Promise<void> {
    if (this.slow) await this.#pause()
  }
}

test('concurrent callers share one rendering', async () => {
  const cache = createCache()
  const { fragment } = createFragments(cache)
  const held = gate<string>()
  let renderings = 0
  const render = () => {
    renderings++
    return held.promise
  }
  const texts = Array.from({ length: 20 }, () => fragment('menu', ['en'], render))
  const other = fragment('menu', ['de'], () => 'Menü')
  expect(await other).toBe('Menü')
  held.open('menu')
  expect(new Set(await Promise.all(texts))).toEqual(new Set(['menu']))
  expect(renderings).toBe(1)
  await cache.close()
})

test('pages that are rendered at the same time do not depend on what is in the other', async () => {
  const cache = createCache()
  const { fragment } = createFragments(cache)
  const gates = new Map(['a', 'b'].map((id) => [id, gate()]))
  const rendered: string[] = []
  const page = (id: string) =>
    fragment('page', [id], async () => {
      rendered.push(id)
      await gates.get(id)?.promise
      return `page ${await fragment('part', [id], () => id, { tags: [id] })}`
    })
  const both = [page('a'), page('b')]
  await settle()
  gates.get('b')?.open()
  await both[1]
  gates.get('a')?.open()
  await both[0]
  await cache.invalidate('a')
  rendered.length = 0
  await Promise.all([page('a'), page('b')])
  expect(rendered).toEqual(['a'])
  await cache.close()
})

test('what a template in one turn shows is kept only if nothing was invalidated since it was loaded', async () => {
  const cache = createCache()
  const { fragment, fragmentSync, settled } = createFragments(cache)
  let price = 1
  const loaded = gate()
  const page = (wait: Promise<void> | undefined) =>
    fragment('page', [], async () => {
      const shown = price
      await wait
      const inside = () => fragmentSync('price', [], () => `${shown}`, { tags: ['price'] })
      return `<p>${fragmentSync('box', [], inside)}</p>`
    })
  const early = page(loaded.promise)
  await settle()
  price = 2
  await cache.invalidate('price')
  loaded.open()
  expect(await early).toBe('<p>1</p>')
  await settled()
  expect(await page(undefined)).toBe('<p>2</p>')
  await cache.close()
})

test('a page that is rendered while a fragment is being invalidated does not keep the old one', async () => {
  const store = memoryStore()
  const deleting = gate()
  const release = gate()
  const held = {
    ...store,
    async deleteMany(...args: Parameters<typeof store.deleteMany>) {
      deleting.open()
      await release.promise
      return store.deleteMany(...args)
    },
  }
  const options = { memory: false } as const
  const [cache, slow] = [
    createCache({ store, ...options }),
    createCache({ store: held, ...options }),
  ]
  const { fragment } = createFragments(cache)
  let text = 'old'
  const page = () => fragment('page', [], () => fragment('part', [], () => text))
  expect(await page()).toBe('old')
  text = 'new'
  const invalidation = createFragments(slow).invalidateFragment('part')
  await deleting.promise
  await page()
  release.open()
  await invalidation
  expect(await page()).toBe('new')
})
