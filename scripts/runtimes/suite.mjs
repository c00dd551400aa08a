// The tests that run on every runtime: those of the rooms that need no Node, against what is published.
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { root } from '../setup.mjs'

const source = join(root, 'src/')
const built = join(root, 'dist/')

/** Directories whose tests are all portable, and of the others those that are. */
const portable = {
  'test/races': 'all',
  'test/fuzz': ['bus-message', 'codecs', 'envelope'],
  'test/http/engine': 'all',
  'test/http/exchange': ['body-digest', 'http-cache', 'recording'],
  'test/memoize': ['stream-schedules', 'streams'],
  'test/conformance': ['buses', 'caches', 'stores'],
  'test/unit': [
    ...['backend', 'breaker', 'bus-message-golden', 'checksum', 'codecs-compressed'],
    ...['codecs-encrypted', 'codecs-golden', 'codecs-json', 'codecs-schema', 'codecs-structured'],
    ...['codecs-utf8', 'compact-key', 'counters', 'curve', 'define-writes', 'django-parity'],
    ...['envelope-golden', 'faulty-bus', 'key-hash', 'loads', 'local-registers', 'locks'],
    ...['max-loads', 'memoize', 'memory-cache', 'memory-store', 'memory-tier', 'publishers'],
    ...['repairs', 'shared-memoize', 'slot-room', 'split-mix', 'structural-key'],
    ...['suspect-memory', 'synchronizer'],
  ],
  'test/property': [
    ...['bus-message', 'cache-model', 'change-log', 'codecs', 'counter', 'envelope'],
    ...['hit-ratio-curve', 'holders', 'keyspace', 'linked-slots', 'lookups', 'memoize'],
    ...['memory-tier', 'policies', 'rate-limit', 'recent-hashes', 'scaled-cache', 'slot-map'],
    ...['structural-key', 'tinylfu'],
  ],
}

/** What vitest runs before each file of tests. */
const setup = join(root, 'test/fetch-code.ts')

const testFiles = Object.entries(portable).flatMap(([directory, names]) =>
  names === 'all'
    ? readdirSync(join(root, directory))
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => `${directory}/${name}`)
    : names.map((name) => `${directory}/${name}.test.ts`),
)

/** The files of tests with the module that each is in, in the order in which they run. */
export const tests = testFiles.map((file) => ({ file, module: `${entryOf(file)}.mjs` }))

/** Puts the suite into a directory, one module for each file of tests; answers the names of all modules. */
export async function bundleSuite(directory) {
  return bundleTests(directory, testFiles, [againstBuild, declared])
}

/** The same with any files of tests, and what is to be done with them; `declared` among it. */
export async function bundleTests(directory, files, plugins) {
  rmSync(directory, { recursive: true, force: true })
  const entries = files.map((file) => [entryOf(file), join(root, file)])
  const bundle = await rolldown({
    input: {
      ...Object.fromEntries(entries),
      runner: join(root, 'scripts/runtimes/vitest.mjs'),
      setup,
    },
    platform: 'neutral',
    external: (id) => /^[a-z@]/i.test(id) && !inside.test(id),
    resolve: { mainFields: ['module', 'main'], conditionNames: ['import', 'default'] },
    plugins,
    treeshake: false,
    transform: { target: 'es2022' },
    logLevel: 'silent',
  })
  const { output } = await bundle.write({
    dir: directory,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: 'part-[name]-[hash].mjs',
  })
  return output.map(({ fileName }) => fileName)
}

/** `test/unit/locks.test.ts` is in `unit-locks`. */
export function entryOf(file) {
  const room = dirname(relative('test', file)).replaceAll('/', '-')
  return `${room}-${basename(file, '.test.ts')}`
}

/** Packages that the tests and the runner are made with; of all others a test that needs one brings its own. */
const inside =
  /^(vitest|chai|fast-check|pure-rand|tinyrainbow|@vitest\/.*|@standard-schema\/.*|@oxc-project\/.*)(\/|$)/

/** Tests are of what is built. */
const againstBuild = {
  name: 'against-build',
  resolveId(id, importer) {
    if (importer === undefined || !id.startsWith('.')) return undefined
    const file = resolve(dirname(importer), id)
    return file.startsWith(source) ? file.replace(source, built).replace(/ts$/, 'js') : undefined
  },
}

/**
 * Tests, and what comes before them, are declared by a function: workerd lets nothing be random, and no
 * time pass, while a module is loaded.
 */
export const declared = {
  name: 'declared',
  resolveId: (id) => (id === 'vitest' ? join(root, 'scripts/runtimes/vitest.mjs') : undefined),
  transform(code, id) {
    if (!id.startsWith(join(root, 'test/'))) return undefined
    const located = code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
    if (!id.endsWith('.test.ts') && id !== setup) return located
    const [imports] = located.match(/^(?:import\b[^']*'[^']+'\n|\/\/.*\n|\s*\n)*/)
    return `${imports}export default async () => {\n${located.slice(imports.length)}\n}\n`
  },
}
