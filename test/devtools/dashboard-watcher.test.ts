import { expect, test } from 'vitest'
import { watch } from '../../src/devtools/dashboard/watcher.ts'
import { dashboard } from '../../src/devtools/dashboard.ts'
import { createCache } from '../../src/index.ts'
import { channels } from '../../src/kernel/channels.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

test('five minutes are remembered, and no more', async () => {
  const clock = fakeClock()
  const cache = createCache({ name: 'watched', clock })
  const watcher = watch(cache, clock)
  const began = clock.now()
  for (let second = 0; second < 1_000; second++) {
    await cache.get('nothing')
    clock.advance(1_000)
  }
  const samples = watcher.history('watched', 0)
  expect(samples.length).toBe(150)
  expect(samples.at(-1)).toMatchObject({ at: began + 1_000_000, misses: 1_000 })
  expect(samples[0]?.at).toBe(began + 702_000)
  expect(watcher.history('watched', began + 996_000).map(({ misses }) => misses)).toEqual([
    998, 1_000,
  ])
  expect(watcher.history('other', 0)).toEqual([])
  watcher.stop()
  clock.advance(10_000)
  expect(watcher.history('watched', began + 1_000_000)).toEqual([])
  await cache.close()
})

test('outages, gaps and errors of these caches are told, the newest first, repeated ones once', async () => {
  const clock = fakeClock()
  const cache = createCache({ name: 'watched', clock })
  const watcher = watch(cache, clock)
  const tell = (event: { type: 'store' | 'gap' | 'error' } & Record<string, unknown>) =>
    channels[event.type].publish({ cache: 'watched', ...event } as never)
  tell({ type: 'store', up: false })
  for (let i = 0; i < 5; i++) tell({ type: 'error', error: new Error('no route') })
  tell({ type: 'gap', reason: 'a message was lost' })
  tell({ type: 'store', up: true })
  tell({ type: 'gap', reason: 'elsewhere', cache: 'other' })
  expect(watcher.happenings().map(({ kind }) => kind)).toEqual([
    ...['store-up', 'gap', 'error', 'store-down'],
  ])
  for (let i = 0; i < 200; i++) tell({ type: 'gap', reason: `${i}` })
  expect(watcher.happenings().length).toBe(50)
  watcher.stop()
  tell({ type: 'gap', reason: 'late' })
  expect(watcher.happenings()[0]?.text).toBe('199')
  await cache.close()
})

test('trips to the store are counted with their time', async () => {
  const clock = fakeClock()
  const cache = createCache({ name: 'watched', store: memoryStore() })
  const watcher = watch(cache, clock)
  await cache.set('key', 1)
  clock.advance(2_000)
  const [before, after] = watcher.history('watched', 0)
  expect(before?.operations).toBe(0)
  expect(after?.operations).toBeGreaterThan(0)
  watcher.stop()
  await cache.close()
})

test('a page is told what it has not seen, and a store that fails is a problem, not a failure', async () => {
  const clock = fakeClock()
  const broken = { ...memoryStore(), getMany: () => Promise.reject(new Error('no route')) }
  const cache = createCache({ name: 'watched', store: broken, clock })
  const handler = dashboard(cache, { authorize: () => 'read', clock, report: false })
  clock.advance(6_000)
  const state = async (seen: string) =>
    (await handler.fetch(new Request(`http://a.test/?view=state&seen=${seen}`))).json()
  const first = await state('')
  expect(first.history.watched.length).toBe(4)
  expect(first.problems).toEqual([expect.stringContaining('no route')])
  clock.advance(2_000)
  const last = first.history.watched.at(-1).at
  expect((await state(`${first.own}.${last},x.1`)).history.watched.length).toBe(1)
  await handler.close()
  await cache.close()
})
