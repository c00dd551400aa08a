import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../../unit/temporary-directory.ts'
import { type Got, isHit } from '../shells/client.ts'
import { build, type Framework, remove, type Site, start } from './site.ts'

/** Starters of frameworks that build what they serve: really built, and served by their own servers. */

interface Case extends Framework {
  readonly title: string
  /** What the framework's router asks for instead of a page, once it runs in the browser. */
  readonly data?: (page: string) => string
  /** Whether the cache is among hooks of the framework, and not in front of it. */
  readonly inChain: boolean
}

const frameworks: readonly Case[] = [
  {
    title: 'SvelteKit',
    name: 'sveltekit',
    build: ['vite/bin/vite.js', 'build'],
    server: 'build/index.js',
    data: (page) => `${page}/__data.json`,
    inChain: true,
  },
  {
    title: 'Astro',
    name: 'astro',
    build: ['astro/astro.js', 'build'],
    server: 'dist/server/entry.mjs',
    inChain: true,
  },
  {
    title: 'React Router on Express',
    name: 'react-router',
    build: ['@react-router/dev/bin.js', 'build'],
    server: 'server.mjs',
    data: (page) => `${page}.data`,
    inChain: false,
  },
  {
    title: 'React Router by fetch',
    name: 'react-router',
    build: ['@react-router/dev/bin.js', 'build'],
    server: 'fetch-server.mjs',
    data: (page) => `${page}.data`,
    inChain: false,
  },
  {
    title: 'Nitro',
    name: 'nitro',
    build: ['nitropack/dist/cli/index.mjs', 'build', '--preset', 'node-listener'],
    server: 'server.mjs',
    inChain: false,
  },
]

const starters = fileURLToPath(new URL('../../../examples/starters', import.meta.url))
const madeIn = ({ text }: Got): string | undefined => /made (?:<!-- -->)?(\d+)/.exec(text)?.[1]
const cookiesOf = ({ headers }: Got): readonly string[] => [headers['set-cookie'] ?? []].flat()

/** By name: what two servers serve is built once. */
const builds = new Map<string, Promise<string>>()

beforeAll(async () => {
  for (const framework of frameworks) {
    const { name } = framework
    if (!builds.has(name)) builds.set(name, build(framework))
  }
  await Promise.all(builds.values())
})
afterAll(async () => {
  for (const built of await Promise.allSettled(builds.values())) {
    if (built.status === 'fulfilled') remove(built.value)
  }
})

describe.each(frameworks)('$title', (framework) => {
  let built: string
  let site: Site

  beforeAll(async () => {
    built = (await builds.get(framework.name)) ?? ''
    site = await start(built, framework)
  })
  afterAll(() => site.end())

  test('the starter fits on a page', () => {
    const directory = join(starters, framework.name)
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((name) => join(directory, name))
      .filter((name) => statSync(name).isFile())
    expect(
      files.flatMap((name) => readFileSync(name, 'utf8').trim().split('\n')).length,
    ).toBeLessThan(60)
  })

  test('ten who ask at once have a page made once, and those after them have it too', async () => {
    const asked = await Promise.all(Array.from({ length: 10 }, () => site.ask('/who')))
    const [made] = asked.map(madeIn)
    expect(made).toBeDefined()
    expect(new Set(asked.map(madeIn))).toEqual(new Set([made]))
    const again = await site.ask('/who')
    expect(isHit(again)).toBe(true)
    expect(madeIn(again)).toBe(made)
    expect(again.headers['cache-control']).toBe('no-cache')
    const { etag } = again.headers
    const unchanged = await site.ask('/who', { headers: { 'if-none-match': `${etag}` } })
    expect(unchanged).toMatchObject({ status: 304, text: '' })
    expect(await site.ask('/who', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
    expect(isHit(await site.ask('/who'))).toBe(true)
  })

  test('users never see what is of another', async () => {
    const users: Record<string, Record<string, string>> = {
      lovelace: { cookie: 'session=lovelace' },
      hopper: { authorization: 'Bearer hopper' },
      nobody: {},
    }
    const pages = ['/who', '/visit', '/leave', '/nonce', '/stream', '/fails'].flatMap((page) => [
      page,
      ...(framework.data === undefined ? [] : [framework.data(page)]),
    ])
    const leaks: unknown[] = []
    const asking = async (page: string, user: string) => {
      const { headers, text } = await site.ask(`${page}?users`, { headers: users[user] ?? {} })
      const seen = `${JSON.stringify(headers)} ${text}`
      const others = Object.keys(users).filter((name) => name !== user)
      if (others.some((other) => seen.includes(other))) leaks.push({ page, user, seen })
      return seen.includes(user)
    }
    for (const page of pages) {
      const together = ['lovelace', 'nobody', 'hopper', 'lovelace', 'hopper'].map((user) =>
        asking(page, user),
      )
      const named = await Promise.all(together)
      if (page === '/who') expect(named).toEqual([true, true, true, true, true])
      for (const user of ['nobody', 'hopper', 'lovelace']) await asking(page, user)
    }
    expect(leaks).toEqual([])
  })

  test('what sets a cookie is not kept, and sets it once', async () => {
    const first = await site.ask('/visit')
    const second = await site.ask('/visit')
    expect(isHit(second)).toBe(false)
    for (const got of [first, second]) {
      expect(cookiesOf(got)).toEqual([expect.stringContaining(`visitor=nobody${madeIn(got)}`)])
    }
    expect(madeIn(first)).not.toBe(madeIn(second))
  })

  test.each([
    ['/leave', 303],
    ['/nonce', 200],
    ['/fails', 500],
  ])('%s is not kept', async (page, status) => {
    for (const _ of ['once', 'again']) {
      const got = await site.ask(page)
      expect(got.status).toBe(status)
      expect(isHit(got)).toBe(false)
      expect(`${got.headers['cache-status']}`).not.toContain('stored')
    }
  })

  test('what is said of one moment is not kept with the page', async () => {
    const first = await site.ask('/moment')
    expect(first.headers['x-request-id']).toBe(`request ${madeIn(first)}`)
    const again = await site.ask('/moment')
    expect(isHit(again)).toBe(true)
    expect(again.headers['x-request-id']).toBeUndefined()
  })

  test('what comes in parts is kept as a whole', async () => {
    const first = await site.ask('/stream')
    expect(first.text).toContain('And the rest.')
    const again = await site.ask('/stream')
    expect(isHit(again)).toBe(true)
    expect(again.text).toBe(first.text)
  })

  for (const data of framework.data === undefined ? [] : [framework.data]) {
    test('data for the router is no page, nor a page data', async () => {
      const ask = async (path: string) => (await site.ask(`${path}?data`)).headers['content-type']
      const page = await ask('/who')
      expect(page).toContain('text/html')
      const type = await ask(data('/who'))
      expect(type).not.toContain('text/html')
      expect(await ask('/who')).toBe(page)
      expect(await ask(data('/who'))).toBe(type)
    })

    test('data for the router is kept where its lifetime is declared', async () => {
      const first = await site.ask(data('/renewed'))
      const again = await site.ask(data('/renewed'))
      expect(isHit(again)).toBe(true)
      expect(again.text).toBe(first.text)
    })
  }

  test('a stale page is renewed while nobody waits', async () => {
    const made = madeIn(await site.ask('/renewed'))
    await site.ask('/admin/soft', { method: 'POST' })
    const stale = await site.ask('/renewed')
    expect(isHit(stale)).toBe(true)
    expect(madeIn(stale)).toBe(made)
    await site.ask('/admin/settled', { method: 'POST' })
    const renewed = await site.ask('/renewed')
    expect(isHit(renewed)).toBe(true)
    expect(madeIn(renewed)).not.toBe(made)
  })

  test('what a client has does not decide what the others get', async () => {
    const headers = { 'if-none-match': '"another"' }
    const cold = await site.ask('/tagged', { headers })
    expect(cold.status).toBe(200)
    const made = madeIn(cold)
    await site.ask('/admin/soft', { method: 'POST' })
    const stale = await site.ask('/tagged', { headers })
    expect(madeIn(stale)).toBe(made)
    await site.ask('/admin/settled', { method: 'POST' })
    const renewed = await site.ask('/tagged')
    expect(isHit(renewed)).toBe(true)
    expect(madeIn(renewed)).not.toBe(made)
  })

  test('hosts have pages of their own', async () => {
    for (const host of ['one.test', 'another.test', 'one.test']) {
      const { text } = await site.ask('/host', { headers: { host } })
      expect(text).toContain(`host of ${host} made`)
    }
  })

  for (const { title } of framework.inChain ? [framework] : []) {
    test(`a cookie that ${title} sets before the cache reaches who it is for`, async () => {
      await site.ask('/who?welcome')
      const welcomed = await site.ask('/who?welcome', { headers: { 'x-welcome': 'yes' } })
      expect(isHit(welcomed)).toBe(false)
      expect(cookiesOf(welcomed)).toEqual([expect.stringContaining('welcome=you')])
      const next = await site.ask('/who?welcome')
      expect(isHit(next)).toBe(true)
      expect(cookiesOf(next)).toEqual([])
    })
  }

  for (const { title } of framework.inChain ? [framework] : []) {
    test(`what ${title} tells itself alone nobody else is told`, async () => {
      for (const _ of ['once', 'again']) {
        expect(await site.ask('/outer')).toMatchObject({ status: 200, text: 'for the inside' })
        expect(await site.ask('/inner')).toMatchObject({ status: 403, text: 'for nobody' })
      }
    })
  }

  test('two processes share their pages on the disk, and end them together', async () => {
    const environment = { CACHE_URL: `lmdb:${temporaryDirectory()}` }
    const open = async () => {
      const opened = await start(built, framework, environment)
      onTestFinished(opened.end)
      return opened
    }
    const [one, other] = [await open(), await open()]
    const { text } = await one.ask('/')
    expect(text).toContain('It is ')
    for (const each of [one, other]) {
      const got = await each.ask('/')
      expect(isHit(got)).toBe(true)
      expect(got.text).toBe(text)
    }
    expect((await one.ask('/purge', { method: 'POST' })).status).toBe(204)
    const changed = await other.ask('/')
    expect(isHit(changed)).toBe(false)
    expect(changed.text).not.toBe(text)
    await one.end()
    await other.end()
    const later = await open()
    const kept = await later.ask('/')
    expect(isHit(kept)).toBe(true)
    expect(kept.text).toBe(changed.text)
    const stats = await later.ask('/stats')
    expect(isHit(stats)).toBe(false)
    expect(JSON.parse(stats.text)).toHaveProperty('hits')
  })
})
