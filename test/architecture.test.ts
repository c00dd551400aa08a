import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../src', import.meta.url))

/** Which rooms a room may import besides `contracts` and `kernel`. Everything not said here is forbidden. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  kernel: [],
  root: ['core', 'memory', 'policies', 'memoize'],
  stores: ['drivers'],
  buses: ['drivers'],
  logs: ['drivers'],
  orm: ['drivers'],
  devtools: ['telemetry', 'http'],
  interop: ['http'],
  simulator: ['policies', 'memory'],
  cli: [
    'core',
    'policies',
    'memory',
    'codecs',
    'stores',
    'buses',
    'memoize',
    'http',
    'simulator',
    'drivers',
    'orm',
    'telemetry',
    'devtools',
    'root',
  ],
}
/** What the composition root loads only when it is asked for. */
const loadedByRoot = ['stores', 'buses', 'logs', 'codecs', 'simulator']
/** The packages that are loaded when something is opened that needs them, by where. */
const drivers: Readonly<Record<string, readonly string[]>> = {
  'stores/lmdb/': ['lmdb'],
  'drivers/redis/': ['redis'],
  'drivers/postgres/': ['pg'],
  'stores/sql/': ['pg', 'mysql2/promise', 'better-sqlite3'],
}
/** Rooms, and parts of one, that need not run where there is no Node. */
const withNode = [
  'stores',
  'buses',
  'logs',
  'drivers',
  'codecs',
  'simulator',
  'cli',
  'testing',
  'devtools',
  'interop',
  'http/node',
  'http/proxy',
  'http/adapters/express',
  'http/adapters/fastify',
  'http/adapters/koa',
  'http/adapters/nest',
]
const longestFile = 350
/** Without comments: what a contract promises is said in full. */
const contractsTogether = 700

interface Import {
  readonly from: string
  readonly to: string
  readonly dynamic: boolean
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .sort()
const textOf = (file: string) => readFileSync(join(source, file), 'utf8')
const codeOf = (file: string) => textOf(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
const imports = files.flatMap((file) => importsOf(file))

test('rooms import only contracts, kernel and what the table allows', () => {
  const broken = imports.filter(({ from, to, dynamic }) => {
    if (!to.startsWith('.')) return false
    const [own, other] = [roomOf(from), roomOf(targetOf(from, to))]
    if (own === other || other === 'contracts') return false
    if (other === 'kernel') return own === 'contracts'
    if (own === 'root' && dynamic) return !loadedByRoot.includes(other)
    return !(exceptions[own] ?? []).includes(other)
  })
  expect(broken).toEqual([])
})

/** Packages that the build puts into what it makes, by where. */
const bundled: Readonly<Record<string, readonly string[]>> = {
  'cli/': ['commander'],
  'devtools/dashboard/page/': ['preact', 'preact/hooks', 'uplot'],
}

test('no packages are imported, but a driver on first use, and what is bundled', () => {
  const packages = imports.filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'))
  const allowed = packages.filter(({ from, to, dynamic }) =>
    Object.entries(dynamic ? drivers : bundled).some(
      ([at, known]) => from.startsWith(at) && known.includes(to),
    ),
  )
  expect(packages).toEqual(allowed)
})

test('what a browser needs imports nothing of Node', () => {
  const broken = imports.filter(
    ({ from, to }) =>
      to.startsWith('node:') &&
      !withNode.some((place) => from === `${place}.ts` || from.startsWith(`${place}${sep}`)),
  )
  expect(broken).toEqual([])
})

test('no file imports itself through others, types and what is fetched on demand included', () => {
  const next = new Map<string, string[]>()
  for (const { from, to } of imports) {
    if (!to.startsWith('.')) continue
    next.set(from, [...(next.get(from) ?? []), targetOf(from, to)])
  }
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' > '))
    if (path.includes(file) || done.has(file)) return
    for (const target of next.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(circles).toEqual([])
})

test('files are short, and the contracts can be read in one sitting', () => {
  const long = files.filter((file) => textOf(file).split('\n').length > longestFile)
  expect(long).toEqual([])
  const contracts = files.filter((file) => roomOf(file) === 'contracts').map(codeOf)
  const lines = contracts.join('\n').split('\n')
  expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(contractsTogether)
})

test('nothing escapes the type checker', () => {
  const escapes = /\bas any\b|: any\b|as unknown as|@ts-ignore|@ts-expect-error|@ts-nocheck/
  expect(files.filter((file) => escapes.test(codeOf(file)))).toEqual([])
})

test('names say what is in them', () => {
  const vague = /(^|[/-])(utils?|helpers?|types|common|misc|shared)\.ts$/
  expect(files.filter((file) => vague.test(file))).toEqual([])
  expect(files.filter((file) => !/^[a-z0-9/.-]+$/.test(file.split(sep).join('/')))).toEqual([])
})

function importsOf(file: string): Import[] {
  const text = textOf(file)
  const found: Import[] = []
  for (const [, to] of text.matchAll(/^\s*(?:import|export)\b[^'"`]*?\bfrom\s+'([^']+)'/gm)) {
    found.push({ from: file, to: to as string, dynamic: false })
  }
  for (const [, to] of text.matchAll(/\bimport\(\s*'([^']+)'/g)) {
    found.push({ from: file, to: to as string, dynamic: true })
  }
  return found
}

function targetOf(from: string, to: string): string {
  return relative(source, resolve(source, dirname(from), to))
}

function roomOf(file: string): string {
  return file.includes(sep) ? (file.split(sep)[0] as string) : 'root'
}
