import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../unit/temporary-directory.ts'
import { application, buildSite, changed, kept, startInstance } from './next-site.ts'

/** The starter for Next, really built, in two processes over one store. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const starter = join(root, 'examples/starters/next')
/** Git does not see what is called so. */
const builds = join(application, 'build')
mkdirSync(builds, { recursive: true })
const directory = mkdtempSync(join(builds, 'starter-'))

beforeAll(async () => {
  cpSync(starter, directory, { recursive: true })
  // As a project has it that was published: not a link, which bundlers would follow.
  const installed = join(directory, 'node_modules/hotset')
  cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(installed, 'package.json'))
  await buildSite({ cacheUrl: 'redis://127.0.0.1:1', directory })
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('it fits on a page', () => {
  const files = readdirSync(starter, { recursive: true, encoding: 'utf8' })
    .map((name) => join(starter, name))
    .filter((name) => statSync(name).isFile())
  const lines = files.flatMap((name) => readFileSync(name, 'utf8').trim().split('\n'))
  expect(lines.length).toBeLessThan(60)
})

test('two processes share the page on the disk, keep it over a restart, and end it together', async () => {
  const setting = { cacheUrl: `lmdb:${temporaryDirectory()}`, directory }
  const [one, other] = await Promise.all([startInstance(setting), startInstance(setting)])
  const first = await one.get('/')
  expect(first).toMatchObject({
    status: 200,
    cache: 'MISS',
    text: expect.stringMatching(/^It is /),
  })
  expect((await kept(one, '/')).text).toBe(first.text)
  expect(await other.get('/')).toMatchObject({ cache: 'HIT', text: first.text })

  await Promise.all([one.stop(), other.stop()])
  const [later, beside] = await Promise.all([startInstance(setting), startInstance(setting)])
  expect(await later.get('/')).toMatchObject({ cache: 'HIT', text: first.text })
  expect((await beside.get('/')).text).toBe(first.text)

  expect(await later.post('/purge')).toBe(204)
  for (const each of [later, beside]) {
    const text = await changed(each, '/', first.text)
    expect(text).toMatch(/^It is /)
    expect((await kept(each, '/')).text).not.toBe(first.text)
  }
})
