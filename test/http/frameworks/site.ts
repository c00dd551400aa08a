import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../servers/start-server.ts'
import { ask, type Got } from '../shells/client.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const starters = join(root, 'examples/starters')
const fixtures = fileURLToPath(new URL('fixtures', import.meta.url))
const packages = fileURLToPath(new URL('packages', import.meta.url))

/** A framework that builds a site of many files, and serves what it has built. */
export interface Framework {
  /** As its starter is called. */
  readonly name: string
  /** The program that builds, among the packages, and what it is told. */
  readonly build: readonly [program: string, ...args: string[]]
  /** The program that serves what was built. */
  readonly server: string
}

/** A starter, built together with the pages of the tests, beside the packages so that they are found. */
export async function build({ name, build: [program, ...args] }: Framework): Promise<string> {
  mkdirSync(join(packages, 'build'), { recursive: true })
  const site = mkdtempSync(join(packages, 'build', `${name}-`))
  cpSync(join(starters, name), site, { recursive: true })
  if (existsSync(join(fixtures, name))) {
    overlay(join(fixtures, name), site)
    cpSync(join(fixtures, 'pages.js'), join(site, 'src/pages.js'))
  }
  install(site)
  const command = [join(packages, 'node_modules', program), ...args]
  const env = { ...process.env, NODE_ENV: 'production', ASTRO_TELEMETRY_DISABLED: '1' }
  try {
    await promisify(execFile)(process.execPath, command, { cwd: site, env })
  } catch (error) {
    remove(site)
    throw error
  }
  return site
}

export function remove(site: string): void {
  rmSync(site, { recursive: true, force: true })
}

/** Lays files over a starter's: one that has the place of another finds it beside itself. */
function overlay(from: string, site: string): void {
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    const target = join(site, name)
    if (!/\.\w+$/.test(name) || !existsSync(target)) continue
    renameSync(target, join(dirname(target), `starter-${basename(target)}`))
  }
  cpSync(from, site, { recursive: true })
}

/** As a project has it that was published: not a link, which bundlers would follow. */
function install(site: string): void {
  const manifest = JSON.parse(readFileSync(join(packages, 'package.json'), 'utf8'))
  const dependencies = { ...manifest.dependencies, hotset: '*', lmdb: '*' }
  writeFileSync(join(site, 'package.json'), JSON.stringify({ ...manifest, dependencies }))
  const installed = join(site, 'node_modules/hotset')
  cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(installed, 'package.json'))
}

/** One process that serves what was built. */
export interface Site {
  /** By the same name, whatever the port: a page is kept by its URL. */
  ask(path: string, options?: { method?: string; headers?: Record<string, string> }): Promise<Got>
  /** Ends it as a supervisor does. May be called twice. */
  end(): Promise<void>
}

export async function start(
  site: string,
  { server }: Framework,
  environment: Record<string, string> = {},
): Promise<Site> {
  const port = await freePort()
  const { CACHE_URL: _, ...inherited } = process.env
  const child = spawn(process.execPath, [server], {
    cwd: site,
    env: { ...inherited, NODE_ENV: 'production', PORT: `${port}`, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  await listening(child)
  return {
    ask(path, { method, headers } = {}) {
      // Some take what has no type for a form, and a form from elsewhere for an attack.
      const posted = method === 'POST' ? { 'content-type': 'application/json' } : undefined
      return ask(`http://localhost:${port}${path}`, {
        ...(method === undefined ? undefined : { method }),
        headers: { host: 'site.test', ...posted, ...headers },
      })
    },
    async end() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** They say where they listen; why not is said elsewhere. */
async function listening({ stdout, stderr }: ChildProcessByStdio<null, Readable, Readable>) {
  let said = ''
  stderr.on('data', (chunk) => {
    said += chunk
  })
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    if (`${chunk}`.includes('http://')) return void stdout.resume()
  }
  throw new Error(`It ended before it listened: ${said}`)
}
