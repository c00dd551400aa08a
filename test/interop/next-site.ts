import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

/** The application of the tests. What lies in it finds Next. */
export const application: string = fileURLToPath(new URL('next-app/', import.meta.url))
const next = `${application}node_modules/next/dist/bin/next`

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

/** What the processes of an application are told. */
export interface Setting {
  readonly cacheUrl: string
  readonly origin?: string
  /** Where it is. @default the application of the tests */
  readonly directory?: string
}

function options({ cacheUrl, origin, directory = application }: Setting) {
  const { NODE_ENV: _, VITEST: __, ...inherited } = process.env
  const env = { ...inherited, ORIGIN: origin, CACHE_URL: cacheUrl, NEXT_TELEMETRY_DISABLED: '1' }
  return { cwd: directory, env }
}

/** Builds an application. */
export async function buildSite(setting: Setting): Promise<void> {
  await promisify(execFile)(process.execPath, [next, 'build'], options(setting))
}

/** What was answered: the text between the paragraph's tags, or all of it. */
export interface Answer {
  readonly status: number
  /** What Next says of its cache. */
  readonly cache: string | null
  readonly text: string
}

/** A process that serves an application, no longer than the test lasts. */
export interface Instance {
  get(path: string): Promise<Answer>
  bytes(path: string): Promise<Uint8Array>
  /** The status of the answer. */
  post(path: string, body?: unknown): Promise<number>
  revalidate(what: { path?: string; tag?: string; profile?: unknown }): Promise<void>
  stop(): Promise<void>
}

export async function startInstance(setting: Setting): Promise<Instance> {
  const child = spawn(process.execPath, [next, 'start', '-p', '0', '-H', '127.0.0.1'], {
    ...options(setting),
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
  const post = async (path: string, body?: unknown) => {
    const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) })
    await response.body?.cancel()
    return response.status
  }
  return {
    async get(path) {
      const response = await fetch(url + path)
      const body = (await response.text()).replaceAll('<!-- -->', '')
      const cache = response.headers.get('x-nextjs-cache')
      return { status: response.status, cache, text: /<p>(.*?)<\/p>/.exec(body)?.[1] ?? body }
    },
    bytes: async (path) => new Uint8Array(await (await fetch(url + path)).arrayBuffer()),
    post,
    async revalidate(what) {
      const status = await post('/revalidate', what)
      if (status !== 200) throw new Error(`Revalidation: ${status}`)
    },
    stop,
  }
}

/** Asks until it comes from the cache: what is answered first may still be on its way there. */
export async function kept(instance: Instance, path: string): Promise<Answer> {
  for (;;) {
    const answer = await instance.get(path)
    if (answer.cache === 'HIT') return answer
  }
}

/** Asks until there is something else: what is told over the bus, or made in the background, takes a moment. */
export async function changed(instance: Instance, path: string, before: string): Promise<string> {
  for (;;) {
    const { text } = await instance.get(path)
    if (text !== before) return text
  }
}
