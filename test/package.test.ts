import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

test('the package has no runtime dependencies and no install scripts', () => {
  expect(manifest.dependencies ?? {}).toEqual({})
  expect(Object.keys(manifest.scripts)).not.toEqual(expect.arrayContaining(['postinstall']))
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) {
    expect(manifest.scripts[name]).toBe(undefined)
  }
})

test('every entry point is built, with its types, and loads', async () => {
  for (const [name, target] of Object.entries<string>(manifest.exports)) {
    expect(existsSync(join(root, target)), name).toBe(true)
    if (!target.endsWith('.js')) continue
    expect(existsSync(join(root, target.replace(/\.js$/, '.d.ts'))), name).toBe(true)
    const loaded = await import(join(root, target))
    expect(Object.keys(loaded).length, name).toBeGreaterThan(0)
  }
})

test('publint finds nothing', { timeout: 60_000 }, () => {
  const publint = join(root, 'node_modules/.bin/publint')
  expect(execFileSync(publint, ['--strict'], { cwd: root, encoding: 'utf8' })).toContain('All good')
})

test('no type of a driver is in the declarations', () => {
  for (const target of Object.values<string>(manifest.exports)) {
    if (!target.endsWith('.js')) continue
    const text = readFileSync(join(root, target.replace(/\.js$/, '.d.ts')), 'utf8')
    expect([...text.matchAll(/from '(?!\.|node:)([^']+)'/g)].map(([, name]) => name)).toEqual([])
  }
})

test('what is published is the build and its papers', () => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
    }),
  )
  const strangers = packed.files
    .map(({ path }: { path: string }) => path)
    .filter(
      (path: string) => !/^(dist\/|package\.json|README\.md|LICENSE|CHANGELOG\.md)/.test(path),
    )
  expect(strangers).toEqual([])
})
