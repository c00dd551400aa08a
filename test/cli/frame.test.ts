import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shownBytes, shownTime } from '../../src/cli/amounts.ts'
import { commands } from '../../src/cli/commands.ts'
import { glob } from '../../src/cli/glob.ts'
import { jsonText, printable } from '../../src/cli/printable.ts'
import { anyString } from '../property/value-arbitraries.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'
import { inCache } from './places.ts'
import { hotset, json } from './run.ts'

/** What a terminal would obey, or what would turn a text around. */
const obeyed = /(?!\n)[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

describe('the frame', () => {
  test('every command says what it does, in lines that fit', async () => {
    const { stdout } = await hotset(['--help'])
    for (const { name, summary } of commands) {
      expect(stdout).toContain(`  ${name} `)
      const help = await hotset([name, '--help'])
      expect(help).toMatchObject({ code: 0, stderr: '' })
      expect(help.stdout).toContain(`Usage: hotset ${name} [options]`)
      expect(help.stdout).toContain('--json')
      expect(summary.length).toBeLessThanOrEqual(80)
      expect(Math.max(...help.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(
        100,
      )
      expect(await hotset(['help', name])).toEqual(help)
    }
  })

  test('the documentation tells of every command and option, and of no other', async () => {
    const page = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8')
    const sections = page.split(/^## /m).slice(1)
    const shared = sections.find((section) => section.startsWith('Which cache')) ?? ''
    const optionsIn = (text: string) =>
      [...text.matchAll(/--([a-z][a-z-]+)/g)].map(([, name]) => name)
    for (const { name, load } of commands) {
      const section = sections.find((section) => section.match(/^hotset (\S+)/)?.[1] === name)
      expect(section, name).toBeDefined()
      const { flags } = await load()
      const told = new Set([...optionsIn(shared), ...optionsIn(section ?? ''), 'json'])
      expect(Object.keys(flags).filter((flag) => !told.has(flag))).toEqual([])
      const known = new Set([...Object.keys(flags), 'help'])
      expect(optionsIn(section ?? '').filter((option) => !known.has(option ?? ''))).toEqual([])
    }
    expect(sections).toHaveLength(commands.length + 1)
  })

  test.each([
    [['keys', '--url'], /^hotset keys: Option '--url <URL>' argument missing\n/],
    [
      ['keys', '--url', '--json'],
      /^hotset keys: Option '--url' argument is ambiguous: write --url=/,
    ],
    [['keys', '--urls', 'x'], /^hotset keys: Unknown option '--urls' \(Did you mean --url\?\)\n/],
    [['get'], /^hotset get: Expected a key\n/],
    [['get', 'a', 'b', '--url', 'lmdb:x'], /^hotset get: Expected options after a, got b\n/],
    [
      ['get', 'a', '--url', 'nope:x'],
      /^hotset get: Expected `store` to be a store or to begin with/,
    ],
    [['get', 'a', '--url', 'lmdb:x', '--caches', 'y'], /Expected --url or --caches, got both/],
    [['get', 'a', '--url', 'lmdb:x', '--namespace', 'a//b'], /Expected the namespace to be a name/],
    [['get', 'a', '--url', 'lmdb:x', '--name', 'a:b'], /Expected the name to be a name/],
    [['get', 'a', '--url', 'lmdb:x', '--key-version', 'x'], /Expected --key-version to be a whole/],
    [
      ['keys', '--limit', '0', '--url', 'lmdb:x'],
      /Expected --limit to be a whole number from 1 up/,
    ],
    [['delete', '--url', 'lmdb:x'], /^hotset delete: Expected keys, or --match and a pattern\n/],
    [
      ['delete', 'a', '--match', 'b', '--url', 'lmdb:x'],
      /Expected keys, or --match and a pattern\n/,
    ],
    [['invalidate', '--url', 'lmdb:x'], /^hotset invalidate: Expected a tag\n/],
    [['clear', 'all', '--url', 'lmdb:x'], /^hotset clear: Expected options, got all\n/],
    [['top', '--url', 'lmdb:x'], /^hotset top: Expected a terminal: use --json, or hotset stats\n/],
    [['bench', '--url', 'lmdb:x', '--size', 'x'], /Expected `size` to be bytes or a number/],
    [['watch', '--url', 'lmdb:x', '--for', 'x'], /Expected `for` to be milliseconds or a number/],
    [['completion', 'fish'], /^hotset completion: Expected bash or zsh, got fish\n/],
    [['warm'], /^hotset warm: Expected a list of ids, or --trace\n/],
    [['stat'], /^hotset: Unknown command 'stat' \(Did you mean stats\?\)\nSee hotset --help\n$/],
  ])('%j is used wrongly: exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await hotset(args, { directory: temporaryDirectory() })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/\nSee hotset.* --help\n$/)
  })

  test('a store that is not there is not made by looking at it', async () => {
    const directory = temporaryDirectory()
    for (const scheme of ['lmdb', 'file', 'sqlite']) {
      const url = `${scheme}:${join(directory, 'none')}`
      for (const command of ['keys', 'stats', 'clear --yes', 'watch', 'get k', 'explain k']) {
        const { code, stderr } = await hotset([...command.split(' '), '--url', url])
        expect([code, stderr]).toEqual([1, expect.stringContaining('There is no store in')])
      }
      expect((await hotset(['doctor', '--url', url])).code).toBe(1)
    }
    expect(readdirSync(directory)).toEqual([])
  })

  test('passwords are not shown', async () => {
    const url = 'redis://me:secret@127.0.0.1:1'
    for (const command of ['get k', 'keys', 'clear --yes', 'doctor', 'stats', 'delete k']) {
      const { code, stdout, stderr } = await hotset([...command.split(' '), '--url', url])
      expect(code).toBe(1)
      expect(stdout + stderr).not.toContain('secret')
      expect(stdout + stderr).toContain('ECONNREFUSED')
    }
  })
})

describe('what cannot be undone', () => {
  const questions: readonly (readonly [command: string, question: string])[] = [
    ['delete --match *', 'Delete all keys that match *: '],
    ['invalidate t', 'Delete all entries with the tag t: '],
    ['clear', 'Delete all entries: '],
    ['prune', 'Remove what has expired from the store: '],
  ]

  test.each(questions)('%s asks', async (command, question) => {
    const url = `lmdb:${join(temporaryDirectory(), 'store')}`
    await inCache(url, (cache) => cache.set('k', 1, { tags: ['t'] }))
    const args = [...command.split(' '), '--url', url]
    const asked = `${question}The cache "default" in ${url}?`
    expect(await hotset(args)).toEqual({
      ...{ code: 4, stdout: '' },
      stderr: `hotset ${args[0]}: ${asked} There is nobody to ask: say --yes\n`,
    })
    for (const input of ['n\n', '\n', '', 'yesno\n']) {
      const { code, stdout, stderr } = await hotset(args, { isTTY: true, input })
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
      expect(stderr).toBe(`${asked} [y/N] hotset ${args[0]}: Nothing was done\n`)
    }
    expect(await json(['get', 'k', '--url', url])).toMatchObject({ value: 1 })
    expect((await hotset(args, { isTTY: true, input: 'y\n' })).code).toBe(0)
    const left = await hotset(['get', 'k', '--url', url])
    expect(left.code).toBe(command === 'prune' ? 0 : 3)
  })
})

describe('what others wrote', () => {
  test('no text makes a terminal do anything, and no two look alike', () => {
    fc.assert(
      fc.property(anyString, anyString, (a, b) => {
        expect(printable(a)).not.toMatch(obeyed)
        expect(printable(a)).not.toContain('\n')
        expect(printable(a) === printable(b)).toBe(a === b)
        expect(jsonText([a])).not.toMatch(obeyed)
        expect(JSON.parse(jsonText([a]))).toEqual([a])
      }),
    )
    expect(printable('\x1b')).not.toBe(printable('\\x1b'))
  })

  test('hostile keys, tags and values, in every command that shows them', async () => {
    const url = `lmdb:${join(temporaryDirectory(), 'store')}`
    const evil = 'a\x1b[2J\x9b31m\r\x07\u202ezyx\n\x7f'
    await inCache(url, async (cache) => {
      await cache.set(evil, { [evil]: new Map([[evil, evil]]) }, { tags: [evil] })
      await cache.set(`${evil}!`, evil)
      await cache.namespace(evil.replaceAll('\0', '')).set(evil, 1)
    })
    for (const args of [
      ['keys'],
      ['keys', '--long'],
      ['keys', '--json'],
      ['get', evil],
      ['get', evil, '--json'],
      ['get', `${evil}!`],
      ['get', 'none\x1b[31m'],
      ['get', evil, '--namespace', evil],
      ['explain', evil],
      ['explain', evil, '--json'],
      ['invalidate', evil],
      ['delete', '--match', evil],
      ['clear', '--namespace', evil],
      ['export'],
      ['stats', '--namespace', evil],
      ['invalidate', evil, '--yes'],
    ]) {
      const { stdout, stderr } = await hotset([...args, '--url', url])
      expect(stdout + stderr, args.join(' ')).not.toMatch(obeyed)
    }
  })
})

describe('colours', () => {
  const outputs = async (isTTY: boolean, env: Record<string, string>) => {
    const url = `lmdb:${join(temporaryDirectory(), 'store')}`
    await inCache(url, (cache) => cache.set('k', 1))
    const { stdout } = await hotset(['get', 'k', '--url', url], { isTTY, env })
    return stdout.includes('\x1b[')
  }

  test('on a terminal alone, unless NO_COLOR is set', async () => {
    expect(await outputs(true, {})).toBe(true)
    expect(await outputs(false, {})).toBe(false)
    expect(await outputs(true, { NO_COLOR: '1' })).toBe(false)
    expect(await outputs(true, { TERM: 'dumb' })).toBe(false)
  })
})

describe('patterns', () => {
  const word = fc.string({
    unit: fc.constantFrom('a', 'b', '*', '?', '[', ']', '\\', '.', '^', '\n'),
  })

  test('what is quoted matches itself alone, and begins as the prefix says', () => {
    fc.assert(
      fc.property(word, word, (text, other) => {
        const pattern = glob(text.replace(/[*?[\\]/g, '\\$&'))
        expect(pattern.prefix).toBe(text)
        expect(pattern.matches(text)).toBe(true)
        expect(pattern.matches(other)).toBe(text === other)
      }),
    )
  })

  test('every key that matches has the prefix', () => {
    fc.assert(
      fc.property(word, word, (text, key) => {
        const { prefix, matches } = glob(text)
        if (matches(key)) expect(key.startsWith(prefix)).toBe(true)
        expect(glob(`${text}*`).matches(key + text) && text === '').toBe(text === '')
      }),
    )
  })

  test.each([
    ['user:*', 'user:', ['user:', 'user:1\n2'], ['user', 'xuser:1']],
    ['a?c', 'a', ['abc', 'a.c'], ['ac', 'abbc']],
    ['[a-c]x', '', ['ax', 'cx'], ['dx', 'x']],
    ['[!a]x', '', ['bx'], ['ax']],
    ['[^]x', '', ['^x'], ['ax']],
    ['[a', '[a', ['[a'], ['a']],
  ])('%s', (text, prefix, yes, no) => {
    const pattern = glob(text)
    expect(pattern.prefix).toBe(prefix)
    for (const key of yes) expect(pattern.matches(key), key).toBe(true)
    for (const key of no) expect(pattern.matches(key), key).toBe(false)
  })
})

test('amounts are told so that they can be read', () => {
  expect(
    [0, 0.314, 42.4, 1500, 59_000, 61_000, 3_600_000, 93_784_000, Infinity, -2000].map(shownTime),
  ).toEqual([
    '0 ms',
    '0.31 ms',
    '42 ms',
    '1.5 s',
    '59 s',
    '1 min 1 s',
    '1 h',
    '1 d 2 h',
    'for ever',
    '-2.0 s',
  ])
  expect([0, 1023, 1024, 1536 * 1024, 2 ** 50, Infinity].map(shownBytes)).toEqual([
    ...['0 B', '1023 B', '1.0 kB', '1.5 MB', '1024 TB', 'no bound'],
  ])
})

describe('the caches of a project', () => {
  const index = new URL('../../src/index.ts', import.meta.url).href
  const module = `import { createCache, createCaches } from '${index}'
export const caches = createCaches({
  default: { store: 'STORE' },
  bare: {},
  keyed: { store: 'STORE', keyFunction: (key, prefix, version) => [key, prefix, version].join('/') },
})
export const alone = createCache({ name: 'single', store: 'STORE', version: 3 })
`
  /** A directory with these files. A module is loaded once: who runs two commands needs two of them. */
  const project = (files: Readonly<Record<string, string>>, store = temporaryDirectory()) => {
    const directory = temporaryDirectory()
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(directory, name, '..'), { recursive: true })
      writeFileSync(join(directory, name), text.replaceAll('STORE', `lmdb:${store}`))
    }
    return { directory }
  }
  const filled = async () => {
    const store = temporaryDirectory()
    const set = (name: string, version: number, ...path: string[]) =>
      inCache(
        `lmdb:${store}`,
        (cache) =>
          path
            .reduce((at, name) => at.namespace(name), cache)
            .set('k', [name, ...path, version].join(' '), { version, tags: ['t'] }),
        name,
      )
    await set('default', 1)
    await set('single', 3)
    await set('single', 2)
    await set('single', 3, 'inner')
    return store
  }

  test('are found by name, wherever they are kept', async () => {
    const store = await filled()
    for (const files of [
      { 'hotset.config.mjs': module },
      { 'hotset.config.ts': module },
      { 'package.json': '{"type":"module","hotset":"src/caches.js"}', 'src/caches.js': module },
    ]) {
      const got = await json(['get', 'k'], project(files, store))
      expect(got).toMatchObject({ value: 'default 1', tags: ['t'] })
    }
    const got = async (...args: string[]) => {
      const where = project({ 'c.mjs': module }, store)
      return json<{ value: string }>(['get', 'k', '--caches', 'c.mjs', ...args], where)
    }
    expect(await got('--name', 'single')).toMatchObject({ value: 'single 3' })
    expect(await got('--name', 'alone')).toMatchObject({ value: 'single 3' })
    expect(await got('--name', 'single', '--key-version', '2')).toMatchObject({ value: 'single 2' })
    const inner = await got('--name', 'single', '--namespace', 'inner')
    expect(inner).toMatchObject({ value: 'single inner 3' })
    await expect(got('--name', 'x')).rejects.toThrow(
      'Expected --name to be one of default, bare, keyed, alone, single, got x',
    )
  })

  test('can be worked on as by URL, as far as they have a store', async () => {
    const store = await filled()
    const exported = join(temporaryDirectory(), 'f')
    const of = (name: string, ...args: string[]) =>
      hotset([...args, '--name', name], project({ 'hotset.config.mjs': module }, store))
    const failures: readonly (readonly [string, string, string])[] = [
      ['bare', 'keys', 'has no store: what it has is in the memory of its processes'],
      ['bare', 'bench', 'has no store'],
      ['keyed', 'keys', 'has a key function'],
      ['single', 'watch', 'does not show its bus: name its store by --url'],
    ]
    for (const [name, command, message] of failures) {
      const { code, stdout, stderr } = await of(name, command)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain(message)
    }
    const prints = async (text: string | RegExp, name: string, ...args: string[]) => {
      const { stdout } = await of(name, ...args)
      expect(stdout).toMatch(text)
    }
    expect((await of('bare', 'get', 'k')).code).toBe(3)
    expect((await of('keyed', 'get', 'k')).code).toBe(3)
    await prints(/^k\n$/, 'single', 'keys')
    await prints(/^k\n$/, 'single', 'keys', '--namespace', 'inner')
    await prints('Exported 3 entries', 'single', 'export', exported)
    await prints('Deleted 1 entry', 'single', 'delete', '--match', '*', '--yes')
    await prints('Imported 1 entry; 2 were there already', 'single', 'import', exported)
    await prints('Imported 3 entries', 'single', 'import', exported, '--replace', '--yes')
    await prints('✓ bus         local', 'default', 'doctor')
    await prints('· store', 'bare', 'doctor')
    await prints('is empty', 'single', 'clear', '--yes')
    await prints(/^$/, 'single', 'keys')
    await prints(/^k\n$/, 'default', 'keys')
  })

  test('values are read by their own codec', async () => {
    const store = temporaryDirectory()
    const source = (name: string) => new URL(`../../src/${name}`, import.meta.url).href
    const secret = `import { createCache } from '${index}'
import { jsonCodec } from '${source('codecs/json.ts')}'
import { encrypted } from '${source('codecs/encrypted.ts')}'
const codec = encrypted(jsonCodec, { keys: [{ id: 'a', key: new Uint8Array(32) }] })
export const cache = createCache({ store: 'STORE', codec })
export const fill = (id) => cache.set(id, 'between us', { tags: ['t'] })
`
    const where = { ...project({ 'hotset.config.mjs': secret }, store), input: 'k\n' }
    await json(['warm', '-'], where)
    const got = await json(['get', 'k'], project({ 'hotset.config.mjs': secret }, store))
    expect(got).toMatchObject({ outcome: 'hit', value: 'between us', tags: ['t'] })
    expect((await hotset(['get', 'k', '--url', `lmdb:${store}`])).code).toBe(1)
  })

  test('nothing to be found is said so', async () => {
    const cases: readonly (readonly [Record<string, string>, string[], number, string])[] = [
      [{}, [], 2, 'Expected --url, --caches, a hotset.config.js here, or "hotset"'],
      [{}, ['--caches', 'none.js'], 1, 'none.js: There is no such file'],
      [{ 'c.mjs': 'export const x = 1' }, ['--caches', 'c.mjs'], 2, 'exports no cache'],
    ]
    for (const [files, args, code, message] of cases) {
      const ended = await hotset(['get', 'k', ...args], project(files))
      expect(ended.code).toBe(code)
      expect(ended.stderr).toContain(message)
    }
  })
})
