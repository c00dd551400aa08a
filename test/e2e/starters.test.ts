import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
mkdirSync(join(root, 'build'), { recursive: true })
const built = mkdtempSync(join(root, 'build', 'starters-'))
afterAll(() => rmSync(built, { recursive: true, force: true }))

beforeAll(() => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const project = join(root, 'examples/starters/nest/tsconfig.json')
  execFileSync(process.execPath, [compiler, '-p', project, '--outDir', built], {
    stdio: 'inherit',
  })
})

const starters = ['express', 'fastify', 'koa', 'hono', 'node-http', 'nest']

function sourceOf(starter: string): string {
  const name = starter === 'nest' ? 'server.ts' : 'server.mjs'
  return join(root, 'examples/starters', starter, name)
}

class Site {
  readonly #child: ChildProcessByStdio<null, Readable, null>
  #origin = ''

  constructor(starter: string, environment: NodeJS.ProcessEnv) {
    const program = starter === 'nest' ? join(built, 'server.js') : sourceOf(starter)
    const { CACHE_URL: _, ...inherited } = process.env
    this.#child = spawn(process.execPath, [program], {
      env: { ...inherited, PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void this.#child.kill('SIGKILL'))
  }

  async started(): Promise<void> {
    const [said] = await once(this.#child.stdout, 'data')
    this.#origin = `${said}`.trim()
  }

  /** The page, and what its cache says of it. */
  async page() {
    const { headers, text } = await this.#ask('GET', '/')
    expect(headers['content-type']).toMatch(/^text\/html/)
    return { text, isHit: /;\s*hit/.test(`${headers['cache-status']}`) }
  }

  async purge(): Promise<void> {
    expect((await this.#ask('POST', '/purge')).status).toBe(204)
  }

  async json(path: string) {
    return JSON.parse((await this.#ask('GET', path)).text)
  }

  /** By the same name, whatever the port: a page is kept by its URL. */
  async #ask(method: string, path: string) {
    const headers = { host: 'starter.test', accept: 'text/html' }
    const asked = request(`${this.#origin}${path}`, { method, headers })
    const [response]: IncomingMessage[] = await once(asked.end(), 'response')
    if (response === undefined) throw new Error('No response')
    const { statusCode: status } = response
    return { status, headers: response.headers, text: await text(response) }
  }

  async end(): Promise<void> {
    this.#child.kill('SIGTERM')
    expect(await once(this.#child, 'exit')).toEqual([0, null])
  }
}

async function open(starter: string, environment: NodeJS.ProcessEnv): Promise<Site> {
  const site = new Site(starter, environment)
  await site.started()
  return site
}

describe.each(starters)('%s', (starter) => {
  test('fits on a page', () => {
    expect(readFileSync(sourceOf(starter), 'utf8').split('\n').length).toBeLessThan(60)
  })

  test('keeps its page in memory until it is purged, and shows what it did', async () => {
    const site = await open(starter, { NODE_ENV: 'development' })
    const first = await site.page()
    expect(first.isHit).toBe(false)
    expect(first.text).toContain('It is ')
    expect(first.text).toContain('hotset-toolbar')
    expect(await site.page()).toMatchObject({ isHit: true })
    expect((await site.json('/stats')).hits).toBeGreaterThan(0)
    await site.purge()
    expect(await site.page()).toMatchObject({ isHit: false })
    expect((await site.json('/__hotset')).requests).not.toHaveLength(0)
    await site.end()
  })

  test('has its page on the disk when it is started again', async () => {
    const environment = { NODE_ENV: 'production', CACHE_URL: `lmdb:${temporaryDirectory()}` }
    const first = await open(starter, environment)
    const { text } = await first.page()
    expect(text).not.toContain('hotset-toolbar')
    await first.end()
    const second = await open(starter, environment)
    expect(await second.page()).toEqual({ isHit: true, text })
    await second.purge()
    await second.end()
    const third = await open(starter, environment)
    expect(await third.page()).toMatchObject({ isHit: false })
    await third.end()
  })
})
