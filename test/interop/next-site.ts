import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

const directory = fileURLToPath(new URL('next-app/', import.meta.url))
const next = `${directory}node_modules/next/dist/bin/next`

/** A server that says how often it was asked for a path. */
export class CountingOrigin {
  readonly #server: Server
  readonly #asked = new Map<string, number>()

  constructor() {
    this.#server = createServer(({ url = '' }, response) => {
      const name = url.slice(1)
      this.#asked.set(name, this.asked(name) + 1)
      response.end(`${name} ${this.asked(name)}`)
    })
  }

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  asked(name: string): number {
    return this.#asked.get(name) ?? 0
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

function environment(origin: string, cacheUrl: string): NodeJS.ProcessEnv {
  const { NODE_ENV: _, VITEST: __, ...inherited } = process.env
  return { ...inherited, ORIGIN: origin, CACHE_URL: cacheUrl, NEXT_TELEMETRY_DISABLED: '1' }
}

/** Builds the application. */
export async function buildSite(origin: string, cacheUrl: string): Promise<void> {
  const options = { cwd: directory, env: environment(origin, cacheUrl) }
  await promisify(execFile)(process.execPath, [next, 'build'], options)
}

/** What was answered: the text between the paragraph's tags, or all of it. */
export interface Answer {
  readonly status: number
  /** What Next says of its cache. */
  readonly cache: string | null
  readonly text: string
}

/** A process that serves the application, no longer than the test lasts. */
export interface Instance {
  get(path: string): Promise<Answer>
  bytes(path: string): Promise<Uint8Array>
  revalidate(what: { path?: string; tag?: string; profile?: unknown }): Promise<void>
  stop(): Promise<void>
}

export async function startInstance(origin: string, cacheUrl: string): Promise<Instance> {
  const child = spawn(process.execPath, [next, 'start', '-p', '0', '-H', '127.0.0.1'], {
    cwd: directory,
    env: environment(origin, cacheUrl),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(stop)
  let url = ''
  for await (const line of createInterface(child.stdout)) {
    url ||= /Local: +(\S+)/.exec(line)?.[1] ?? ''
    if (line.includes('Ready')) break
  }
  child.stdout.resume()
  return {
    async get(path) {
      const response = await fetch(url + path)
      const body = (await response.text()).replaceAll('<!-- -->', '')
      const cache = response.headers.get('x-nextjs-cache')
      return { status: response.status, cache, text: /<p>(.*?)<\/p>/.exec(body)?.[1] ?? body }
    },
    bytes: async (path) => new Uint8Array(await (await fetch(url + path)).arrayBuffer()),
    async revalidate(what) {
      const response = await fetch(`${url}/revalidate`, {
        method: 'POST',
        body: JSON.stringify(what),
      })
      if (response.status !== 200) throw new Error(`Revalidation: ${response.status}`)
    },
    stop,
  }
}
