import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

function limited(maxLoads: number, stored = false) {
  const clock = fakeClock()
  return createCache({ clock, maxLoads, ...(stored && { store: memoryStore({ clock }) }) })
}

test('never do more loaders run at once, whoever ends first, and all callers are answered', () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.array(fc.record({ key: fc.nat(9), fails: fc.boolean() }), { maxLength: 20 }),
      async (scheduler, maxLoads, stored, calls) => {
        const cache = limited(maxLoads, stored)
        let running = 0
        let most = 0
        const answers = calls.map(({ key, fails }) =>
          cache
            .getOrSet(`${key}`, async () => {
              most = Math.max(most, ++running)
              await scheduler.schedule(Promise.resolve())
              running--
              if (fails) throw new Error('failed')
              return key
            })
            .catch((error: Error) => error.message),
        )
        await scheduler.waitFor(Promise.all(answers))
        expect(most).toBeLessThanOrEqual(maxLoads)
        for (const [i, answer] of (await Promise.all(answers)).entries()) {
          expect([calls[i]?.key, 'failed']).toContain(answer)
        }
        expect(running).toBe(0)
      },
    ),
  ))

test.each([false, true])('a loader may wait for others of its cache, store: %s', async (stored) => {
  const cache = limited(1, stored)
  const sum = (n: number): Promise<number> =>
    cache.getOrSet(`${n}`, async () => (n === 0 ? 0 : n + (await sum(n - 1))))
  expect(await sum(20)).toBe(210)
  const doubled = await cache.getOrSet('all', () =>
    cache.getOrSetMany(['a', 'b'], (keys) => new Map(keys.map((key) => [key, key + key]))),
  )
  expect([...doubled.values()]).toEqual(['aa', 'bb'])
})

test('a bulk loader is one load, that waits for its turn', async () => {
  const cache = limited(1)
  let end = () => {}
  const first = cache.getOrSet('first', () => new Promise<void>((resolve) => (end = resolve)))
  const loader = vi.fn((keys: readonly string[]) => new Map(keys.map((key) => [key, 1])))
  const keys = Array.from({ length: 50 }, (_, i) => `${i}`)
  const many = cache.getOrSetMany(keys, loader)
  await settle()
  expect(loader).not.toHaveBeenCalled()
  end()
  await first
  expect((await many).size).toBe(50)
  expect(loader).toHaveBeenCalledTimes(1)
})

test('who gives up while it waits for its turn is not loaded for', async () => {
  const cache = limited(1)
  let end = () => {}
  const first = cache.getOrSet('first', () => new Promise<void>((resolve) => (end = resolve)))
  const loader = vi.fn(() => 1)
  const controller = new AbortController()
  const second = cache.getOrSet('second', loader, { signal: controller.signal })
  await settle()
  controller.abort(new Error('enough'))
  await expect(second).rejects.toThrow('enough')
  end()
  await first
  await settle()
  expect(loader).not.toHaveBeenCalled()
  expect(await cache.getOrSet('second', loader)).toBe(1)
})

test('a load that is not followed counts for nothing, and its own are counted', async () => {
  const cache = limited(1)
  const answer = await cache.getOrSet('page', () => cache.getOrSet('data', () => 'content'), {
    followed: false,
  })
  expect(answer).toBe('content')
  let end = () => {}
  const first = cache.getOrSet('first', () => new Promise<void>((resolve) => (end = resolve)))
  expect(await cache.getOrSet('other', () => 1, { followed: false })).toBe(1)
  end()
  await first
})

test.each([0, 1.5, Number.NaN, '10'])('maxLoads: %o is refused', (maxLoads) => {
  expect(() => createCache({ maxLoads: maxLoads as number })).toThrow(/maxLoads/)
})
