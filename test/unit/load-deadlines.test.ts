import { expect, test, vi } from 'vitest'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock, settle } from '../../src/testing/fake-clock.ts'

function after<T>(clock: FakeClock, ms: number, value: T): Promise<T> {
  return new Promise((resolve) => {
    clock.schedule(ms, () => resolve(value), 'foreground')
  })
}

async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let i = 0; i < ms; i += 20) {
    await settle()
    clock.advance(20)
  }
}

test.each(['memory', 'store'] as const)(
  'a load that takes longer than anybody waits is begun anew, each time for twice as long: %s',
  async (tier) => {
    const clock = fakeClock()
    const cache = createCache({ clock, ...(tier === 'store' && { store: memoryStore({ clock }) }) })
    const begun: number[] = []
    const load = () => {
      begun.push(clock.now() - start)
      return after(clock, 600, 'value')
    }
    const start = clock.now()
    let timeouts = 0
    while ((await cache.get('k')) === undefined && clock.now() < start + 10_000) {
      cache.getOrSet('k', load, { hardTimeout: 100 }).catch(() => {
        timeouts++
      })
      await pass(clock, 20)
    }
    await settle()
    expect(begun).toEqual([0, 100, 300, 700])
    expect(await cache.get('k')).toBe('value')
    expect(timeouts).toBeGreaterThan(40)
    await cache.close()
  },
)

test('who could have a stale value has it as soon as a slow store has said so', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  await createCache({ clock, store }).set('k', 'old', { ttl: 1000, staleIfError: '1h' })
  clock.advance(1000)
  const getMany = vi.fn((keys: readonly string[]) =>
    after(clock, 60, keys).then((asked) => store.getMany(asked)),
  )
  const cache = createCache({ clock, store: { ...store, getMany } })
  const begun = clock.now()
  let answered = Infinity
  const load = () => after(clock, 1500, 'new')
  const answer = cache.getOrSet('k', load, { softTimeout: 20 }).finally(() => {
    answered = clock.now() - begun
  })
  await pass(clock, 2000)
  expect(await answer).toBe('old')
  expect(answered).toBeLessThan(200)
  expect(await cache.get('k')).toBe('new')
  await cache.close()
})
