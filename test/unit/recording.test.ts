import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CacheEvent } from '../../src/contracts/events.ts'
import { createCache, memoize } from '../../src/index.ts'
import { readTrace } from '../../src/simulator/read-trace.ts'
import { temporaryDirectory } from './temporary-directory.ts'

function newFile(name = 'trace'): string {
  return join(temporaryDirectory(), name)
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n')
}

test('writes each read of a key once, and no write', async () => {
  const cache = createCache()
  const file = newFile()
  const recording = cache.record(file, { keys: 'plain' })
  await cache.get('get')
  await cache.lookup('lookup')
  await cache.has('has')
  await cache.getMany(['many1', 'many2', 'many1'])
  await cache.getOrSet('load', () => 1)
  await cache.getOrSet('load', () => 1)
  await Promise.all([1, 2].map(() => cache.getOrSet('shared', async () => 1)))
  await cache.getOrSetMany(['bulk1', 'bulk2'], () => new Map())
  cache.getSync('sync')
  cache.getSync('sync')
  cache.getSync('sync, then load') ?? (await cache.getOrSet('sync, then load', () => 1))
  await cache.set('load', 2)
  await cache.setMany({ a: 1 })
  await cache.add('b', 1)
  await cache.touch('a')
  await cache.increment('a')
  await cache.expire('b')
  await cache.take('a')
  await cache.delete('b')
  await cache.explain('load')
  const keys = ['get', 'lookup', 'has', 'many1', 'many2', 'load', 'load', 'shared', 'shared']
  const expected = [...keys, 'bulk1', 'bulk2', 'sync', 'sync', 'sync, then load']
  expect(await recording.stop()).toEqual({ accesses: expected.length, dropped: 0 })
  expect(linesOf(file)).toEqual(['# hotset trace 1', ...expected.map((key) => JSON.stringify(key))])
  await cache.get('after')
  expect(recording.accesses).toBe(expected.length)
  await cache.close()
})

test('keys are hashed unless they are wanted plain, and the simulator reads them', async () => {
  const cache = createCache()
  const file = newFile('trace.gz')
  await using recording = cache.record(file)
  for (const key of ['alice', 'bob', 'alice']) await cache.get(key)
  await recording.stop()
  const trace = await readTrace(file)
  expect([...trace.keys]).toEqual([0, 1, 0])
  expect(trace.weights).toBeUndefined()
  await cache.close()
})

test('what namespaces, defined caches and memoized functions read is recorded, each key its own', async () => {
  const cache = createCache()
  const file = newFile()
  const recording = cache.namespace('any').record(file)
  const users = cache.define({ name: 'user', load: (id: number) => id })
  const square = memoize(async (n: number) => n * n, { cache, name: 'square' })
  await cache.get('1')
  await cache.get('1', { version: 2 })
  await cache.namespace('n').get('1')
  await users.get(1)
  await square(1)
  await square(1)
  expect(await recording.stop()).toEqual({ accesses: 6, dropped: 0 })
  expect([...(await readTrace(file)).keys]).toEqual([0, 1, 2, 3, 4, 4])
  await cache.close()
})

test('a cache without memory, or that is turned off, records as well', async () => {
  for (const options of [{ memory: false }, { enabled: false }] as const) {
    const cache = createCache(options)
    const recording = cache.record(newFile())
    await cache.getOrSet('a', () => 1)
    expect((await recording.stop()).accesses).toBe(1)
    await cache.close()
  }
})

test('weights are written where memory is bounded by them, of what is missing when it is there', async () => {
  const weigh = (value: unknown) => value as number
  const cache = createCache({ memory: { maxWeight: 1_000, weigh } })
  const file = newFile()
  await cache.set('there', 5)
  const recording = cache.record(file, { keys: 'plain' })
  await cache.get('there')
  await cache.getOrSet('loaded', async () => 7)
  await cache.get('never')
  await recording.stop()
  expect(linesOf(file).slice(1)).toEqual(['"there" 5', '"loaded" 7', '"never"'])
  await cache.close()
})

test('an existing file is left alone: told as an event, and by stop', async () => {
  const events: CacheEvent[] = []
  const cache = createCache({ onEvent: (event) => events.push(event) })
  const file = newFile()
  writeFileSync(file, 'mine')
  const recording = cache.record(file)
  await cache.getOrSet('a', () => 1)
  await expect(recording.stop()).rejects.toMatchObject({ code: 'EEXIST' })
  expect(readFileSync(file, 'utf8')).toBe('mine')
  expect(events.filter(({ type }) => type === 'error')).toMatchObject([
    { error: { code: 'EEXIST' } },
  ])
  await cache.close()
})

test('two recordings at once, one of which ends by itself', async () => {
  const cache = createCache()
  const [short, long] = [newFile(), newFile()]
  const first = cache.record(short, { keys: 'plain', maxAccesses: 2 })
  const second = cache.record(long, { keys: 'plain' })
  for (const key of ['a', 'b', 'c']) await cache.get(key)
  expect(await first.stop()).toEqual({ accesses: 2, dropped: 0 })
  expect(await second.stop()).toEqual({ accesses: 3, dropped: 0 })
  expect(linesOf(short).length).toBe(3)
  expect(linesOf(long).length).toBe(4)
  await cache.close()
})

test('closing the cache completes its recordings', async () => {
  const cache = createCache()
  const [file, impossible] = [newFile(), join(newFile(), 'no', 'such', 'directory')]
  cache.record(file, { keys: 'plain' })
  cache.record(impossible)
  await cache.get('a')
  await cache.close()
  expect(linesOf(file)).toEqual(['# hotset trace 1', '"a"'])
  expect(() => cache.record(newFile())).toThrow(
    expect.objectContaining({ code: 'ERR_CACHE_CLOSED' }),
  )
})

test('what makes no sense is refused at once', async () => {
  const cache = createCache()
  const file = newFile()
  expect(() => cache.record('')).toThrow('`file`')
  expect(() => cache.record(file, { keys: 'secret' as 'plain' })).toThrow('`keys`')
  expect(() => cache.record(file, { maxAccesses: 0 })).toThrow('`maxAccesses`')
  expect(() => cache.record(file, { overwrite: true } as object)).toThrow('overwrite')
  expect(existsSync(file)).toBe(false)
  await cache.close()
})

test('a loop that never waits loses nothing of a million reads', async () => {
  const cache = createCache()
  const file = newFile('trace.gz')
  const recording = cache.record(file, { keys: 'plain' })
  for (let i = 0; i < 1_000_000; i++) cache.getSync('a')
  expect(await recording.stop()).toEqual({ accesses: 1_000_000, dropped: 0 })
  await cache.close()
})
