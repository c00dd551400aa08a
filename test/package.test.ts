import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const subpaths = Object.keys(manifest.exports)
const modules = subpaths.filter((subpath) => manifest.exports[subpath].endsWith('.js'))

/** A project in which the package is installed as it would be published, and nothing else. */
const project = mkdtempSync(join(tmpdir(), 'hotset-package-'))
const installed = join(project, 'node_modules/hotset')
let tarball: string
let packed: string[]

beforeAll(() => {
  const options = ['--json', '--ignore-scripts', '--pack-destination', project]
  const [result] = JSON.parse(run('npm', ['pack', ...options], root))
  tarball = join(project, result.filename)
  packed = result.files.map(({ path }: { path: string }) => path)
  mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'], project)
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

test('the package has no runtime dependencies and no install scripts', () => {
  expect(manifest.dependencies ?? {}).toEqual({})
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) {
    expect(manifest.scripts[name]).toBe(undefined)
  }
})

test('what is published is the build and its papers', () => {
  const papers = /^(dist\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/
  expect(packed.filter((path) => !papers.test(path))).toEqual([])
  const built = modules.map((subpath) => manifest.exports[subpath].replace('./', ''))
  const declared = built.map((path) => path.replace(/\.js$/, '.d.ts'))
  expect(packed).toEqual(expect.arrayContaining([...built, ...declared]))
})

test('every entry loads where nothing else is installed', () => {
  const names = modules.map((subpath) => manifest.name + subpath.slice(1))
  const program = `const counts = {}
    for (const name of ${JSON.stringify(names)}) counts[name] = Object.keys(await import(name)).length
    console.log(JSON.stringify(counts))`
  const counts = JSON.parse(run(process.execPath, ['--input-type=module', '-e', program], project))
  expect(Object.keys(counts)).toEqual(names)
  expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([])
})

// Its suggestions are out of reach: conditions of `imports` are not for what the source calls by path.
test('publint finds nothing', () => {
  const publint = join(root, 'node_modules/.bin/publint')
  expect(run(publint, ['--strict', '--level', 'warning', tarball], root)).toContain('All good')
})

// An ES module alone: what cannot import one, and resolves as before `exports`, is not served.
const unserved = new Set(['node10', 'node16-cjs'])

test('attw finds no entry whose types are not those of its module', async () => {
  const found = await checkPackage(createPackageFromTarballData(readFileSync(tarball)))
  if (found.types === false) throw new Error('The package has no types')
  expect(Object.keys(found.entrypoints).sort()).toEqual([...subpaths].sort())
  const served = found.problems.filter(
    (problem) => !('resolutionKind' in problem && unserved.has(problem.resolutionKind)),
  )
  expect(served).toEqual([])
})

test('no type of a driver is in the declarations', () => {
  for (const subpath of modules) {
    const target = manifest.exports[subpath].replace(/\.js$/, '.d.ts')
    const text = readFileSync(join(installed, target), 'utf8')
    expect([...text.matchAll(/from '(?!\.|node:)([^']+)'/g)].map(([, name]) => name)).toEqual([])
  }
})

function run(command: string, options: readonly string[], cwd: string): string {
  return execFileSync(command, options, { cwd, encoding: 'utf8' })
}
