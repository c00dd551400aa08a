import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store, StoreRecord } from '../../src/contracts/store.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import { hasStamp } from '../../src/kernel/stamp.ts'
import { lmdbStore } from '../../src/stores/lmdb.ts'
import { counted, countIn, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { dataFile, inspect } from './inspect-lmdb.ts'
import { program, RemoteStore } from './remote-store.ts'

const run = promisify(execFile)
const dist = fileURLToPath(new URL('../../dist', import.meta.url))

let directory: string
let stores: RemoteStore[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hotset-lmdb-'))
  stores = []
})

afterEach(async () => {
  await Promise.all(stores.map((store) => store.end()))
  await rm(directory, { recursive: true, force: true })
})

function start(): RemoteStore {
  const store = new RemoteStore({ directory, maxBytes: '16mb' })
  stores.push(store)
  return store
}

function open(): Required<Store> {
  return lmdbStore({ directory, maxBytes: '16mb' }) as Required<Store>
}

/** Those whose keys say so take several transactions. */
function record(key: string, number: number): StoreRecord {
  const text = 'x'.repeat(key.includes('large') ? 200_000 : 10)
  return { key, value: stamped(number, text), expiresAt: Infinity }
}

/** Which of the racers won each key. */
function winnersOf(answers: readonly (readonly boolean[])[], keys: readonly string[]): number[][] {
  return keys.map((_, i) => answers.flatMap((won, racer) => (won[i] ? [racer] : [])))
}

test('of processes that race for a key one wins, from the first opening on', async () => {
  const racers = [start(), start(), start(), start()]
  const keys = Array.from({ length: 40 }, (_, i) => (i % 10 ? `key ${i}` : `large ${i}`))
  /** Answers the number under each key, having checked that it is the only winner's. */
  const race = async (
    compete: (store: RemoteStore, racer: number) => Promise<boolean[]>,
    numberOf: (racer: number, i: number) => number,
  ) => {
    const winners = winnersOf(await Promise.all(racers.map(compete)), keys)
    expect(winners.filter(({ length }) => length !== 1)).toEqual([])
    const numbers = winners.map(([racer], i) => numberOf(racer as number, i))
    const found = await (racers[0] as RemoteStore).call('getMany', keys)
    expect(
      found.map((value, i) => value && hasStamp(value, stampFrom(numbers[i] as number))),
    ).toEqual(keys.map(() => true))
    return numbers
  }
  let numbers = await race(
    (store, racer) =>
      store.call(
        'addMany',
        keys.map((key) => record(key, racer)),
      ),
    (racer) => racer,
  )
  for (let round = 1; round <= 12; round++) {
    const current = numbers
    numbers = await race(
      (store, racer) =>
        store.call(
          'replaceMany',
          keys.map((key, i) => ({
            key,
            stamp: stampFrom(current[i] as number),
            record: record(key, round * 10 + racer),
          })),
        ),
      (racer) => round * 10 + racer,
    )
  }
  const removed = await Promise.all(racers.map((store) => store.call('deleteMany', keys)))
  expect(winnersOf(removed, keys).filter(({ length }) => length !== 1)).toEqual([])
  await Promise.all(racers.map((store) => store.end()))
  expect(await inspect(directory)).toMatchObject({ faults: [], remains: 0, keys: new Set() })
})

test('what several processes count at once is all counted', async () => {
  const counters = [start(), start(), start(), start()]
  const key = 'counter'
  await open().setMany([{ key, value: counted(0, 0), expiresAt: Infinity }])
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      (counters[i % 4] as RemoteStore).call('incrementMany', [
        { key, by: 1, stamp: stampFrom(i) },
        { key, by: 1, stamp: stampFrom(i) },
      ]),
    ),
  )
  const sums = answers.flat().map((value) => countIn(value))
  expect(new Set(sums)).toEqual(new Set(Array.from({ length: 400 }, (_, i) => i + 1)))
  const [value] = await open().getMany([key])
  expect(countIn(value)).toBe(400)
  await Promise.all(counters.map((store) => store.end()))
  expect(await inspect(directory)).toMatchObject({ faults: [], remains: 0, keys: new Set([key]) })
})

test('what one process was told is written is read by the next', async () => {
  const [writer, reader] = [start(), start()] as const
  for (let i = 0; i < 300; i++) {
    await writer.call('setMany', [record('key', i)])
    const [value] = await reader.call('getMany', ['key'])
    expect(value && hasStamp(value, stampFrom(i))).toBe(true)
  }
})

test('nothing is lost while others open and close it', async () => {
  const [a, b, c, d] = [start(), start(), start(), start()] as const
  const counted = Promise.all([a.call('count', 'a', 1500), b.call('count', 'b', 1500)])
  await Promise.all([c.call('reopen', 100), d.call('reopen', 100)])
  expect(await counted).toEqual([0, 0])
  await Promise.all(stores.map((store) => store.end()))
  expect(await inspect(directory)).toMatchObject({ faults: [], remains: 0 })
})

test('threads of a process share it, and the end of one leaves the others alone', async () => {
  const { stdout } = await run(process.execPath, [program('lmdb-threads.mjs'), directory])
  expect(JSON.parse(stdout)).toEqual({ fair: true, read: ['1', '2', '3', 'main'] })
})

test('a process that has a store open, and nothing to do, ends by itself', async () => {
  const { stdout } = await run(process.execPath, [program('lmdb-idle.mjs'), directory])
  expect(stdout).toBe('here\n')
})

test('a process may exit in the middle of writes', async () => {
  const store = start()
  await store.call('setMany', [record('key', 1)])
  const ended = once(store.process, 'exit')
  const writes = Array.from({ length: 50 }, (_, i) => store.call('setMany', [record(`${i}`, i)]))
  const exit = store.call('exit')
  await Promise.allSettled([...writes, exit])
  expect(await ended).toEqual([0, null])
})

test('stores of one process share what is open, which is closed with the last', async () => {
  const [one, other] = [open(), open()]
  await Promise.all([one.setMany([record('a', 1)]), other.setMany([record('b', 2)])])
  await one.close()
  await one.close()
  await expect(one.getMany(['a'])).rejects.toThrow('is closed')
  const found = await other.getMany(['a', 'b'])
  expect(found.map((value) => value?.length)).toEqual([22, 22])
  const different = lmdbStore({ directory, maxBytes: '32mb' })
  await expect(different.getMany(['a'])).rejects.toThrow('`maxBytes`')
  await other.close()
  expect((await different.getMany(['a'])).length).toBe(1)
  await different.close()
})

test('its files are for this user alone', async () => {
  const store = lmdbStore({ directory: join(directory, 'made', 'here') })
  await store.setMany([record('key', 1)])
  expect((await stat(join(directory, 'made', 'here'))).mode & 0o777).toBe(0o700)
  for (const file of await readdir(join(directory, 'made', 'here'))) {
    expect((await stat(join(directory, 'made', 'here', file))).mode & 0o777).toBe(0o600)
  }
  await store.close()
})

test.each([
  ['closed, they are kept', true],
  ['left open, they are dropped', false],
])('when the system went down with the records %s', async (_, closed) => {
  await writeFile(join(directory, 'not ours.mdb'), 'not ours')
  const before = start()
  await before.call('setMany', [record('key', 1)])
  if (closed) await before.call('close')
  await before.end()
  // As another boot would have named them.
  for (const file of await readdir(directory)) {
    await rename(join(directory, file), join(directory, file.replace(/(hotset-1-)\w+/, '$1before')))
  }
  const after = start()
  const [value] = await after.call('getMany', ['key'])
  expect(value !== undefined).toBe(closed)
  const files = await readdir(directory)
  expect(files.filter((file) => file.includes('before'))).toEqual([])
  expect(files).toContain('not ours.mdb')
})

test('a file that was not closed by all is not taken for clean', async () => {
  const [one, other] = [start(), start()] as const
  await one.call('setMany', [record('key', 1)])
  await other.call('getMany', ['key'])
  await one.call('close')
  expect((await readdir(directory)).filter((file) => file.endsWith('.clean'))).toEqual([])
  await other.call('close')
  expect((await readdir(directory)).filter((file) => file.endsWith('.clean')).length).toBe(1)
  await start().call('getMany', ['key'])
  expect((await readdir(directory)).filter((file) => file.endsWith('.clean'))).toEqual([])
})

test('when its files are deleted under it, it goes on with new ones', async () => {
  const [store, other] = [open(), open()]
  await store.setMany([record('before', 1)])
  await other.setMany([record('before too', 1)])
  for (const file of await readdir(directory)) await rm(join(directory, file))
  let failed = false
  for (let i = 0; !failed; i++) {
    await store.setMany([record(`large ${i % 4}`, i)]).catch((error) => {
      expect(error).toBeInstanceOf(StoreError)
      failed = true
    })
  }
  await store.setMany([record('after', 1)])
  const reader = start()
  const found = await reader.call('getMany', ['before', 'after'])
  expect(found.map((value) => value !== undefined)).toEqual([false, true])
  await store.close()
  await other.close()
})

test.each([
  ['other bytes', (file: string) => writeFile(file, 'no data'.repeat(10_000))],
  ['nothing', (file: string) => truncate(file)],
  ['half of it', (file: string) => truncate(file, 16_384)],
])('a data file with %s in it is neither read nor deleted', async (_, damage) => {
  const store = open()
  await store.setMany(Array.from({ length: 100 }, (_, i) => record(`${i}`, i)))
  const file = dataFile(directory)
  await store.close()
  await damage(file)
  const { size } = await stat(file)
  const again = open()
  await expect(again.getMany(['0'])).rejects.toThrow(`${file} is no data file`)
  expect((await stat(file)).size).toBe(size)
  await again.close()
})

test('without the package lmdb it says what to install', async () => {
  await cp(dist, join(directory, 'dist'), { recursive: true })
  await writeFile(
    join(directory, 'main.mjs'),
    `import { lmdbStore } from './dist/stores/lmdb.js'
     await lmdbStore({ directory: 'here' }).getMany(['key']).catch((error) => console.log(error.code, error.message))`,
  )
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
  const { stdout } = await run(process.execPath, ['main.mjs'], { cwd: directory })
  expect(stdout).toMatch(/^ERR_CACHE_CONFIG .*npm install lmdb/)
})

test.each([
  [{}, 'directory'],
  [{ directory: '' }, 'directory'],
  [{ directory: 'x', maxBytes: '7mb' }, 'maxBytes'],
  [{ directory: 'x', maxBytes: Number.NaN }, 'maxBytes'],
  [{ directory: 'x', maxbytes: '8mb' }, 'maxbytes'],
])('refuses %j', (options, name) => {
  expect(() => lmdbStore(options as { directory: string })).toThrow(`\`${name}\``)
})
