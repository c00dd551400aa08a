import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store, StoreRecord } from '../../src/contracts/store.ts'
import { lmdbStore } from '../../src/stores/lmdb.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { dataFile, inspect, sizeOfFile } from './inspect-lmdb.ts'
import { program, RemoteStore } from './remote-store.ts'

const megabyte = 1024 ** 2
const maxBytes = 8 * megabyte

let directory: string
let children: (RemoteStore | ChildProcess)[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hotset-lmdb-'))
  children = []
})

afterEach(async () => {
  for (const child of children) {
    if (child instanceof RemoteStore) await child.end()
    else child.kill('SIGKILL')
  }
  await rm(directory, { recursive: true, force: true })
})

function start(options = { directory, maxBytes: '8mb' }, wrapper?: readonly string[]): RemoteStore {
  const store = new RemoteStore(options, wrapper)
  children.push(store)
  return store
}

function record(key: string, length: number, expiresAt = Infinity): StoreRecord {
  return { key, value: new Uint8Array(length).fill(length), expiresAt }
}

/** Lengths of all orders of magnitude, the same every time. */
function lengthOf(i: number): number {
  return Math.floor(10 ** (1 + ((i * 0.618034) % 1) * 4))
}

test('ten times the bound goes through it, and the newest stay', async () => {
  const clock = fakeClock()
  const store = lmdbStore({ directory, maxBytes, clock }) as Required<Store>
  let written = 0
  let largest = 0
  let number = 0
  while (written < 10 * maxBytes) {
    const records = Array.from({ length: 20 }, () => {
      const i = number++
      // One in five is written over again and again; one in seven expires.
      const key = i % 5 ? `${i}` : `again ${i % 20}`
      return record(key, lengthOf(i), i % 7 ? Infinity : clock.now() + 1000)
    })
    expect(await store.setMany(records)).toEqual([])
    written += records.reduce((sum, { value }) => sum + value.length, 0)
    largest = Math.max(largest, sizeOfFile(directory))
    clock.advance(10)
    const found = await store.getMany(records.map(({ key }) => key))
    expect(found.includes(undefined)).toBe(false)
  }
  const { bytes, entries } = await store.usage()
  expect(largest).toBeLessThanOrEqual(maxBytes)
  expect(bytes).toBeLessThanOrEqual(maxBytes)
  expect(bytes).toBeGreaterThan(maxBytes / 2)
  await store.close()
  const { faults, keys, remains } = await inspect(directory)
  expect({ faults, remains, entries: keys.size }).toEqual({ faults: [], remains: 0, entries })
})

test('four processes together keep to the bound', async () => {
  const stores = [start(), start(), start(), start()]
  const batch = (writer: number, round: number) =>
    Array.from({ length: 40 }, (_, i) =>
      record(`${writer}:${round}:${i}`, lengthOf(round * 40 + i)),
    )
  let largest = 0
  const refused = new Set<string>()
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(
      stores.map((store, writer) => store.call('setMany', batch(writer, round))),
    )
    for (const key of answers.flat()) refused.add(key)
    largest = Math.max(largest, sizeOfFile(directory))
  }
  // Those who make it larger at the same time may each add 256 KB too much.
  expect(largest).toBeLessThanOrEqual(maxBytes + megabyte)
  const newest = batch(2, 19).map(({ key }) => key)
  const found = await start().call('getMany', newest)
  expect(newest.filter((key, i) => !found[i] && !refused.has(key))).toEqual([])
  expect(refused.size).toBeLessThan(1600)
  for (const store of stores) await store.end()
  expect((await inspect(directory)).faults).toEqual([])
})

test('a record of more than an eighth is refused, and takes the place of nothing', async () => {
  const store = lmdbStore({ directory, maxBytes })
  await store.setMany([record('large', 10), record('other', 10)])
  const large = record('large', maxBytes / 8 + 1)
  expect(await store.setMany([large, record('small', 10)])).toEqual(['large'])
  const found = await store.getMany(['large', 'other', 'small'])
  expect(found.map((value) => value?.length)).toEqual([undefined, 10, 10])
  expect(await store.addMany?.([large])).toEqual([false])
  await store.close()
  expect(await inspect(directory)).toMatchObject({ faults: [], remains: 0 })
})

test('what is to be kept is evicted last', async () => {
  const store = lmdbStore({ directory, maxBytes })
  const kept = Array.from({ length: 100 }, (_, i) => ({ ...record(`kept ${i}`, 100), keep: true }))
  await store.setMany(kept)
  await store.setMany([record('first', 100)])
  for (let i = 0; i < 40; i++) {
    await store.setMany(Array.from({ length: 10 }, (_, j) => record(`${i}:${j}`, 30_000)))
  }
  const found = await store.getMany([...kept.map(({ key }) => key), 'first'])
  expect(found.indexOf(undefined)).toBe(kept.length)
  await store.close()
})

test('what has expired is evicted before what is older', async () => {
  const clock = fakeClock()
  const store = lmdbStore({ directory, maxBytes, clock }) as Required<Store>
  const batch = (name: string, expiresAt?: number) =>
    Array.from({ length: 100 }, (_, i) => record(`${name} ${i}`, 20_000, expiresAt))
  await store.setMany(batch('older'))
  await store.setMany(batch('short', clock.now() + 1000))
  clock.advance(1000)
  await store.setMany(batch('newer'))
  await store.setMany(batch('newest'))
  const found = await store.getMany(batch('older').map(({ key }) => key))
  expect(found.includes(undefined)).toBe(false)
  expect((await store.usage()).entries).toBeLessThan(400)
  await store.close()
})

test('on a full disk it goes on with the space it has, and grows when there is more', async () => {
  const disk = join(directory, 'disk')
  await mkdir(disk)
  const isRoot = process.getuid?.() === 0
  const store = start({ directory: join(disk, 'store'), maxBytes: '64mb' }, [
    ...['unshare', isRoot ? '-m' : '-rm', 'sh', '-c'],
    ...['mount -t tmpfs -o size=16m none "$0" && exec "$@"', disk],
  ])
  const fill = join(disk, 'filler')
  const write = async (name: string) => {
    const records = Array.from({ length: 100 }, (_, i) => record(`${name} ${i}`, 10_000))
    return (await store.call('setMany', records)).length
  }
  await store.call('fill', fill)
  await expect(write('never')).rejects.toThrow('ENOSPC')
  await store.call('free', fill)
  expect(await write('before')).toBe(0)
  await store.call('fill', fill)
  let rounds = 0
  let refused = 0
  while (rounds < 20) refused += await write(`full ${rounds++}`)
  expect(refused).toBeLessThan(rounds * 100)
  const full = await store.call('usage')
  expect(full.bytes).toBeLessThan(4 * megabyte)
  const [newest] = await store.call('getMany', ['full 19 99'])
  expect(newest?.length).toBe(10_000)
  expect(await store.call('deleteMany', ['full 19 99'])).toEqual([true])
  await store.call('free', fill)
  // Now and then it asks for more.
  while ((await store.call('usage')).bytes < 8 * megabyte) await write(`freed ${rounds++}`)
})

test('a reader that stopped in a read costs refusals at worst, until it is gone', async () => {
  const store = start()
  const write = async (name: string) => {
    const records = Array.from({ length: 50 }, (_, i) => record(`${name} ${i}`, 5000))
    return (await store.call('setMany', records)).length
  }
  expect(await write('before')).toBe(0)
  const holder = spawn(
    process.execPath,
    [program('lmdb-holder.mjs'), dataFile(directory), 'read'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  children.push(holder)
  await once(holder.stdout, 'data')
  let refused = 0
  for (let i = 0; refused === 0; i++) refused = await write(`held ${i}`)
  expect(sizeOfFile(directory)).toBeLessThanOrEqual(maxBytes)
  const found = await store.call('getMany', ['before 0', 'held 0 0'])
  expect(found.map((value) => value?.length)).toEqual([5000, 5000])
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  await store.call('prune')
  for (let i = 0; i < 50; i++) expect(await write(`after ${i}`)).toBe(0)
  expect(sizeOfFile(directory)).toBeLessThanOrEqual(maxBytes)
  await store.end()
  expect((await inspect(directory)).faults).toEqual([])
})
