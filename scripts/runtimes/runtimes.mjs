// The runtimes that the suite runs on, each a package with its binary, and what cannot pass there.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../setup.mjs'

/** Nothing in here is published or committed. */
export const workshop = join(root, '.cache/runtimes')

const noFlags = 'needs the garbage collector at will'
const otherZlib = 'its zlib packs less tightly'
const otherWords = 'compares what Node says in errors'
const noProject = 'reads files of the project'
const noFiles = 'needs files that last'
const noNative = 'needs lmdb, which is native'
const collecting = [
  ['test/unit/memoize.test.ts > methods > results go with the object they belong to', noFlags],
  ['test/unit/memoize.test.ts > methods > what memory let go of is not held', noFlags],
  ['test/property/change-log.test.ts > names that change again and again take no more', noFlags],
]
const words = [
  'test/unit/codecs-structured.test.ts > keeps > what an error of Node says',
  otherWords,
]
const swelling = [
  'test/unit/codecs-compressed.test.ts > deflate > refuses bytes that swell',
  otherZlib,
]

/** What of `skips` a name begins with is not run; the reason is shown. */
export const runtimes = [
  { name: 'Node 20', binary: process.execPath, skips: [] },
  node('22.23.3'),
  node('24.21.0'),
  node('26.10.0'),
  {
    name: 'Bun',
    package: 'bun@1.4.5',
    binary: 'node_modules/bun/bin/bun.exe',
    skips: [...collecting, swelling],
  },
  {
    name: 'Deno',
    package: 'deno@2.9.6',
    binary: 'node_modules/deno/deno',
    arguments: ['run', '--allow-all', '--node-modules-dir=manual'],
    skips: [words, swelling],
  },
]

export const workerd = {
  name: 'workerd',
  package: 'workerd@1.20261117.1',
  binary: 'node_modules/workerd/bin/workerd',
  skips: [
    ...collecting,
    words,
    ['test/conformance/buses.test.ts > local', noFiles],
    ['test/conformance/stores.test.ts > file', noFiles],
    ['test/conformance/caches.test.ts > memory and files', noFiles],
    ['test/conformance/caches.test.ts > memory and lmdb', noNative],
    ['test/unit/loads.test.ts > what cannot be opened costs nothing but its hits', noNative],
    ['test/unit/bus-message-golden.test.ts', noProject],
    ['test/unit/codecs-golden.test.ts', noProject],
    ['test/unit/django-parity.test.ts', noProject],
    ['test/unit/envelope-golden.test.ts', noProject],
  ],
}

function node(version) {
  return {
    name: `Node ${version.split('.')[0]}`,
    package: `node@${version}`,
    binary: 'node_modules/node/bin/node',
    skips: [],
  }
}

/** Installs the package of a runtime unless it is there; answers where in the workshop it is. */
export function installed(name) {
  const directory = join(workshop, name)
  const stamp = join(directory, 'installed')
  if (existsSync(stamp)) return directory
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n')
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, stderr } = spawnSync('npm', ['install', ...quiet, name], { cwd: directory })
  if (status !== 0) throw new Error(`${name} does not install here: ${stderr}`)
  writeFileSync(stamp, '')
  return directory
}

/** The runtime with its binary installed, and its version as it says itself. */
export function ready(runtime) {
  const binary = runtime.package ? join(installed(runtime.package), runtime.binary) : runtime.binary
  const { status, stdout, stderr, error } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${binary} does not start: ${error ?? stderr}`)
  return { ...runtime, binary, version: /\d[\d.-]*/.exec(stdout)?.[0] }
}

/** Runs the suite in a process; answers what became of each test. */
export async function runSuite(runtime, suite, tests) {
  const results = join(workshop, `${runtime.name.replace(' ', '-')}.json`)
  const plan = results.replace(/json$/, 'plan.json')
  writeFileSync(plan, JSON.stringify({ tests, skips: runtime.skips }))
  writeFileSync(results, '')
  const main = join(dirname(new URL(import.meta.url).pathname), 'run.mjs')
  const child = spawn(runtime.binary, [...(runtime.arguments ?? []), main, suite, plan, results], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 900_000,
  })
  let errors = ''
  child.stderr.on('data', (part) => {
    errors += part
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  const text = readFileSync(results, 'utf8')
  if (text === '') throw new Error(`It ended with ${code}, and no results: ${errors.slice(-500)}`)
  return JSON.parse(text)
}
