import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import compression from 'compression'
import express from 'express'
import helmet from 'helmet'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Cache } from '../../../src/contracts/cache.ts'
import { type Toolbar, toolbar } from '../../../src/devtools/toolbar.ts'
import { createCache } from '../../../src/index.ts'
import { startRedis } from '../../servers/redis.ts'
import type { Server } from '../../servers/start-server.ts'
import { useChromium } from '../chromium.ts'
import { type Handler, listening, type SiteCase, sites } from './sites.ts'

const file = fileURLToPath(import.meta.url)
const [expressSite] = sites as [SiteCase]
const html = { 'content-type': 'text/html; charset=utf-8' }
const document = (body: string, head = '') =>
  `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`

/** Its types know Express 4 only. */
const middleware = (made: unknown) => made as express.RequestHandler

const openBrowser = useChromium()
let redis: Server
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

/** A cache in memory and in Redis, which holds what another process has put there. */
async function shop(): Promise<{ cache: Cache; bar: Toolbar }> {
  const name = `shop-${randomBytes(4).toString('hex')}`
  // However slowly a driver is loaded.
  const options = { name, store: `redis://127.0.0.1:${redis.port}`, storeTimeout: '30s' }
  await using other = createCache(options)
  await other.set('from-redis', 'x'.repeat(1000))
  const cache = createCache(options)
  const bar = toolbar(cache)
  onTestFinished(async () => {
    bar.close()
    await cache.close()
  })
  return { cache, bar }
}

/** The line of this file that has a mark. */
function lineOf(mark: string): string {
  const lines = readFileSync(file, 'utf8').split('\n')
  const number = lines.findIndex((line) => line.endsWith(`// ${mark}`)) + 1
  return `${relative(process.cwd(), file)}:${number}:`
}

const tabOf = (page: Page) => page.getByRole('button', { name: /^Hotset: / })
const panelOf = (page: Page) => page.getByRole('region', { name: 'Hotset toolbar' })
const rowsOf = (page: Page) => panelOf(page).getByRole('row')

const textOf = async (locator: Locator) => (await locator.allInnerTexts()).join('\n')

/** What is in the cells of the table, a row a line; without durations, which are never the same. */
async function tableOf(page: Page): Promise<string[][]> {
  const rows = await rowsOf(page).all()
  return Promise.all(rows.map(async (row) => row.locator('th, td').allInnerTexts()))
}

describe.each(sites)('$name', (site) => {
  test('the tab opens a panel with each call, its line and the totals', async () => {
    const { cache, bar } = await shop()
    const url = await site.open(bar, async () => {
      await cache.get('from-redis') // from the store
      await cache.get('from-redis') // from memory
      await cache.getOrSet('fresh', async () => 1) // loaded
      await cache.getMany(['fresh', 'nothing']) // many
      return { headers: html, body: document('<h1>Shop</h1>') }
    })
    const { page, complaints } = await openBrowser()
    await page.goto(`${url}/shop?page=1`)
    await expect.poll(() => textOf(tabOf(page))).toContain('4 calls')
    expect(await panelOf(page).isVisible()).toBe(false)
    await tabOf(page).click()
    const [heads, ...rows] = await tableOf(page)
    expect(heads).toEqual(['Call', 'Key', 'Outcome', 'Age', 'Size', 'Time', 'Line'])
    const told = rows.map(([verb, key = '', outcome, , size, , line = '']) => {
      return [verb, key, outcome, size, line]
    })
    const named = (name: string) => expect.stringMatching(new RegExp(`^${name}\\s`))
    const at = (mark: string) => expect.stringContaining(lineOf(mark))
    expect(told).toEqual([
      ['get', named('from-redis'), 'hit store', '1.1 kB', at('from the store')],
      ['get', named('from-redis'), 'hit memory', '1.1 kB', at('from memory')],
      ['getOrSet', named('fresh'), 'miss', '72 B', at('loaded')],
      ['getMany ×2', named('2 names'), expect.stringMatching(/1 hit\s*1 miss/), '72 B', at('many')],
    ])
    expect(rows[1]?.[1]).toContain('×2 this key')
    expect(rows[2]?.[5]).toMatch(/load [\d.]+ ms/)
    const text = await textOf(panelOf(page))
    expect(text).toMatch(/Calls\s+4\s+5 keys read/)
    expect(text).toMatch(/Served\s+60\.0 %\s+3 hit, 2 miss/)
    expect(text).toContain('Without the cache')
    await page.reload()
    expect(await panelOf(page).isVisible()).toBe(true)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Escape')
    await panelOf(page).waitFor({ state: 'hidden' })
    await page.reload()
    expect(await tabOf(page).isVisible()).toBe(true)
    expect(complaints).toEqual([])
  })
})

async function opened(handler: Handler, options = {}) {
  const { cache, bar } = await shop()
  const url = await expressSite.open(bar, handler)
  return { cache, url, ...(await openBrowser(options)) }
}

test('hostile keys are text, and the page is none the wiser', async () => {
  const { cache, bar } = await shop()
  const keys = [
    '<img src=x onerror=globalThis.pwned=1>',
    '</script><script>globalThis.pwned=1</script>',
    '<!--<script>',
    ']]>"\'`\u0024{globalThis.pwned=1}&lt;&#60;',
    '\u2028\u2029\u202etxt.exe\u0000\u001b[31m',
    '日本語 😀 é',
  ]
  const url = await expressSite.open(bar, async () => {
    for (const key of keys) await cache.namespace('<b>').getOrSet(key, () => key)
    await cache.invalidate('<i>tag</i>')
    await cache.getOrSet('broken', () => Promise.reject(new Error('<u>no</u>'))).catch(() => {})
    return { headers: html, body: document('<h1>Shop</h1>') }
  })
  const { page, complaints } = await openBrowser()
  await page.goto(`${url}/?q=<script>globalThis.pwned=1</script>`)
  expect(await page.locator('body').innerHTML()).toBe('<h1>Shop</h1>')
  await tabOf(page).click()
  const cells = panelOf(page).locator('td.key > code')
  const shown = await cells.allInnerTexts()
  expect(shown).toEqual([
    ...keys.slice(0, 4),
    '\\u{2028}\\u{2029}\\u{202e}txt.exe\\u{0}\\u{1b}[31m',
    ...keys.slice(5),
    '<i>tag</i>',
    'broken',
  ])
  expect(await textOf(panelOf(page))).toContain('Error: <u>no</u>')
  expect(await panelOf(page).locator('b, i, u, img, script').count()).toBe(0)
  expect(await page.evaluate(() => Reflect.get(globalThis, 'pwned'))).toBeUndefined()
  expect(complaints).toEqual([])
})

test.each(['light', 'dark'] as const)('in %s all of it can be read', async (colorScheme) => {
  const { cache, bar } = await shop()
  const url = await expressSite.open(bar, async () => {
    await cache.get('from-redis')
    await cache.getOrSet('broken', () => Promise.reject(new Error('no'))).catch(() => {})
    await Promise.all([1, 2].map(() => cache.getOrSet('slow', async () => 1)))
    return { headers: html, body: document('<h1>Shop</h1>') }
  })
  const { page } = await openBrowser({ colorScheme })
  await page.goto(url)
  await tabOf(page).click()
  const contrasts = await panelOf(page).evaluate(contrastsIn)
  expect(contrasts.length).toBeGreaterThan(20)
  // WCAG 2.2 §1.4.3, for text that is not large.
  expect(contrasts.filter(({ contrast }) => contrast < 4.5)).toEqual([])
  const ground = await panelOf(page).evaluate((panel) => getComputedStyle(panel).backgroundColor)
  expect(ground).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(22, 25, 31)')
})

/** Of each text in an element, how it stands out from what it is on (WCAG 2.2, "contrast ratio"). */
function contrastsIn(root: Element): { text: string; contrast: number }[] {
  const numbers = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = numbers(color)
      .slice(0, 3)
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const groundOf = (element: Element): string => {
    const { backgroundColor } = getComputedStyle(element)
    const parent = element.parentElement
    return numbers(backgroundColor)[3] === 0 && parent ? groundOf(parent) : backgroundColor
  }
  return [...root.querySelectorAll('*')].flatMap((element) => {
    const text = [...element.childNodes].find((node) => node.nodeType === 3)?.textContent?.trim()
    if (!text) return []
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(groundOf(element))]
    return [{ text, contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) }]
  })
}

test('with a strict policy and its nonce it works, without a word in the console', async () => {
  const { cache, bar } = await shop()
  const app = express()
  // What compresses is before it: what is compressed already, it leaves alone.
  app.use(compression())
  app.use((_, response, next) => {
    response.locals.nonce = randomBytes(16).toString('base64')
    next()
  })
  const nonce = (_: unknown, response: unknown) =>
    `'nonce-${(response as express.Response).locals.nonce}'`
  app.use(
    middleware(
      helmet({
        contentSecurityPolicy: {
          directives: {
            defaultSrc: ["'none'"],
            scriptSrc: [nonce, "'strict-dynamic'"],
            styleSrc: ["'none'"],
            imgSrc: ['data:'],
            connectSrc: ["'self'"],
            requireTrustedTypesFor: ["'script'"],
            trustedTypes: ["'none'"],
          },
        },
      }),
    ),
  )
  app.use(bar.express())
  app.get('/', async (_, response) => {
    await cache.get('from-redis')
    const script = `<script nonce="${response.locals.nonce}">fetch('/?fragment')</script>`
    response.send(document(`<h1>Shop</h1>${script}${'<p>text</p>'.repeat(500)}`))
  })
  const url = await listening(app)
  const { page, complaints } = await openBrowser()
  const response = await page.goto(url)
  expect(response?.headers()['content-encoding']).toMatch(/^(?:br|gzip)$/)
  await tabOf(page).click()
  expect(await rowsOf(page).count()).toBe(2)
  const { position } = await panelOf(page).evaluate((panel) => {
    return { position: getComputedStyle(panel).position }
  })
  expect(position).toBe('fixed')
  const list = panelOf(page).getByRole('combobox', { name: 'Request' })
  await expect.poll(() => list.locator('option').count()).toBe(2)
  await list.selectOption({ index: 1 })
  await expect.poll(() => rowsOf(page).count()).toBe(2)
  expect(complaints).toEqual([])
})

test('with a strict policy without a nonce the page is left alone', async () => {
  const { bar } = await shop()
  const app = express()
  const policy = { directives: { defaultSrc: ["'self'"], imgSrc: ['data:'] } }
  app.use(middleware(helmet({ contentSecurityPolicy: policy })))
  app.use(bar.express())
  app.get('/', (_, response) => void response.send(document('<h1>Shop</h1>')))
  const { page, complaints } = await openBrowser()
  const response = await page.goto(await listening(app))
  expect(await response?.text()).toBe(document('<h1>Shop</h1>'))
  expect(await page.locator('hotset-toolbar').count()).toBe(0)
  expect(response?.headers()['server-timing']).toMatch(/^hotset;desc=/)
  expect(bar.requests()).toHaveLength(1)
  expect(complaints).toEqual([])
})

test('what scripts of the page ask for is listed, and its report is there to choose', async () => {
  const { cache, bar } = await shop()
  const body = document('<h1>Shop</h1><output></output>')
  const url = await expressSite.open(bar, async (path) => {
    if (path === '/') return { headers: html, body }
    await cache.getOrSet(`part:${path}`, async () => 1)
    return { headers: html, body: `<p>${path}</p></body>` }
  })
  const { page, complaints } = await openBrowser()
  await page.goto(url)
  await tabOf(page).click()
  const text = await page.evaluate(async () => (await fetch('/part?<b>')).text())
  expect(text).toBe('<p>/part?%3Cb%3E</p></body>')
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest()
        request.open('GET', '/other')
        request.onloadend = resolve
        request.send()
      }),
  )
  const list = panelOf(page).getByRole('combobox', { name: 'Request' })
  await expect.poll(() => list.locator('option').count()).toBe(3)
  expect(await textOf(panelOf(page))).toContain('This request called no cache.')
  for (const [index, path] of ['/part?%3Cb%3E', '/other'].entries()) {
    await list.selectOption({ index: index + 1 })
    await expect.poll(async () => (await tableOf(page))[1]?.[1]).toContain(`part:${path}`)
  }
  await list.selectOption({ index: 0 })
  await expect.poll(() => textOf(panelOf(page))).toContain('This request called no cache.')
  expect(complaints).toEqual([])
})

test('styles of the page do not reach it, nor its own the page; keys alone drive it', async () => {
  const style =
    '<style>* { font-size: 40px; color: red !important } button, section, table { display: none !important } .tab, .soft { border: 9px solid } html > :not(head, body) { display: none !important }</style>'
  const { page, url } = await opened(() => {
    return { headers: html, body: document('<a class="tab soft" href="#">Shop</a>', style) }
  })
  await page.goto(url)
  const link = page.getByRole('link', { name: 'Shop' })
  expect(await link.evaluate((own) => getComputedStyle(own).position)).toBe('static')
  const tab = tabOf(page)
  const look = (own: Element) => [getComputedStyle(own).fontSize, getComputedStyle(own).color]
  expect(await tab.evaluate(look)).toEqual(['13px', 'rgb(27, 31, 39)'])
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await panelOf(page).waitFor()
  await page.keyboard.press('Tab')
  const focused = () =>
    page.evaluate(() => {
      const inner = globalThis.document.activeElement?.shadowRoot?.activeElement
      return inner?.getAttribute('aria-label') ?? inner?.tagName
    })
  expect(await focused()).toBe('Request')
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('Close')
  await page.keyboard.press('Enter')
  await panelOf(page).waitFor({ state: 'hidden' })
  expect(await focused()).toMatch(/^Hotset: /)
})
