import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { autoCodec } from '../../src/codecs/auto.ts'
import { compressed } from '../../src/codecs/compressed.ts'
import { encrypted } from '../../src/codecs/encrypted.ts'
import { jsonCodec } from '../../src/codecs/json.ts'
import { structuredCodec } from '../../src/codecs/structured.ts'
import { createCache } from '../../src/index.ts'
import { eventually } from '../servers/start-server.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'
import { inCache, kinds, stopServers } from './places.ts'
import { hotset, json } from './run.ts'

afterAll(stopServers)

/** Memcached is not emptied between tests: each has names of its own. */
const nameOf = () => `cache-${randomBytes(4).toString('hex')}`

interface Got {
  readonly outcome: string
  readonly value: unknown
  readonly encoding: string
  readonly tags: readonly string[]
  readonly age: number
  readonly ttl: number | null
}

describe.each(kinds)('entries in $name', ({ lists, empty }) => {
  test('get tells the value, its tags and its lifetime', async () => {
    const [url, name] = [await empty(), nameOf()]
    const options = ['--url', url, '--name', name]
    await inCache(
      url,
      async (cache) => {
        await cache.set('user:1', { name: 'Ada' }, { tags: ['users', 'vip'], ttl: '1h' })
        await cache.set('map', new Map([[1, 2n]]), { ttl: null })
        await cache.set('bytes', new Uint8Array([1, 2, 255]))
        await cache.set('text', 'as it is\n')
        await cache.increment('count', 41, { initial: 1 })
        await cache.namespace('deep').namespace('er').set('user:1', 'another')
        await cache.set('user:1', 'older', { version: 7 })
      },
      name,
    )
    const ada = await json<Got>(['get', 'user:1', ...options])
    expect(ada).toMatchObject({ outcome: 'hit', encoding: 'json', value: { name: 'Ada' } })
    expect([...ada.tags].sort()).toEqual(['users', 'vip'])
    expect(ada.age).toBeGreaterThanOrEqual(0)
    expect(ada.ttl).toBeGreaterThan(3_500_000)
    expect(ada.ttl).toBeLessThanOrEqual(3_600_000)
    expect(await json<Got>(['get', 'map', ...options])).toMatchObject({
      ...{ encoding: 'inspect', value: 'Map(1) { 1 => 2n }', ttl: null },
    })
    const bytes = await json<Got>(['get', 'bytes', ...options])
    expect(bytes).toMatchObject({ encoding: 'base64', value: 'AQL/' })
    expect(await json<Got>(['get', 'count', ...options])).toMatchObject({ value: 42 })
    const inside = ['--namespace', 'deep/er']
    expect(await json<Got>(['get', 'user:1', ...options, ...inside])).toMatchObject({
      value: 'another',
    })
    expect(await json<Got>(['get', 'user:1', ...options, '--key-version', '7'])).toMatchObject({
      value: 'older',
    })
    expect(await hotset(['get', 'text', '--raw', ...options])).toEqual({
      ...{ code: 0, stderr: '', stdout: 'as it is\n' },
    })
    const { stdout } = await hotset(['get', 'bytes', ...options])
    expect(stdout).toMatch(/^key {4}bytes\nstate {2}fresh\nage .*\nttl .*\ntags {3}none\nsize /)
    expect(stdout).toContain('00000000  01 02 ff')
  })

  test('what is not there: exit code 3', async () => {
    const options = ['--url', await filled(empty), '--name', nameOf()]
    expect(await hotset(['get', 'none', ...options])).toEqual({
      ...{ code: 3, stdout: '', stderr: 'There is nothing under none\n' },
    })
    expect(await hotset(['get', 'none', '--raw', ...options])).toMatchObject({
      code: 3,
      stderr: '',
    })
    const { code, stdout } = await hotset(['get', 'none', '--json', ...options])
    expect([code, JSON.parse(stdout)]).toEqual([3, { key: 'none', outcome: 'miss' }])
    expect(await hotset(['delete', 'none', ...options])).toMatchObject({
      ...{ code: 3, stdout: 'Deleted 0 entries\n' },
    })
  })

  test('delete and invalidate are seen by a cache that has the entries in memory', async () => {
    const [url, name] = [await empty(), nameOf()]
    const options = ['--url', url, '--name', name]
    const cache = createCache({ store: url, name, memory: { trust: '1ms' } })
    await cache.setMany({ a: 1, b: 2, c: 'c' })
    await cache.set('tagged', 1, { tags: ['t'] })
    expect(await json(['delete', 'a', 'b', 'none', ...options])).toEqual({ deleted: 2 })
    expect(await json(['invalidate', 't', 'u', '--yes', ...options])).toEqual({
      invalidated: ['t', 'u'],
    })
    await eventually(async () => (await cache.getMany(['a', 'b', 'c', 'tagged'])).size === 1)
    expect(await cache.get('c')).toBe('c')
    expect((await hotset(['get', 'tagged', ...options])).code).toBe(3)
    expect(await json(['clear', '--yes', ...options])).toEqual({ cleared: name })
    await eventually(async () => !(await cache.has('c')))
    await cache.close()
  })

  test('explain says why', async () => {
    const [url, name] = [await empty(), nameOf()]
    await inCache(url, (cache) => cache.set('k', 1, { tags: ['t'] }), name)
    const options = ['--url', url, '--name', name]
    const told = await json(['explain', 'k', ...options])
    expect(told).toMatchObject({
      ...{ outcome: 'hit', physicalKey: `${name}:1:k`, store: { state: 'fresh' } },
    })
    await hotset(['invalidate', 't', '--yes', ...options])
    expect(await json(['explain', 'k', ...options])).toMatchObject({
      outcome: 'miss',
      store: { state: 'invalidated', tags: expect.arrayContaining([{ tag: 't', valid: false }]) },
    })
    const { stdout } = await hotset(['explain', 'k', ...options])
    expect(stdout).toContain('changed: t\n')
  })

  test('keys that hold for nobody are not listed', async () => {
    const [url, name] = [await empty(), nameOf()]
    const options = ['--url', url, '--name', name]
    await inCache(
      url,
      async (cache) => {
        await cache.setMany(new Map(Array.from({ length: 700 }, (_, i) => [`n:${i}`, i])))
        await cache.setMany({ 'user:1': 'a', 'user:2': 'b', 'user:10': 'user:10', 'a[b': 'c' })
        await cache.set('gone', 1, { tags: ['t'] })
        await cache.set('n:1', 1, { version: 2 })
        await cache.namespace('space').set('inner', 1)
        await cache.invalidate('t')
      },
      name,
    )
    const list = async (...args: string[]) => {
      const { code, stdout, stderr } = await hotset(['keys', ...args, ...options])
      if (code !== 0) throw new Error(stderr)
      return stdout.split('\n').slice(0, -1).sort()
    }
    if (!lists) {
      await expect(list()).rejects.toThrow('A store of the kind memcached does not list its keys')
      return
    }
    expect(await list()).toHaveLength(704)
    expect(await list('user:?')).toEqual(['user:1', 'user:2'])
    expect(await list('user:1*')).toEqual(['user:1', 'user:10'])
    expect(await list('*[1-2]', '--limit', '3')).toHaveLength(3)
    expect(await list('a\\[b')).toEqual(['a[b'])
    expect(await list('gone')).toEqual([])
    expect(await list('--namespace', 'space')).toEqual(['inner'])
    expect(await list('--key-version', '2')).toEqual(['n:1'])
    const { stdout } = await hotset(['keys', 'user:10', '--long', ...options])
    expect(stdout).toMatch(/^ *\S+ \w+ +4 min 59 s +9 B {2}user:10\n$/)
    const { stdout: line } = await hotset(['keys', 'user:10', '--json', ...options])
    expect(JSON.parse(line)).toMatchObject({ key: 'user:10', bytes: 9, tags: [] })
    expect(await json(['delete', '--match', 'n:*', '--yes', ...options])).toEqual({ deleted: 700 })
    expect(await list()).toEqual(['a[b', 'user:1', 'user:10', 'user:2'])
    await hotset(['clear', '--yes', ...options])
    expect(await list()).toEqual([])
  })

  test('prune', async () => {
    const [url, name] = [await filled(empty), nameOf()]
    const { code, stdout, stderr } = await hotset(['prune', '--yes', '--url', url, '--name', name])
    if (code === 0) expect(stdout).toBe('Removed 0 records\n')
    else expect(stderr).toMatch(/^hotset prune: A store of the kind (redis|memcached) lets go /)
  })
})

test('what other codecs made is read as far as an entry tells', async () => {
  const directory = temporaryDirectory()
  const url = `lmdb:${join(directory, 'store')}`
  const secret = encrypted(autoCodec(), { keys: [{ id: 'a', key: randomBytes(32) }] })
  const codecs = {
    ...{ json: jsonCodec, structured: structuredCodec(), secret },
    small: compressed(structuredCodec(), { threshold: 1 }),
    nested: compressed(secret, { threshold: 1 }),
  }
  const value = 'x'.repeat(100)
  for (const [name, codec] of Object.entries(codecs)) {
    const cache = createCache({ name, codec, store: url })
    await cache.set('k', value)
    await cache.close()
  }
  for (const name of ['json', 'structured', 'small']) {
    expect(await json<Got>(['get', 'k', '--name', name, '--url', url])).toMatchObject({ value })
  }
  for (const name of ['secret', 'nested']) {
    const { code, stdout, stderr } = await hotset(['get', 'k', '--name', name, '--url', url])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^hotset get: The value under k cannot be read: Its codec \([45]\) is known/,
    )
    expect((await hotset(['keys', '--name', name, '--url', url])).stdout).toBe('k\n')
  }
})

async function filled(empty: () => Promise<string>): Promise<string> {
  const url = await empty()
  await inCache(url, (cache) => cache.set('some', 1), nameOf())
  return url
}
