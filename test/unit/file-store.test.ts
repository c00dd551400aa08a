import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import type { Store } from '../../src/contracts/store.ts'
import { ConfigError, StoreError } from '../../src/kernel/errors.ts'
import { fileStore } from '../../src/stores/file.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { record, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** Paths in a directory, those of records last. */
function paths(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .toSorted((a, b) => Number(a.endsWith('.rec')) - Number(b.endsWith('.rec')))
}

async function read(store: Store, ...keys: string[]): Promise<(string | undefined)[]> {
  const found = await store.getMany(keys)
  return found.map((value) => value && new TextDecoder().decode(value))
}

test('makes directories and files for their owner alone, missing parents included', async () => {
  const root = temporaryDirectory()
  const directory = join(root, 'missing', 'too')
  const store = fileStore({ directory })
  await store.setMany([record('a', '1'), record('b', '2')])
  await store.close()
  const all = [join(root, 'missing'), directory, ...paths(directory)]
  expect(all.length).toBeGreaterThan(7)
  for (const path of all) {
    const stats = statSync(path)
    expect([path, stats.mode & 0o777]).toEqual([path, stats.isDirectory() ? 0o700 : 0o600])
  }
})

test('takes a file: URL for the directory', async () => {
  const directory = join(temporaryDirectory(), 'a b')
  const store = fileStore({ directory: pathToFileURL(directory) })
  await store.setMany([record('a', '1')])
  expect(await read(fileStore({ directory }), 'a')).toEqual(['1'])
})

test('keeps what it was given for the stores that are opened later', async () => {
  const directory = temporaryDirectory()
  const store = fileStore({ directory })
  await store.setMany([record('a', '1'), record('b', '2')])
  await store.close()
  const next = fileStore({ directory })
  expect(await read(next, 'a', 'b', 'c')).toEqual(['1', '2', undefined])
  expect(await next.deleteMany(['a'])).toEqual([true])
  expect(await read(store, 'a', 'b')).toEqual([undefined, '2'])
})

test('writes no key into the name of a file', async () => {
  const directory = temporaryDirectory()
  await fileStore({ directory }).setMany([record('../../secret', '1')])
  expect(paths(directory).filter((path) => path.includes('secret'))).toEqual([])
  expect(readdirSync(join(directory, '..'))).not.toContain('secret')
})

test('makes a directory anew that was removed', async () => {
  const directory = join(temporaryDirectory(), 'store')
  const store = fileStore({ directory })
  expect(await read(store, 'a')).toEqual([undefined])
  expect(await store.deleteMany(['a'])).toEqual([false])
  expect(await store.prune?.()).toBe(0)
  expect((await store.usage?.())?.entries).toBe(0)
  for (let round = 0; round < 3; round++) {
    await store.setMany([record('a', '1')])
    expect(await read(store, 'a')).toEqual(['1'])
    rmSync(directory, { recursive: true })
    expect(await read(store, 'a')).toEqual([undefined])
  }
  expect(await store.addMany?.([record('a', '2')])).toEqual([true])
  expect(await read(store, 'a')).toEqual(['2'])
})

test('takes a file that vanishes meanwhile for a miss', async () => {
  const directory = temporaryDirectory()
  const [one, two] = [fileStore({ directory }), fileStore({ directory })]
  const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`)
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all([
      one.setMany(keys.map((key) => record(key, key))),
      two.deleteMany(keys),
      one.getMany(keys),
      two.getMany(keys),
      one.deleteMany(keys),
      two.prune?.(),
      one.usage?.(),
    ])
    for (const found of [answers[2], answers[3]].flat()) {
      if (found) expect(keys).toContain(new TextDecoder().decode(found))
    }
  }
})

test.each([
  ['empty', (path: string) => truncateSync(path, 0)],
  ['cut', (path: string) => truncateSync(path, statSync(path).size - 1)],
  ['longer', (path: string) => writeFileSync(path, 'x', { flag: 'a' })],
  [
    'damaged',
    (path: string) => {
      const bytes = readFileSync(path)
      bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1
      writeFileSync(path, bytes)
    },
  ],
  ['of another program', (path: string) => writeFileSync(path, 'x'.repeat(100))],
])('takes a file that is %s for a miss', async (_, damage) => {
  const directory = temporaryDirectory()
  const store = fileStore({ directory })
  const long = 'x'.repeat(50_000)
  const record1 = () => record('a', stamped(1, long))
  const damaged = async () => {
    await store.setMany([record1()])
    damage(paths(directory).at(-1) as string)
  }
  await damaged()
  expect(await store.getMany(['a'])).toEqual([undefined])
  expect(await store.addMany?.([record('a', stamped(2))])).toEqual([true])
  expect(await store.addMany?.([record('a', stamped(3))])).toEqual([false])
  const replacement = { key: 'a', stamp: stampFrom(2), record: record('a', 'new') }
  expect(await store.replaceMany?.([replacement])).toEqual([true])
  await damaged()
  await store.setMany([record('a', 'newer')])
  expect(await read(store, 'a')).toEqual(['newer'])
})

test('believes the key in a file, not its name', async () => {
  const directory = temporaryDirectory()
  const store = fileStore({ directory })
  await store.setMany([record('a', '1')])
  const first = paths(directory).at(-1) as string
  await store.setMany([record('b', '2')])
  const second = paths(directory).find((path) => path.endsWith('.rec') && path !== first) as string
  copyFileSync(first, second)
  expect(await read(store, 'a', 'b')).toEqual(['1', undefined])
  expect(await store.addMany?.([record('b', '3')])).toEqual([true])
  copyFileSync(first, second)
  expect(await store.deleteMany(['b'])).toEqual([false])
  mkdirSync(join(directory, '00'), { recursive: true })
  const stray = join(directory, '00', `${'0'.repeat(62)}.rec`)
  copyFileSync(first, stray)
  const keys: string[] = []
  for await (const key of store.scan?.('') ?? []) keys.push(key)
  expect(keys).toEqual(['a'])
  expect(await store.prune?.()).toBe(1)
  expect(paths(directory)).not.toContain(stray)
})

test('leaves files of others alone', async () => {
  const directory = temporaryDirectory()
  const clock = fakeClock(Date.now())
  const store = fileStore({ directory, clock, maxBytes: 16_384 })
  const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`)
  await store.setMany(keys.map((key) => record(key, key, clock.now() + 1000)))
  const shard = readdirSync(directory).find((name) => /^[0-9a-f]{2}$/.test(name)) as string
  mkdirSync(join(directory, 'bus'))
  const foreign = ['notes.txt', 'ff.rec', 'bus/log-1', `${shard}/README`, `${shard}/x.rec`, 'ee']
  for (const name of foreign) writeFileSync(join(directory, name), name)
  clock.advance(120_000)
  await store.prune?.()
  await store.setMany(keys.map((key) => record(key, key)))
  await store.prune?.()
  for (const name of foreign) expect(readFileSync(join(directory, name), 'utf8')).toBe(name)
})

test('does not count through a link', async () => {
  const directory = temporaryDirectory()
  const victim = join(temporaryDirectory(), 'victim')
  writeFileSync(victim, 'precious')
  symlinkSync(victim, join(directory, 'tally'))
  const store = fileStore({ directory })
  await expect(store.setMany([record('a', '1')])).rejects.toThrow(StoreError)
  await expect(store.prune?.()).rejects.toThrow(StoreError)
  expect(readFileSync(victim, 'utf8')).toBe('precious')
})

test('lets errors of the file system be seen', async () => {
  const directory = join(temporaryDirectory(), 'file')
  writeFileSync(directory, '')
  const store = fileStore({ directory })
  const error = await store.getMany(['a']).catch((reason) => reason)
  expect(error).toBeInstanceOf(StoreError)
  expect(error).toMatchObject({ code: 'ERR_CACHE_STORE', cause: { code: 'ENOTDIR' } })
  expect(error.message).toContain(directory)
  await expect(store.setMany([record('a', '1')])).rejects.toThrow(StoreError)
  await expect(store.addMany?.([record('a', '1')])).rejects.toThrow(StoreError)
  await expect(store.prune?.()).rejects.toThrow(StoreError)
  await expect(store.usage?.()).rejects.toThrow(StoreError)
  await expect(store.scan?.('')[Symbol.asyncIterator]().next()).rejects.toThrow(StoreError)
})

test('lets it be seen when something else is where a record would be', async () => {
  const directory = temporaryDirectory()
  const store = fileStore({ directory })
  await store.setMany([record('a', '1')])
  const path = paths(directory).at(-1) as string
  rmSync(path)
  mkdirSync(path)
  await expect(store.getMany(['a'])).rejects.toThrow(StoreError)
  await expect(store.setMany([record('a', '1')])).rejects.toThrow(StoreError)
  await expect(store.deleteMany(['a'])).rejects.toThrow(StoreError)
  expect(await store.prune?.()).toBe(0)
  expect(readdirSync(join(directory, 'drafts'))).toEqual([])
})

test.each([
  {},
  { directory: '' },
  { directory: 5 },
  { directory: 'a\0b' },
  { directory: new URL('https://example.com/cache') },
  { directory: 'x', maxBytes: 0 },
  { directory: 'x', maxBytes: 4095 },
  { directory: 'x', maxBytes: Infinity },
  { directory: 'x', maxBytes: Number.NaN },
  { directory: 'x', maxBytes: 'much' },
  { directory: 'x', path: 'y' },
])('refuses the options %o', (options) => {
  expect(() => Reflect.apply(fileStore, undefined, [options])).toThrow(ConfigError)
})

test('removes what has expired by itself, and stops when it is closed', async () => {
  const directory = temporaryDirectory()
  const clock = fakeClock()
  const store = fileStore({ directory, clock })
  await store.setMany([
    { ...record('short', '1'), expiresAt: clock.now() + 1000 },
    record('long', '2'),
  ])
  const records = () => paths(directory).filter((path) => path.endsWith('.rec')).length
  expect(records()).toBe(2)
  clock.advance(300_000)
  await expect.poll(records).toBe(1)
  await expect.poll(() => clock.pending()).toBe(1)
  await store.close()
  expect(clock.pending()).toBe(0)
})
