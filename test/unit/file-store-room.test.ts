import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Store, StoreRecord } from '../../src/contracts/store.ts'
import { fileStore } from '../../src/stores/file.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const block = 4096

function records(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.rec'))
    .map((name) => join(directory, name))
}

/** Bytes that the records take on disk. */
function taken(directory: string): number {
  const blocks = records(directory).map((path) => Math.ceil(statSync(path).size / block))
  return blocks.reduce((sum, count) => sum + count, 0) * block
}

/** A record that takes one block. */
function small(key: string, more: Partial<StoreRecord> = {}): StoreRecord {
  return { key, value: new Uint8Array(100), expiresAt: Infinity, ...more }
}

function names(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `key ${from + i}`)
}

/** Writes, and has the files say that they were written at that second. */
async function write(store: Store, directory: string, second: number, record: StoreRecord) {
  const before = new Set(records(directory))
  await store.setMany([record])
  for (const path of records(directory)) if (!before.has(path)) utimesSync(path, second, second)
}

async function present(store: Store, keys: readonly string[]): Promise<string[]> {
  const found = await store.getMany(keys)
  return keys.filter((_, i) => found[i])
}

test('stays within its bound', async () => {
  const directory = temporaryDirectory()
  const maxBytes = 100 * block
  const store = fileStore({ directory, maxBytes })
  for (let written = 0; written < 1000; written += 10) {
    await store.setMany(names(written, written + 10).map((key) => small(key)))
    // A batch passes the bound, then an eighth and a batch are written, and the next one waits.
    expect(taken(directory)).toBeLessThanOrEqual(maxBytes * 1.125 + 20 * block)
  }
  await store.close()
  expect(taken(directory)).toBeLessThanOrEqual(maxBytes)
  const { entries, bytes } = (await store.usage?.()) ?? { entries: 0, bytes: 0 }
  expect([entries * block, bytes]).toEqual([taken(directory), taken(directory)])
  expect(entries).toBeGreaterThan(80)
})

test('keeps large records within its bound too', async () => {
  const directory = temporaryDirectory()
  const maxBytes = 100 * block
  const store = fileStore({ directory, maxBytes })
  for (const [i, key] of names(0, 60).entries()) {
    const value = new Uint8Array(((i * 7) % 30) * block + 1000)
    expect(await store.addMany?.([{ key, value, expiresAt: Infinity }])).toEqual([true])
  }
  await store.close()
  expect(taken(directory)).toBeLessThanOrEqual(maxBytes)
  expect(taken(directory)).toBeGreaterThan(maxBytes / 2)
  const huge = { key: 'huge', value: new Uint8Array(maxBytes), expiresAt: Infinity }
  expect(await store.setMany([huge])).toEqual(['huge'])
  expect(await store.addMany?.([huge])).toEqual([false])
})

test('keeps the bound together with others', async () => {
  const directory = temporaryDirectory()
  const maxBytes = 100 * block
  const stores = [0, 1, 2, 3].map(() => fileStore({ directory, maxBytes }))
  await Promise.all(
    stores.map(async (store, i) => {
      for (let n = 0; n < 200; n++) await store.setMany([small(`${i} ${n}`)])
    }),
  )
  await Promise.all(stores.map((store) => store.close()))
  expect(taken(directory)).toBeLessThanOrEqual(maxBytes * 1.25)
  await Promise.all(stores.map((store) => store.prune?.()))
  expect(taken(directory)).toBeLessThanOrEqual(maxBytes)
  expect(taken(directory)).toBeGreaterThan(maxBytes / 2)
})

test('counts what a store before it has left', async () => {
  const directory = temporaryDirectory()
  const before = fileStore({ directory })
  await before.setMany(names(0, 200).map((key) => small(key)))
  await before.close()
  const store = fileStore({ directory, maxBytes: 100 * block })
  await store.setMany([small('one more')])
  await store.close()
  expect(taken(directory)).toBeLessThanOrEqual(100 * block)
})

test('counts anew when its count is lost', async () => {
  const directory = temporaryDirectory()
  const store = fileStore({ directory, maxBytes: 100 * block })
  await store.setMany(names(0, 90).map((key) => small(key)))
  await store.close()
  rmSync(join(directory, 'tally'))
  await store.setMany([small('one more')])
  await store.close()
  await store.setMany(names(90, 110).map((key) => small(key)))
  await store.close()
  expect(taken(directory)).toBeLessThanOrEqual(100 * block)
  expect(taken(directory)).toBeGreaterThan(50 * block)
})

test('counts nothing for what is written again and again, or removed', async () => {
  const directory = temporaryDirectory()
  const store = fileStore({ directory })
  const keys = names(0, 10)
  await store.setMany(keys.map((key) => small(key)))
  await store.close()
  for (let round = 0; round < 20; round++) {
    await store.setMany([...keys.map((key) => small(key)), small(`other ${round}`)])
    await store.deleteMany([`other ${round}`])
  }
  expect(statSync(join(directory, 'tally')).size).toBe(11)
  expect(await present(store, keys)).toEqual(keys)
  expect(await store.usage?.()).toMatchObject({ entries: 10, bytes: 10 * block })
})

test('gives up the expired first, then the oldest, and last what is to be kept', async () => {
  const directory = temporaryDirectory()
  const clock = fakeClock()
  const store = fileStore({ directory, clock, maxBytes: 17 * block })
  const now = clock.now()
  await write(store, directory, 1, small('kept', { keep: true }))
  await write(store, directory, 2, small('kept but expired', { keep: true, expiresAt: now + 10 }))
  for (const [i, key] of names(10, 25).entries()) {
    const expiresAt = key === 'key 17' || key === 'key 24' ? now + 10 : now + 1000
    await write(store, directory, 100 - i, small(key, { expiresAt }))
  }
  clock.advance(10)
  expect(await store.prune?.()).toBe(3)
  const left = [...names(10, 17), ...names(18, 24)]
  expect(await present(store, ['kept', 'kept but expired', ...names(10, 25)])).toEqual([
    'kept',
    ...left,
  ])
  for (const key of names(30, 34)) await write(store, directory, 200, small(key))
  await store.close()
  expect(await present(store, ['kept', ...left, ...names(30, 34)])).toEqual([
    'kept',
    ...left.slice(0, -4),
    ...names(30, 34),
  ])
})

test('removes what has expired, once, whoever prunes', async () => {
  const directory = temporaryDirectory()
  const clock = fakeClock()
  const stores = [0, 1, 2].map(() => fileStore({ directory, clock }))
  const keys = names(0, 50)
  await stores[0]?.setMany(keys.map((key) => small(key, { expiresAt: clock.now() + 10 })))
  await stores[0]?.setMany([small('live')])
  clock.advance(10)
  await Promise.all(stores.map((store) => store.prune?.()))
  expect(records(directory)).toHaveLength(1)
  expect(await stores[0]?.prune?.()).toBe(0)
})

test('does not remove a record that took the place of an expired one', async () => {
  const directory = temporaryDirectory()
  const clock = fakeClock()
  const [store, other] = [fileStore({ directory, clock }), fileStore({ directory, clock })]
  const keys = names(0, 40)
  await store.setMany(keys.map((key) => small(key, { expiresAt: clock.now() + 10 })))
  clock.advance(10)
  const [, added] = await Promise.all([
    other.prune?.(),
    store.addMany?.(keys.map((key) => small(key))),
  ])
  expect(added).toEqual(keys.map(() => true))
  expect(await present(store, keys)).toEqual(keys)
})

test('removes files that hold no record when it prunes', async () => {
  const directory = temporaryDirectory()
  const store = fileStore({ directory })
  await store.setMany([small('a'), small('b')])
  writeFileSync(records(directory)[0] as string, '')
  expect(await store.prune?.()).toBe(1)
  expect(records(directory)).toHaveLength(1)
})
