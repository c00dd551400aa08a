import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { dashboard } from '../../src/devtools/dashboard.ts'
import { type Caches, createCaches } from '../../src/index.ts'
import { startRedis } from '../servers/redis.ts'

const patienceMs = 15_000

type Name = 'default' | 'shop' | 'pages'

/** Another process with the same caches. */
export interface Peer {
  readonly pid: number
  ask<T = unknown>(cache: Name, verb: string, ...args: unknown[]): Promise<T>
}

/** Two processes with caches on real stores; this one serves the dashboard. */
export interface World {
  readonly caches: Caches<Name>
  readonly peer: Peer
  /** Where the dashboard is for who may write, who may only read, and who may nothing. */
  readonly url: string
  readonly readOnlyUrl: string
  readonly refusedUrl: string
  readonly server: HttpServer
  close(): Promise<void>
}

export async function openWorld(): Promise<World> {
  const redis = await startRedis()
  const directory = mkdtempSync(join(tmpdir(), 'hotset-dashboard-'))
  const options = {
    default: { store: `redis://127.0.0.1:${redis.port}` },
    shop: { store: `redis://127.0.0.1:${redis.port}`, memory: { maxEntries: 500, curve: true } },
    pages: { store: `lmdb:${directory}` },
  }
  const caches = createCaches(options)
  const child = fork(fileURLToPath(new URL('dashboard-peer.mjs', import.meta.url)), [
    JSON.stringify(options),
  ])
  await once(child, 'message')
  const handler = dashboard(caches, {
    authorize: ({ url = '' }) =>
      url.startsWith('/write') ? 'write' : url.startsWith('/read') && 'read',
  })
  const { server, origin } = await serve((request, response) => handler.node(request, response))
  return {
    ...{ caches, server, peer: peerOf(child) },
    url: `${origin}/write`,
    readOnlyUrl: `${origin}/read`,
    refusedUrl: `${origin}/other`,
    async close() {
      child.kill('SIGKILL')
      server.closeAllConnections()
      server.close()
      await handler.close()
      await caches.close()
      await redis.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export async function serve(
  listener: RequestListener,
): Promise<{ server: HttpServer; origin: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function peerOf(child: ChildProcess): Peer {
  const waiting = new Map<number, (answer: never) => void>()
  child.on('message', ({ id, answer }: { id: number; answer: never }) => waiting.get(id)?.(answer))
  return {
    pid: child.pid ?? 0,
    ask: (cache, verb, ...args) =>
      new Promise((resolve) => {
        const id = waiting.size + 1
        waiting.set(id, resolve)
        child.send({ id, cache, verb, args })
      }),
  }
}

/** A real browser, with a profile of its own that is empty. */
export function openBrowser(): Promise<Browser> {
  const quiet = ['background-networking', 'component-update', 'sync', 'quic', 'gpu']
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--no-first-run', ...quiet.map((name) => `--disable-${name}`)],
  })
}

/** A page, and all that went wrong in it. */
export interface Visit {
  readonly page: Page
  /** Errors, warnings, dialogs, and requests to other places. */
  readonly troubles: readonly string[]
  close(): Promise<void>
}

export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  const troubles: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(message.text())
  })
  page.on('pageerror', (error) => troubles.push(`${error}`))
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const target = request.url()
    if (!target.startsWith(new URL(url).origin) && target !== 'data:,') {
      troubles.push(`request: ${target}`)
    }
  })
  await page.goto(url)
  return { page, troubles, close: () => context.close() }
}
