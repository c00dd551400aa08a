// What `knip` starts from when it looks for files, exports and packages that nobody uses.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { root } from './setup.mjs'

const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const published = Object.values(exports)
  .filter((built) => built.endsWith('.js'))
  .map((built) => built.replace('./dist/', 'src/').replace(/\.js$/, '.ts!'))

// Private packages below this one, for benches and tests: what they need is pinned there, and much of it
// is loaded by name, or run.
const listing = ['ls-files', '--cached', '--others', '--exclude-standard', '*/package.json']
const below = execFileSync('git', listing, { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .map((file) => file.replace(/\/package\.json$/, ''))

export default {
  workspaces: {
    '.': {
      entry: [
        ...published,
        'src/cli/hotset.ts!',
        // What bundlers put into pages, by `browser` of package.json.
        'src/not-in-pages.ts!',
        // What the build bundles for browsers, and what runs in a thread.
        'src/devtools/{dashboard,toolbar}/page/main.ts!',
        'src/simulator/simulation-thread.ts!',
        'scripts/*.mjs',
        'scripts/runtimes/{run,page-worker,vitest}.mjs',
        // What tests run in other processes, and what they compile or load by name.
        'test/programs/*.mjs',
        'test/**/fixtures/**/*.{mjs,ts}',
        'examples/!(starters)/**/*.{ts,mjs}',
      ],
      project: ['src/**/*.ts!', 'scripts/**/*.mjs', 'test/**/*.{ts,mjs}'],
    },
    ...Object.fromEntries(
      below.map((directory) => [
        directory,
        { entry: ['**/*.{js,jsx,mjs,ts,tsx}'], ignoreDependencies: [/./] },
      ]),
    ),
  },
  // Run by their paths.
  ignoreDependencies: ['@biomejs/biome', 'publint'],
  // Fixtures are built where their packages are.
  ignoreIssues: { 'test/**/fixtures/**': ['unlisted'] },
  // Its schemas are written by tests.
  prisma: false,
  // Exported for the signatures that they stand in.
  ignoreExportsUsedInFile: { interface: true, type: true },
  // Programs of the system, which setup.mjs installs; imports, which tsc resolves, but for what tests build.
  exclude: ['binaries', 'unresolved'],
}
