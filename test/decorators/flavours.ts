import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const fixtures = 'test/decorators/fixtures'

/** How decorators are compiled: by the standard, or as before it. */
export const flavours: readonly ['standard', 'legacy'] = ['standard', 'legacy']
export type Flavour = (typeof flavours)[number]

export interface Compiled<Fixture> {
  readonly made: Fixture
  remove(): void
}

/** Compiles and type-checks a fixture, and what it imports, in one flavour. */
export async function compiled<Fixture>(
  fixture: string,
  flavour: Flavour,
): Promise<Compiled<Fixture>> {
  mkdirSync(join(root, 'build'), { recursive: true })
  const directory = mkdtempSync(join(root, 'build', `decorators-${flavour}-`))
  const config = join(directory, 'tsconfig.json')
  const compilerOptions = {
    noEmit: false,
    declaration: false,
    isolatedDeclarations: false,
    experimentalDecorators: flavour === 'legacy',
    rootDir: '../..',
    outDir: 'out',
  }
  const files = [join(root, fixtures, `${fixture}.ts`)]
  writeFileSync(
    config,
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, files, include: [] }),
  )
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const remove = () => rmSync(directory, { recursive: true, force: true })
  try {
    execFileSync(process.execPath, [compiler, '-p', config], { stdio: 'inherit' })
  } catch (error) {
    remove()
    throw error
  }
  const output = join(directory, 'out', fixtures, `${fixture}.js`)
  return { made: await import(pathToFileURL(output).href), remove }
}
