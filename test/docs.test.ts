import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** Documentation that is not executed is not documentation: every fence compiles, and `// =>` holds. */

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]
const longestReadme = 120
/** An example is no module of a package. */
const loose = { noUnusedLocals: false, isolatedDeclarations: false, declaration: false }

interface Example {
  readonly page: string
  readonly line: number
  readonly code: string
}

const examples = pages.flatMap(examplesOf)
mkdirSync(join(root, 'build'), { recursive: true })
const directory = mkdtempSync(join(root, 'build', 'docs-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('every example compiles', { timeout: 60_000 }, () => {
  const files = examples.map(({ page, line, code }, index) => {
    const path = join(directory, `example-${index}.ts`)
    writeFileSync(path, `// ${page}:${line}\n${code}\nexport {}\n`)
    return path
  })
  expect(() => compile('compiled', files, loose)).not.toThrow()
})

describe('every example answers what it says', () => {
  const claims = examples.filter(({ code }) => code.includes('// =>'))
  const name = (index: number) => `run-${index}`

  beforeAll(() => {
    const files = claims.map(({ code }, index) => {
      const path = join(directory, `${name(index)}.ts`)
      writeFileSync(path, asserted(code))
      return path
    })
    compile('run', files, {
      ...loose,
      noEmit: false,
      outDir: join(directory, 'run'),
      noCheck: true,
    })
  }, 60_000)

  for (const [index, { page, line }] of claims.entries()) {
    test(`${page}:${line}`, async () => {
      const home = process.cwd()
      const workplace = join(directory, `in-${index}`)
      mkdirSync(workplace)
      process.chdir(workplace)
      try {
        await import(pathToFileURL(join(directory, 'run', `${name(index)}.js`)).href)
      } finally {
        process.chdir(home)
      }
    })
  }
})

test('links lead somewhere, those to a heading too', () => {
  const dead = pages.flatMap((page) => {
    const links = proseOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)
    return [...links]
      .map(([, path = '', heading]) => ({
        target: path === '' ? page : join(dirname(page), path),
        heading,
      }))
      .filter(({ target, heading }) => !leads(target, heading))
      .map(
        ({ target, heading }) => `${page} → ${target}${heading === undefined ? '' : `#${heading}`}`,
      )
  })
  expect(dead).toEqual([])
})

function leads(target: string, heading: string | undefined): boolean {
  if (!existsSync(join(root, target))) return false
  return heading === undefined || anchorsOf(target).has(heading)
}

/** The anchors of a page, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const headings = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(
    ([, heading]) => heading as string,
  )
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** A page without its examples. */
function proseOf(page: string): string {
  return readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
}

test('the readme can be read in one sitting', () => {
  const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n').length
  expect(lines).toBeLessThanOrEqual(longestReadme)
})

test('the reference says what the source says', () => {
  const script = join(root, 'scripts/reference.mjs')
  const run = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  expect(run.stdout + run.stderr).toBe('')
})

test('every page of the documentation is in its index', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8')
  const missing = pages
    .filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
    .map((page) => page.slice('docs/'.length))
    .filter((page) => !page.startsWith('internals/decisions/'))
    .filter((page) => !index.includes(`](${page})`))
  expect(missing).toEqual([])
})

test('every page of a store has the same parts', () => {
  const parts = ['When', 'Install', 'Use', 'Guarantees', 'Limits']
  const stores = pages.filter((page) => page.startsWith('docs/stores/'))
  expect(stores.length).toBeGreaterThan(0)
  for (const page of stores) {
    const text = readFileSync(join(root, page), 'utf8')
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading as string)
    expect(
      headings.filter((heading) => parts.includes(heading)),
      page,
    ).toEqual(parts)
  }
})

function examplesOf(page: string): Example[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    code: match[1] as string,
  }))
}

/** `expression // => value` becomes an assertion. */
function asserted(code: string): string {
  const checked = code.replace(
    /^((?:const \w+ = )?)(.+?) +\/\/ => (.+)$/gm,
    (_, declaration: string, expression: string, value: string) =>
      declaration === ''
        ? `assert.deepStrictEqual(${expression}, ${value})`
        : `${declaration}${expression}; assert.deepStrictEqual(${declaration.split(' ')[1]}, ${value})`,
  )
  return `import assert from 'node:assert'\n${checked}\nexport {}\n`
}

function compile(name: string, files: readonly string[], compilerOptions: object): string {
  const config = join(directory, `${name}.json`)
  writeFileSync(
    config,
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, files, include: [] }),
  )
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  return execFileSync(process.execPath, [compiler, '-p', config], {
    encoding: 'utf8',
    stdio: 'pipe',
  })
}
