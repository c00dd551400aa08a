import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Store } from '../../src/contracts/store.ts'
import { createCache } from '../../src/index.ts'
import { stampOf } from '../../src/kernel/stamp.ts'
import { fileStore } from '../../src/stores/file.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { keyStatistics } from '../../src/telemetry/key-statistics.ts'
import { readReports } from '../../src/telemetry/read-reports.ts'
import { reportProcesses } from '../../src/telemetry/report-processes.ts'
import { decodeReport, slotKeys } from '../../src/telemetry/report-slots.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

function world() {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const open = (name = 'default') => createCache({ name, clock, store })
  return { clock, store, open }
}

test('a process tells what its caches do, at its interval, until it stops', async () => {
  const { clock, open } = world()
  const [cache, page, reader] = [open(), open('page'), open('reader')]
  const statistics = keyStatistics(cache)
  const reporting = reportProcesses([cache, page, createCache({ name: 'alone', clock })], {
    clock,
    statistics,
  })
  await cache.getOrSet('user:1', () => 1)
  await clock.pass(5_000)
  const [report, ...others] = await readReports(reader, { clock })
  expect(others).toEqual([])
  expect(report).toMatchObject(JSON.parse(JSON.stringify(reporting.process)))
  expect(report?.pid).toBe(process.pid)
  expect(report?.versions.runtime).toBe(`node ${process.versions.node}`)
  expect(report?.versions.hotset).toMatch(/^\d+\.\d+\.\d+/)
  expect(report?.caches.map(({ inspection }) => inspection.name)).toEqual(['default', 'page'])
  const [own] = report?.caches ?? []
  expect(own?.inspection.stats).toEqual(cache.stats())
  expect(own?.groups).toMatchObject([{ group: 'user:{id}', loads: 1 }])
  expect(own?.hottest).toMatchObject([{ key: 'user:1' }])
  expect(own?.at).toBe(clock.now())
  expect(clock.pending('background')).toBeGreaterThan(0)
  await reporting.stop()
  statistics.stop()
  expect(await readReports(reader, { clock })).toEqual([])
  await clock.pass(60_000)
  expect(await readReports(reader, { clock })).toEqual([])
})

test('who dies without a word is forgotten, and clearing removes no report', async () => {
  const { clock, store, open } = world()
  const cache = open()
  const alive = reportProcesses(cache, { clock, interval: '1s' })
  const dead = reportProcesses(open(), {
    clock: { ...clock, schedule: () => () => {} },
    interval: '1s',
  })
  await clock.pass(100)
  await cache.clear()
  const ids = async () => (await readReports(store, { clock })).map(({ id }) => id)
  expect((await ids()).sort()).toEqual([alive.process.id, dead.process.id].sort())
  await clock.pass(10_000)
  expect(await ids()).toEqual([alive.process.id])
  await alive.stop()
})

test('however many begin at once, and whatever places they choose, all are there in the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 8 }),
      async (places) => {
        const { clock, store, open } = world()
        const reportings = places.map((place) => {
          // At first all choose among the same few places; then by chance.
          let draws = 0
          const random = () =>
            draws++ === 0 ? place / 512 : ((place * 37 + draws * 101 + places.length) % 97) / 97
          return reportProcesses(open(), { clock, interval: '1s', random })
        })
        await clock.pass(30_000)
        const reports = await readReports(store, { clock })
        expect(new Set(reports.map(({ id }) => id)).size).toBe(
          new Set(places).size === places.length ? places.length : reports.length,
        )
        expect(reports.length).toBe(places.length)
        for (const reporting of reportings) await reporting.stop()
        expect(await readReports(store, { clock })).toEqual([])
      },
    ),
    { numRuns: 40 },
  )
})

test('damaged, old and foreign bytes are no reports', async () => {
  const { clock, store } = world()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(decodeReport(bytes)).toBe(undefined)
    }),
  )
  const cache = createCache({ clock, store })
  const reporting = reportProcesses(cache, { clock })
  await clock.pass(10)
  const values = await store.getMany(slotKeys)
  const bytes = values.find((value) => value !== undefined) as Uint8Array
  expect(stampOf(bytes).some((byte) => byte !== 0)).toBe(true)
  expect(decodeReport(bytes)).toBeDefined()
  for (let length = 0; length < bytes.length; length++) {
    expect(decodeReport(bytes.subarray(0, length))).toBe(undefined)
  }
  fc.assert(
    fc.property(fc.json(), (json) => {
      const text = new TextEncoder().encode(json)
      const forged = new Uint8Array(12 + text.length)
      forged.set(bytes.subarray(0, 12))
      forged.set(text, 12)
      expect(decodeReport(forged)).toBe(undefined)
    }),
  )
  await reporting.stop()
})

test('a store that fails, or hangs, costs nothing but the report', async () => {
  const { clock, store, open } = world()
  const errors: unknown[] = []
  const cache = open()
  await cache.get('a')
  const { setMany } = store
  store.setMany = () => Promise.reject(new Error('disk on fire'))
  const reporting = reportProcesses(cache, {
    clock,
    interval: '1s',
    onError: (error) => errors.push(error),
  })
  await clock.pass(10)
  expect(errors).toHaveLength(1)
  store.setMany = () => new Promise(() => {})
  await clock.pass(5_000)
  expect(errors).toMatchObject([{ message: 'disk on fire' }, { code: 'ERR_CACHE_STORE_TIMEOUT' }])
  store.setMany = setMany
  await clock.pass(5_000)
  expect(await readReports(store, { clock })).toHaveLength(1)
  await reporting.stop()
  store.getMany = () => new Promise(() => {})
  const reading = readReports(store, { clock }).catch((error) => error.code)
  await clock.pass(3_000)
  expect(await reading).toBe('ERR_CACHE_STORE_TIMEOUT')
})

test('a cache that is closed is reported no more, and nobody is told of it', async () => {
  const { clock, store, open } = world()
  const errors: unknown[] = []
  const [cache, other] = [open(), open('other')]
  const reporting = reportProcesses([cache, other], {
    clock,
    onError: (error) => errors.push(error),
  })
  await clock.pass(10)
  await cache.close()
  await clock.pass(60_000)
  const [report] = await readReports(store, { clock })
  expect(report?.caches.map(({ inspection }) => inspection.name)).toEqual(['other'])
  expect(errors).toEqual([])
  await reporting.stop()
})

test('where there is no store there are no reports', async () => {
  const cache = createCache()
  const reporting = reportProcesses(cache)
  await reporting.write()
  expect(await readReports(cache)).toEqual([])
  await reporting.stop()
})

test('options are checked', () => {
  expect(() => reportProcesses([], { interval: 0 })).toThrow('interval')
  expect(() => reportProcesses([], { interval: 'soon' as never })).toThrow('interval')
})

test('a report is bounded, however long keys are', async () => {
  const { clock, store, open } = world()
  const cache = open()
  const statistics = keyStatistics(cache, { group: (key) => key })
  for (let i = 0; i < 300; i++) await cache.getOrSet(`${i}:${'long'.repeat(1_000)}`, () => i)
  const reporting = reportProcesses(cache, { clock, statistics })
  await clock.pass(10)
  await settle()
  const bytes = (await store.getMany(slotKeys)).find((value) => value !== undefined)
  expect(bytes?.length).toBeLessThan(32_768)
  const [report] = await readReports(store, { clock })
  expect(report?.caches[0]?.hottest).toHaveLength(20)
  expect(report?.caches[0]?.groups.at(-1)?.group).toBe('other')
  await reporting.stop()
  statistics.stop()
})

test('a store that cannot compare and set will do', async () => {
  const store: Store = fileStore({ directory: temporaryDirectory() })
  const [one, two] = ['one', 'two'].map((name) => createCache({ name, store }))
  const reportings = [one, two].map((cache) => reportProcesses(cache as never))
  for (const reporting of reportings) await reporting.write()
  const names = (await readReports(store)).flatMap(({ caches }) =>
    caches.map(({ inspection }) => inspection.name),
  )
  expect(names.sort()).toEqual(['one', 'two'])
  for (const reporting of reportings) await reporting.stop()
  await store.close()
})
