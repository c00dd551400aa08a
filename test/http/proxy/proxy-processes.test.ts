import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../servers/start-server.ts'
import { temporaryDirectory } from '../../unit/temporary-directory.ts'

const tool = fileURLToPath(new URL('../../../dist/cli/hotset.js', import.meta.url))
const purgeToken = 'sixteen-or-more-characters'
const paths = Array.from({ length: 100 }, (_, i) => `/page/${i}`)

let origin: string
/** Paths that the origin was asked for. */
let asked: string[]

beforeEach(async () => {
  asked = []
  const server = createServer(({ url = '' }, answer) => {
    asked.push(url)
    answer.writeHead(200, { 'Cache-Control': 'max-age=3600' })
    answer.end(bodyOf(url))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
})

function bodyOf(path: string): string {
  return `${path} `.repeat(1000)
}

interface Running {
  readonly child: ChildProcess
  /** The line that it began with. */
  readonly line: string
  readonly url: string
}

/** On the port that it is told: the host is part of what is stored. */
async function start(port: string, ...options: readonly string[]): Promise<Running> {
  const args = [tool, 'proxy', '--origin', origin, '--port', port, ...options]
  const env = { ...process.env, HOTSET_PURGE_TOKEN: purgeToken }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [text] = await once(child.stdout, 'data')
  const line = String(text)
  return { child, line, url: /http:\/\/[^,]+/.exec(line)?.[0] ?? '' }
}

/** Whether the proxy answered from the cache; the answer must be the right one. */
async function isHit(url: string, path: string): Promise<boolean> {
  const answer = await fetch(url + path)
  expect(await answer.text()).toBe(bodyOf(path))
  return /; hit/.test(answer.headers.get('cache-status') ?? '')
}

test('a proxy that is killed under load goes on with what it had stored', async () => {
  const store = `lmdb:${join(temporaryDirectory(), 'pages')}`
  const hits = new Set<string>()
  const port = `${await freePort()}`
  for (let round = 1; round <= 3; round++) {
    const { child, url } = await start(port, '--store', store)
    const known = [...hits]
    asked = []
    for (const path of known) expect(await isHit(url, path)).toBe(true)
    expect(asked).toEqual([])
    let answers = 0
    const client = async (first: number) => {
      for (let i = first; ; i++) {
        const path = paths[i % (round * 30)] as string
        if (await isHit(url, path)) hits.add(path)
        answers++
        if (answers === 400) child.kill('SIGKILL')
      }
    }
    const ended = await Promise.allSettled([0, 7, 14, 21].map(client))
    expect(ended.every(({ status }) => status === 'rejected')).toBe(true)
    expect(hits.size).toBeGreaterThan(known.length)
  }
})

test('what one process stored the next one serves, and a word ends it', async () => {
  const store = `lmdb:${join(temporaryDirectory(), 'pages')}`
  const port = `${await freePort()}`
  for (const hit of [false, true]) {
    const { child, url, line } = await start(port, '--store', store, '--profile', 'rfc')
    expect(line).toBe(`Listening on ${url}, origin ${origin}, store ${store}, profile rfc\n`)
    expect(await isHit(url, '/a')).toBe(hit)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  }
  expect(asked).toEqual(['/a'])
})

test('who has the token purges', async () => {
  const { url } = await start('0')
  await isHit(url, '/a')
  const purge = (headers: Record<string, string>) => fetch(`${url}/a`, { method: 'PURGE', headers })
  expect((await purge({})).status).toBe(401)
  expect(await isHit(url, '/a')).toBe(true)
  expect((await purge({ authorization: `Bearer ${purgeToken}` })).status).toBe(200)
  expect(await isHit(url, '/a')).toBe(false)
})

test('an order that makes no sense is refused with what is wrong', async () => {
  const orders: readonly (readonly [readonly string[], RegExp])[] = [
    [['--port', '1'], /Expected --origin/],
    [['--origin', 'http://x', '--port', 'x'], /Expected --port to be a number/],
    [['--origin', 'http://x', '--profile', 'x'], /Expected --profile to be one of safe, rfc/],
    [['--origin', 'http://x', '--store', 'x'], /Expected `store` to be a store/],
    [['--origin', 'x'], /Expected `origin` to be http/],
    [['--origin', 'http://x', 'more'], /Expected options, got more/],
  ]
  for (const [args, message] of orders) {
    const child = spawn(process.execPath, [tool, 'proxy', ...args], { stdio: 'pipe' })
    let said = ''
    child.stderr.on('data', (text) => {
      said += text
    })
    const [code] = await once(child, 'close')
    expect(said).toMatch(message)
    expect(code).toBe(2)
  }
})
