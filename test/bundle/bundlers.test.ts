import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useChromium } from '../devtools/chromium.ts'
import { limits } from './limits.ts'
import { bundlers, parseImports, readied } from './packages/bundlers.ts'
import { answers, type PageName, pages, userProject } from './user-project.ts'

const project = userProject()
const names = Object.keys(pages) as PageName[]
const open = useChromium()

/** Serves the bundles of all pages. */
const server = createServer((request, response) => {
  const path = new URL(request.url ?? '', 'http://page').pathname
  const file = join(project, path)
  if (path.endsWith('.js') && existsSync(file)) {
    response.setHeader('content-type', 'text/javascript')
    response.end(readFileSync(file))
  } else {
    response.setHeader('content-type', 'text/html')
    response.end(`<script type="module" src="${path}/page.js"></script>`)
  }
})
beforeAll(async () => {
  await readied
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())

describe.each(Object.entries(bundlers))('by %s', (bundler, bundle) => {
  const directoryOf = (name: PageName) => join(project, bundler, name)

  beforeAll(async () => {
    for (const name of names) {
      mkdirSync(directoryOf(name), { recursive: true })
      await bundle(join(project, `${name}.js`), directoryOf(name))
    }
  })

  test.each(names)('a page carries no more for %s alone than it may', (name) => {
    const carried = carriedBy(directoryOf(name))
    const size = carried.reduce((sum, code) => sum + gzipSync(code, { level: 9 }).length, 0)
    console.log(`${bundler}, ${name} alone: ${size} bytes, gzipped`)
    expect(size).toBeLessThan(limits[name])
  })

  test('what is loaded on demand is beside the page', () => {
    const directory = directoryOf('createCache')
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    const modules = files.filter((file) => file.endsWith('.js'))
    expect(modules.length).toBeGreaterThan(carriedBy(directory).length)
  })

  test.each(names)('the page of %s runs in Node', async (name) => {
    await import(pathToFileURL(join(directoryOf(name), 'page.js')).href)
    expect(await (globalThis as { answer?: unknown }).answer).toEqual(answers[name])
  })

  test('all pages run in a browser, and nothing complains', async () => {
    const { port } = server.address() as AddressInfo
    for (const name of names) {
      const { page, complaints } = await open()
      await page.goto(`http://127.0.0.1:${port}/${bundler}/${name}`)
      const answer = await page.evaluate('globalThis.answer')
      expect(answer).toEqual(answers[name])
      expect(complaints).toEqual([])
    }
  })
})

/** The code of `page.js`, and of all that it imports at once. */
function carriedBy(directory: string): string[] {
  const codes = new Map<string, string>()
  const follow = (file: string) => {
    if (codes.has(file)) return
    const code = readFileSync(join(directory, file), 'utf8')
    codes.set(file, code)
    for (const { d: dynamic, n: target } of parseImports(code)[0]) {
      if (dynamic !== -1) continue
      // Neither something of Node nor a package is carried by a page.
      expect(target).toMatch(/^\.\.?\//)
      follow(join(file, '..', target ?? ''))
    }
  }
  follow('page.js')
  return [...codes.values()]
}
