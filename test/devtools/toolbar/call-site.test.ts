import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { callSite, siteIn } from '../../../src/devtools/toolbar/call-site.ts'

const cwd = process.cwd()
const stack = (...frames: string[]) =>
  ['Error', ...frames.map((frame) => `    at ${frame}`)].join('\n')

test('is the first frame that is neither ours nor a package', () => {
  const site = siteIn(
    stack(
      'Resolver.#getOrSet (file:///app/node_modules/hotset/dist/core/resolver.js:1:1)',
      'CacheView.getOrSet (file:///app/node_modules/hotset/dist/core/cache.js:1:1)',
      'Array.map (<anonymous>)',
      'CacheView.getOrSetMany (file:///app/node_modules/hotset/dist/core/cache.js:9:1)',
      'wrapped (/app/node_modules/some/index.js:3:3)',
      'process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
      `async Shop.render [as page] (${cwd}/src/shop (1).ts:12:34)`,
      `${cwd}/src/other.ts:1:1`,
    ),
    '/app/node_modules/hotset/dist/',
  )
  expect(site).toEqual({
    line: 'src/shop (1).ts:12:34',
    caller: 'Shop.render [as page]',
    verb: 'getOrSetMany',
  })
})

test('is none where nothing is the application’s', () => {
  expect(siteIn(stack('flush (node:internal/a:1:1)'))).toMatchObject({ line: undefined })
  expect(siteIn('')).toEqual({ line: undefined, caller: undefined, verb: undefined })
  expect(siteIn(stack('/elsewhere/app.js:5:6'))).toMatchObject({ line: '/elsewhere/app.js:5:6' })
})

test('leaves the limit of stacks as it was', () => {
  const before = Error.stackTraceLimit
  expect(callSite().line).toMatch(/^test\/.*call-site\.test\.ts:\d+:\d+$/)
  expect(Error.stackTraceLimit).toBe(before)
})

test('is a line of the sources where the process maps its stacks', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hotset-call-site-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const dist = fileURLToPath(
    new URL('../../../dist/devtools/toolbar/call-site.js', import.meta.url),
  )
  const code = [
    `import { callSite } from ${JSON.stringify(dist)}`,
    'console.log(callSite().line)',
    '//# sourceMappingURL=app.mjs.map',
  ]
  writeFileSync(join(directory, 'app.mjs'), code.join('\n'))
  // The second line, from its first column on, is the eighth of the source, from its third.
  const map = { version: 3, sources: ['app.ts'], names: [], mappings: ';AAOE' }
  writeFileSync(join(directory, 'app.mjs.map'), JSON.stringify(map))
  const run = (...flags: string[]) =>
    execFileSync(process.execPath, [...flags, 'app.mjs'], {
      cwd: directory,
      encoding: 'utf8',
    }).trim()
  expect(run('--enable-source-maps')).toBe('app.ts:8:3')
  expect(run()).toMatch(/^app\.mjs:2:\d+$/)
})
