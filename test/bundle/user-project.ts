import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the pages of a project do; what they have found out is in `globalThis.answer`, when it is there. */
export const pages = {
  createCache: `
    import { createCache } from 'hotset'
    const cache = createCache()
    const load = async () => 42
    globalThis.answer = Promise.all([cache.getOrSet('key', load), cache.getOrSet('key', load)])
      .then(async (values) => [...values, await cache.get('key'), cache.stats().loads])`,
  createMemoryCache: `
    import { createMemoryCache } from 'hotset'
    const cache = createMemoryCache({ maxEntries: 2 })
    for (const key of ['a', 'b', 'c']) cache.set(key, key)
    globalThis.answer = Promise.resolve([cache.size])`,
  memoize: `
    import { memoize } from 'hotset'
    let calls = 0
    const double = memoize((n) => ++calls && 2 * n)
    globalThis.answer = Promise.resolve([double(4), double(4), calls])`,
  CodecError: `
    import { CodecError } from 'hotset'
    globalThis.answer = Promise.resolve([new CodecError('unreadable').code])`,
} as const

export type PageName = keyof typeof pages

/** What `answer` is to be. */
export const answers: Readonly<Record<PageName, readonly unknown[]>> = {
  createCache: [42, 42, 42, 1],
  createMemoryCache: [2],
  memoize: [8, 8, 1],
  CodecError: ['ERR_CACHE_CODEC'],
}

/** A directory outside of this project, where the package is installed as it is published, and no driver is. */
export function userProject(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hotset-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  const installed = join(directory, 'node_modules/hotset')
  mkdirSync(installed, { recursive: true })
  for (const part of ['package.json', 'dist']) {
    cpSync(join(root, part), join(installed, part), { recursive: true })
  }
  for (const [name, code] of Object.entries(pages)) {
    writeFileSync(join(directory, `${name}.js`), code)
  }
  return directory
}
