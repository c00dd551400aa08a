import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { EntryOptions } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { portrait } from '../property/portrait.ts'
import { anyValue } from '../property/value-arbitraries.ts'
import { eventually } from '../servers/start-server.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'
import { inCache, kinds, stopServers } from './places.ts'
import { hotset, json } from './run.ts'

afterAll(stopServers)

interface Written {
  readonly key: string
  readonly value: unknown
  readonly path: readonly string[]
  readonly version: number | undefined
  readonly options: EntryOptions
}

const minutes = fc.integer({ min: 5, max: 10_000 }).map((count) => count * 60_000)
const options: fc.Arbitrary<EntryOptions> = fc.record({
  ttl: fc.option(minutes),
  tags: fc.uniqueArray(
    fc
      .string({ unit: 'binary', minLength: 1, maxLength: 8 })
      .filter((tag) => !tag.startsWith('\0')),
    { maxLength: 4 },
  ),
  sliding: fc.option(minutes, { nil: undefined }),
  staleIfError: fc.option(minutes, { nil: undefined }),
  staleWhileRevalidate: fc.option(minutes, { nil: undefined }),
})
const written: fc.Arbitrary<Written> = fc.record({
  key: fc.oneof(
    fc.string({ minLength: 1, maxLength: 30 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
    fc.string({ minLength: 300, maxLength: 1000 }),
  ),
  value: fc.oneof(fc.jsonValue(), anyValue, fc.maxSafeInteger()),
  path: fc.constantFrom([], [], ['users'], ['users', 'admins']),
  version: fc.constantFrom(undefined, undefined, 5),
  options,
})
const caches = fc.uniqueArray(written, {
  maxLength: 12,
  selector: ({ key, path, version }) => JSON.stringify([key, path, version]),
})

/** All that is to be the same afterwards: the value, and what decides how long it holds. */
async function lifeOf(url: string, entries: readonly Written[], name: string) {
  return inCache(
    url,
    (cache) =>
      Promise.all(
        entries.map(async ({ key, path, version }) => {
          const view = path.reduce((at, name) => at.namespace(name), cache)
          const keyOptions = version === undefined ? {} : { version }
          const { store } = await view.explain(key, keyOptions)
          const found = await view.lookup(key, keyOptions)
          if (found.outcome === 'miss') return 'miss'
          return {
            value: portrait(found.value),
            tags: [...found.tags].sort(),
            ...{
              createdAt: store?.createdAt,
              staleAt: store?.staleAt,
              expiresAt: store?.expiresAt,
            },
          }
        }),
      ),
    name,
  )
}

function contentOf(directory: string, file: string): string {
  const bytes = readFileSync(join(directory, file))
  return String(file.endsWith('.gz') ? gunzipSync(bytes) : bytes)
}

/** The entries in a file, in an order that does not depend on the store; tags have none. */
function linesIn(text: string) {
  const lines = text.trimEnd().split('\n').slice(1, -1)
  const ordered = lines.map((line) => {
    const { tags = [], ...entry } = JSON.parse(line)
    return { ...entry, tags: [...tags].sort() }
  })
  return ordered.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

const stores = kinds.filter(({ lists }) => lists)

test('what is exported from any store is the same in any other', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      caches,
      fc.constantFrom(...stores),
      fc.constantFrom(...kinds),
      fc.boolean(),
      async (entries, from, to, isCompressed) => {
        const [directory, source] = [temporaryDirectory(), await from.empty()]
        await inCache(source, async (cache) => {
          await cache.set('there', 1)
          for (const { key, value, path, version, options } of entries) {
            const view = path.reduce((at, name) => at.namespace(name), cache)
            await view.set(key, value, { ...options, ...(version && { version }) })
          }
        })
        const before = await lifeOf(source, entries, 'default')
        const file = `all.jsonl${isCompressed ? '.gz' : ''}`
        await json(['export', file, '--url', source], { directory })
        const name = `copy-${Math.random()}`
        const target = to.name === from.name && to.name === 'Redis' ? source : await to.empty()
        const outcome = await json(['import', file, '--url', target, '--name', name], { directory })
        const count = entries.filter(({ key, path, version }) => {
          return !(key === 'there' && path.length === 0 && version === undefined)
        }).length
        expect(outcome).toEqual({ imported: count + 1, kept: 0, expired: 0, refused: 0 })
        const again = await hotset(['export', '--url', target, '--name', name])
        if (to.lists) expect(linesIn(again.stdout)).toEqual(linesIn(contentOf(directory, file)))
        expect(await lifeOf(target, entries, name)).toEqual(before)
      },
    ),
    { numRuns: 25 },
  )
})

describe.each(stores)('import into $name', ({ empty }) => {
  const setUp = async () => {
    const [url, directory] = [await empty(), temporaryDirectory()]
    await inCache(url, async (cache) => {
      await cache.setMany({ a: 1, b: 2, c: 3 }, { tags: ['t'] })
    })
    const where = { directory }
    await hotset(['export', 'f', '--url', url], where)
    return { url, where }
  }

  test('what is there stays, what is dead gives way', async () => {
    const { url, where } = await setUp()
    await inCache(url, async (cache) => {
      await cache.invalidate('t')
      await cache.set('b', 'newer')
      await cache.delete('c')
    })
    const args = ['import', 'f', '--url', url]
    expect(await json(args, where)).toEqual({ imported: 2, kept: 1, expired: 0, refused: 0 })
    await inCache(url, async (cache) => {
      expect(await cache.getMany(['a', 'b', 'c'])).toEqual(
        new Map<string, unknown>([
          ['a', 1],
          ['b', 'newer'],
          ['c', 3],
        ]),
      )
      // The tags are alive: they are those of this store now.
      await cache.invalidate('t')
      expect(await cache.getMany(['a', 'b', 'c'])).toEqual(new Map([['b', 'newer']]))
    })
  })

  test('--replace asks, and is heard by those who have the old value in memory', async () => {
    const { url, where } = await setUp()
    const cache = createCache({ store: url, memory: { trust: '1ms' } })
    await cache.set('b', 'newer')
    const args = ['import', 'f', '--replace', '--url', url]
    const refused = await hotset(args, where)
    expect(refused).toMatchObject({ code: 4, stdout: '' })
    expect(refused.stderr).toContain('Replace what is there by 3 entries of f: The cache "default"')
    expect(await cache.get('b')).toBe('newer')
    const outcome = await json([...args, '--yes'], where)
    expect(outcome).toEqual({ imported: 3, kept: 0, expired: 0, refused: 0 })
    await eventually(async () => (await cache.get('b')) === 2)
    await cache.close()
  })

  test('what has expired meanwhile is left out', async () => {
    const { url, where } = await setUp()
    const lines = readFileSync(join(where.directory, 'f'), 'utf8').split('\n')
    const entry = JSON.parse(lines[1] as string)
    const past = { staleAt: 5, revalidateUntil: 5, errorUntil: 5 }
    writeFileSync(join(where.directory, 'f'), fileOf([{ ...entry, ...past }, entry]))
    await inCache(url, (cache) => cache.clear())
    const outcome = await json(['import', 'f', '--url', url], where)
    expect(outcome).toEqual({ imported: 1, kept: 0, expired: 1, refused: 0 })
  })
})

/** A sound file of some entries, made by hand: the format is documented. */
function fileOf(entries: readonly object[]): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  const head = { hotset: 'entries', version: 1, cache: 'x', exportedAt: 0 }
  const text = [head, ...entries].map((line) => `${JSON.stringify(line)}\n`).join('')
  const sha256 = createHash('sha256').update(text).digest('hex')
  return `${text}${JSON.stringify({ entries: entries.length, sha256 })}\n`
}

describe('files', () => {
  const made = async (count = 3) => {
    const directory = temporaryDirectory()
    const url = `lmdb:${join(directory, 'store')}`
    await inCache(url, (cache) =>
      cache.setMany(new Map(Array.from({ length: count }, (_, i) => [`key:${i}`, 'x'.repeat(i)]))),
    )
    await hotset(['export', 'f', '--url', url], { directory })
    await hotset(['clear', '--yes', '--url', url])
    return { directory, url, file: join(directory, 'f') }
  }

  test('one that is damaged anywhere is refused before anything is written', async () => {
    const { directory, url, file } = await made(20)
    const text = readFileSync(file, 'utf8')
    await fc.assert(
      fc.asyncProperty(
        // But for the line break at its end, which says nothing.
        fc.nat(text.length - 2),
        fc.constantFrom('cut', 'changed', 'line lost'),
        async (at, how) => {
          const lines = text.split('\n')
          const lost = lines.toSpliced(Math.floor((at / text.length) * (lines.length - 1)), 1)
          const changed = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`
          const damaged = { cut: text.slice(0, at), changed, 'line lost': lost.join('\n') }[how]
          writeFileSync(file, damaged)
          const { code, stderr } = await hotset(['import', 'f', '--url', url], { directory })
          expect(code).toBe(1)
          expect(stderr).toMatch(/^hotset import: f(:\d+)?: .*\n$/)
        },
      ),
      { numRuns: 100 },
    )
    expect(await hotset(['keys', '--url', url])).toMatchObject({ code: 0, stdout: '' })
  })

  test('the standard input tells of damage at the end, and what was imported before', async () => {
    const { directory, url, file } = await made()
    appendFileSync(file, 'more\n')
    const input = readFileSync(file)
    const { code, stderr } = await hotset(['import', '-', '--url', url], { directory, input })
    expect(code).toBe(1)
    expect(stderr).toBe('hotset import: stdin:6: Expected the end of the file\n')
    const sound = gzipSync(input.subarray(0, -5))
    expect(await json(['import', '-', '--url', url], { input: sound })).toMatchObject({
      imported: 3,
    })
  })

  test('other files, other versions, broken gzip', async () => {
    const { directory, url, file } = await made()
    const bad: readonly (readonly [string | Uint8Array, string])[] = [
      ['', 'f: It ends too early: it was not written to its end'],
      ['a\tb\n', 'f:1: Expected a line of JSON'],
      ['{}\n', 'f:1: Expected what hotset export writes'],
      ['{"hotset":"entries","version":2}\n', 'f:1: Expected version 1 of the format, got 2'],
      [
        fileOf([]).replace('"entries":0', '"entries":1'),
        'f: It is damaged: its checksum is another',
      ],
      [fileOf([{ key: '' }]), 'f:2: Expected an entry, got a wrong createdAt'],
      [gzipSync(fileOf([])).subarray(0, 40), 'f: It is damaged: its gzip data cannot be read'],
    ]
    for (const [content, message] of bad) {
      writeFileSync(file, content)
      expect(await hotset(['import', 'f', '--url', url], { directory })).toEqual({
        ...{ code: 1, stdout: '', stderr: `hotset import: ${message}\n` },
      })
    }
    const none = await hotset(['import', 'none', '--url', url], { directory })
    expect(none.stderr).toMatch(/^hotset import: ENOENT.*none'\n$/)
  })

  test('a file is not replaced without being asked, nor left half written', async () => {
    const { directory, url, file } = await made()
    const refused = await hotset(['export', 'f', '--url', url], { directory })
    expect([refused.code, refused.stderr]).toEqual([
      4,
      'hotset export: Replace f? There is nobody to ask: say --yes\n',
    ])
    expect(await json(['export', 'f', '--yes', '--url', url], { directory })).toEqual({
      entries: 0,
    })
    const before = readFileSync(file, 'utf8')
    const interruption = AbortSignal.abort()
    const aborted = await hotset(['export', 'f', '--yes', '--url', url], {
      directory,
      interruption,
    })
    expect(aborted.code).not.toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  test('what somebody else writes meanwhile stays, over nothing and over what was dead', async () => {
    const { directory, url } = await made()
    await inCache(url, (cache) => cache.setMany({ a: 1, b: 2 }, { tags: ['t'] }))
    await hotset(['export', 'g', '--url', url], { directory })
    const from = (name: string) => new URL(`../../src/${name}`, import.meta.url).href
    // The other one is at work between what the import reads and what it writes.
    writeFileSync(
      join(directory, 'hotset.config.mjs'),
      `import { createCache } from '${from('index.ts')}'
import { memoryStore } from '${from('stores/memory.ts')}'
const store = memoryStore()
const other = createCache({ store })
await other.set('b', 2, { tags: ['t'] })
await other.invalidate('t')
let isDone = false
export const cache = createCache({
  store: {
    ...store,
    async getMany(keys) {
      const found = await store.getMany(keys)
      if (!isDone && keys.includes('default:1:a')) {
        isDone = true
        await other.setMany({ a: 'newer', b: 'newer' })
      }
      return found
    },
  },
})
export const look = () => other.getMany(['a', 'b'])
`,
    )
    const outcome = await json(['import', 'g'], { directory })
    expect(outcome).toEqual({ imported: 0, kept: 2, expired: 0, refused: 0 })
    const { look } = await import(pathToFileURL(join(directory, 'hotset.config.mjs')).href)
    expect([...(await look()).values()]).toEqual(['newer', 'newer'])
  })

  test('what the store has no room for is told, and is no success', async () => {
    const directory = temporaryDirectory()
    const url = `lmdb:${join(directory, 'store')}`
    await inCache(url, (cache) => cache.setMany({ large: 'x'.repeat(9_000_000), small: 1 }))
    await hotset(['export', 'f', '--url', url], { directory })
    const args = ['import', 'f', '--url', `lmdb:${join(directory, 'tiny')}?maxBytes=8mb`]
    const { code, stdout } = await hotset(args, { directory })
    expect([code, stdout]).toEqual([1, 'Imported 1 entry; the store had no room for 1\n'])
  })

  test('to the standard output, and what a pattern chooses', async () => {
    const directory = temporaryDirectory()
    const url = `lmdb:${join(directory, 'store')}`
    await inCache(url, (cache) => cache.setMany({ a1: 1, a2: 2, 'b\x9b': 3 }))
    const { stdout } = await hotset(['export', '--match', 'a*', '--url', url])
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.at(0)).toMatchObject({ hotset: 'entries', version: 1, cache: 'default' })
    expect(
      lines
        .slice(1, -1)
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['a1', 'a2'])
    expect(lines.at(-1)).toEqual({ entries: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    const all = await hotset(['export', '--url', url])
    expect(all.stdout).not.toContain('\x9b')
    await hotset(['export', 'f.gz', '--url', url], { directory })
    expect(gunzipSync(readFileSync(join(directory, 'f.gz'))).toString()).toContain(
      '"key":"b\\u009b"',
    )
  })
})
