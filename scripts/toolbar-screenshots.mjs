// What the toolbar looks like on a page of a small shop: a part of `scripts/screenshots.mjs`.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import express from 'express'

/** Writes `toolbar-….png` into a directory, of what has been built. */
export async function takeToolbar(browser, images) {
  const { createCache } = await import('../dist/index.js')
  const { toolbar } = await import('../dist/devtools/toolbar.js')
  const place = mkdtempSync(join(tmpdir(), 'hotset-screenshots-'))
  const store = `lmdb:${place}/shop`
  const cache = createCache({ name: 'shop', store })
  /** Another process, which puts something into the store. */
  const other = createCache({ name: 'shop', store })
  const bar = toolbar(cache)
  const server = shop(cache, bar).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/?page=1`
  await fetch(url)
  for (const id of [17, 42]) await other.set(`price:${id}`, 4900)
  const take = async (name, isOpen, options) => {
    // Some of it has gone meanwhile, so that there is something of each kind to see.
    for (const id of [23, 88]) await cache.delete(`product:${id}`)
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, ...options })
    await page.goto(url)
    if (isOpen) await page.getByRole('button', { name: /^Hotset: / }).click()
    await page.mouse.move(0, 0)
    await page.screenshot({ path: `${images}toolbar-${name}.png` })
    await page.close()
  }
  await take('tab', false, { viewport: { width: 1280, height: 400 } })
  for (const colorScheme of ['light', 'dark']) await take(colorScheme, true, { colorScheme })
  await take('narrow', true, { viewport: { width: 400, height: 800 } })
  bar.close()
  server.closeAllConnections()
  server.close()
  await Promise.all([cache.close(), other.close()])
  rmSync(place, { recursive: true, force: true })
}

function shop(cache, bar) {
  const lamp = { name: 'Desk lamp', price: 4900, text: 'A lamp for a desk. '.repeat(60) }
  const settings = () => cache.getOrSet('settings', () => slowly(11, { currency: 'EUR' }))
  const product = (id) => cache.getOrSet(`product:${id}`, () => slowly(17, { ...lamp, id }))
  const app = express()
  app.use(bar.express())
  app.get('/stock', async (_, response) => {
    response.json(await cache.getOrSet('stock:17', () => slowly(23, 4)))
  })
  app.get('/', async function catalogue(request, response) {
    await settings()
    const name = `catalogue:${request.query.page}`
    const ids = await cache.getOrSet(name, () => slowly(84, [17, 23, 42, 57, 61, 88]))
    await cache.getMany(ids.map((id) => `price:${id}`))
    const sale = { ttl: 50, staleWhileRevalidate: '1h' }
    await cache.getOrSet('banner', () => slowly(30, 'Sale'), sale)
    for (const id of ids) await product(id)
    await settings()
    response.send(page)
  })
  return app
}

const page = `<!doctype html><html lang="en"><head><title>Shop</title><meta name="color-scheme" content="light dark">
<style>body { font: 17px/1.5 Georgia, serif; margin: 40px auto; max-width: 900px } li { margin: 6px 0 }</style></head>
<body><h1>The lamp shop</h1><p>Everything that gives light.</p><ul><li>Desk lamp, 49 €</li><li>Floor lamp, 129 €</li>
<li>Night light, 9 €</li></ul><script>fetch('/stock')</script></body></html>`

async function slowly(ms, value) {
  await pause(ms)
  return value
}
