import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Guides whose examples need packages that only these tests have: every fence compiles, and `// =>` holds. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = ['keyv', 'cache-manager', 'nest', 'from-keyv', 'from-cache-manager']
const parts: Readonly<Record<string, string>> = {
  hotset: 'src/index.ts',
  'hotset/cache-manager': 'src/interop/cache-manager.ts',
  'hotset/decorators': 'src/decorators/index.ts',
  'hotset/keyv-adapter': 'src/interop/keyv-adapter.ts',
  'hotset/nest-module': 'src/interop/nest-module.ts',
}
const examples = pages.flatMap((page) => {
  const text = readFileSync(join(root, `docs/guides/${page}.md`), 'utf8')
  return [...text.matchAll(/^```typescript\n([\s\S]*?)^```$/gm)].map(([, code], index) => ({
    name: `${page}-${index + 1}`,
    code: code as string,
  }))
})

// Beside the packages, so that they are found.
const home = fileURLToPath(new URL('packages/build', import.meta.url))
mkdirSync(home, { recursive: true })
const directory = mkdtempSync(join(home, 'guides-'))
const fileOf = (name: string) => join(directory, `${name}.ts`)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

beforeAll(() => {
  for (const { name, code } of examples) writeFileSync(fileOf(name), asserted(code))
  compile('run', { noEmit: false, outDir: join(directory, 'run'), noCheck: true, noResolve: true })
})

test('every example compiles', () => {
  const paths = Object.fromEntries(
    Object.entries(parts).map(([name, path]) => [name, [join(root, path)]]),
  )
  expect(() => compile('check', { noUnusedLocals: false, paths })).not.toThrow()
})

for (const { name } of examples) {
  test(`the example ${name} answers what it says`, async () => {
    const path = join(directory, 'run', `${name}.js`)
    const code = readFileSync(path, 'utf8').replace(
      /from '(hotset[^']*)'/g,
      (_, part: string) => `from ${JSON.stringify(join(root, parts[part] ?? part))}`,
    )
    writeFileSync(path, code)
    await import(path)
  })
}

/** `expression // => value` becomes an assertion. */
function asserted(code: string): string {
  const checked = code.replace(
    /^(.+?) +\/\/ => (.+)$/gm,
    (_, expression: string, value: string) => `assert.deepStrictEqual(${expression}, ${value})`,
  )
  return `import assert from 'node:assert'\n${checked}\nexport {}\n`
}

function compile(name: string, compilerOptions: object): void {
  const config = join(directory, `${name}.json`)
  const decorators = { experimentalDecorators: true, emitDecoratorMetadata: true }
  const loose = { isolatedDeclarations: false, declaration: false }
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { ...decorators, ...loose, ...compilerOptions },
      files: examples.map(({ name }) => fileOf(name)),
      include: [],
    }),
  )
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', config], { encoding: 'utf8', stdio: 'inherit' })
}
