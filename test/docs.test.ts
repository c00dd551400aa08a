import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'

/** Documentation that is not executed is not documentation: every fence compiles, and `// =>` holds. */

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]
const longestReadme = 120

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
  const paths = examples.map((example, index) => {
    const path = join(directory, `example-${index}.ts`)
    writeFileSync(path, `// ${example.page}:${example.line}\n${example.code}\nexport {}\n`)
    return path
  })
  const config = join(directory, 'tsconfig.json')
  writeFileSync(
    config,
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { noUnusedLocals: false, isolatedDeclarations: false, declaration: false },
      files: paths,
      include: [],
    }),
  )
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const compile = () =>
    execFileSync(process.execPath, [compiler, '-p', config], { encoding: 'utf8', stdio: 'pipe' })
  expect(compile).not.toThrow()
})

for (const [index, example] of examples.entries()) {
  if (!example.code.includes('// =>')) continue
  test(`${example.page}:${example.line} answers what it says`, async () => {
    const home = process.cwd()
    const workplace = join(directory, `run-${index}`)
    mkdirSync(workplace)
    const path = join(workplace, 'example.mjs')
    writeFileSync(path, asserted(example.code))
    process.chdir(workplace)
    try {
      await import(pathToFileURL(path).href)
    } finally {
      process.chdir(home)
    }
  })
}

test('links lead somewhere', () => {
  const dead = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8')
    return [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !existsSync(resolve(root, dirname(page), target)))
      .map((target) => `${page} → ${target}`)
  })
  expect(dead).toEqual([])
})

test('the readme can be read in one sitting', () => {
  const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n').length
  expect(lines).toBeLessThanOrEqual(longestReadme)
})

test('every error code is explained', () => {
  const text = readFileSync(join(root, 'src/kernel/errors.ts'), 'utf8')
  const codes = [...text.matchAll(/\| '(ERR_CACHE[A-Z_]*)'/g)].map(([, code]) => code)
  const page = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8')
  const documented = [...page.matchAll(/^\| `(ERR_CACHE[A-Z_]*)`/gm)].map(([, code]) => code)
  expect(documented.sort()).toEqual(codes.sort())
})

test('every option is explained', () => {
  const page = readFileSync(join(root, 'docs/reference/options.md'), 'utf8')
  const declared = [
    ...membersOf('src/contracts/cache.ts', 'EntryOptions'),
    ...membersOf('src/contracts/cache.ts', 'LoadOptions'),
    ...membersOf('src/contracts/cache.ts', 'MemoryBounds'),
    ...membersOf('src/core/cache-options.ts', 'CacheOptions'),
    ...membersOf('src/core/cache-options.ts', 'MemorySetup'),
  ]
  const documented = [...page.matchAll(/^\| `([a-zA-Z]+)`/gm)].map(([, name]) => name)
  expect([...new Set(documented)].sort()).toEqual([...new Set(declared)].sort())
})

function membersOf(file: string, name: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const body = text.split(`export interface ${name} `)[1]?.split('\n}')[0] ?? ''
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member]) => member as string)
}

function examplesOf(page: string): Example[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    code: match[1] as string,
  }))
}

/** `expression // => value` becomes an assertion; the types go, and packages are found from here. */
function asserted(code: string): string {
  const checked = code.replace(
    /^(\s*)((?:const \w+ = )?)(.+?);? *\/\/ => (.+)$/gm,
    (_, indent: string, declaration: string, expression: string, value: string) =>
      declaration === ''
        ? `${indent}assert.deepStrictEqual(${expression}, ${value})`
        : `${indent}${declaration}${expression}; assert.deepStrictEqual(${declaration.split(' ')[1]}, ${value})`,
  )
  const source = join(directory, 'strip.ts')
  writeFileSync(source, `import assert from 'node:assert'\n${checked}`)
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const options = [
    '--target',
    'es2023',
    '--module',
    'nodenext',
    '--outDir',
    directory,
    '--noCheck',
    '--ignoreConfig',
  ]
  execFileSync(process.execPath, [compiler, ...options, source], { cwd: directory, stdio: 'pipe' })
  return readFileSync(join(directory, 'strip.js'), 'utf8')
}
