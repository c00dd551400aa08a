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
  const loose = { noUnusedLocals: false, isolatedDeclarations: false, declaration: false }
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
    compile('run', files, { noEmit: false, outDir: join(directory, 'run'), noCheck: true })
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

test('links lead somewhere', () => {
  const dead = pages.flatMap((page) => {
    const prose = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
    return [...prose.matchAll(/\]\((?!https?:)([^)#\s]+)/g)]
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
  const union = text.split('export type CacheErrorCode =')[1]?.split('\n\n')[0] ?? ''
  const codes = [...union.matchAll(/'(ERR_CACHE[A-Z_]*)'/g)].map(([, code]) => code)
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
