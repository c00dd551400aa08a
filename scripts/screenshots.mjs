// `node scripts/screenshots.mjs`: what the dashboard and the toolbar look like now, into docs/images. Wants a Chromium.
import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { build, root } from './setup.mjs'
import { takeToolbar } from './toolbar-screenshots.mjs'

const images = `${root}docs/images/`
/** How long there is traffic before somebody looks: charts have to have something to show. */
const trafficMs = 75_000

const views = {
  'dashboard-light': { colorScheme: 'light', viewport: { width: 1280, height: 1180 } },
  'dashboard-dark': { colorScheme: 'dark', viewport: { width: 1280, height: 1180 } },
  'dashboard-narrow': { colorScheme: 'light', viewport: { width: 360, height: 800 } },
}

const [role, directory] = process.argv.slice(2)
if (role === 'peer') await serve(directory)
else await takeScreenshots()

async function takeScreenshots() {
  build()
  mkdirSync(images, { recursive: true })
  const place = mkdtempSync(join(tmpdir(), 'hotset-screenshots-'))
  const script = fileURLToPath(import.meta.url)
  const peers = [1, 2].map(() => fork(script, ['peer', place], { stdio: 'inherit' }))
  const url = await serve(place)
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
  const pages = await Promise.all(
    Object.entries(views).map(async ([name, view]) => ({
      name,
      page: await open(browser, url, view),
    })),
  )
  await takeToolbar(browser, images)
  console.log('Some traffic first …')
  await pause(trafficMs)
  for (const { name, page } of pages) await page.screenshot({ path: `${images}${name}.png` })
  await takeKey(browser, url)
  await browser.close()
  for (const peer of peers) peer.kill()
  rmSync(place, { recursive: true, force: true })
  process.exit()
}

async function open(browser, url, view) {
  const page = await browser.newPage(view)
  await page.goto(url)
  return page
}

async function takeKey(browser, url) {
  const page = await open(browser, url, { viewport: { width: 1280, height: 800 } })
  await page.getByLabel('Key', { exact: true }).fill('user:1')
  await page.getByRole('button', { name: 'Look up' }).click()
  const card = page.getByRole('region', { name: 'Look up a key' })
  await card.getByRole('button', { name: 'Delete this entry' }).waitFor()
  await card.screenshot({ path: `${images}dashboard-key.png` })
  await page.close()
}

/** A process of a site: its caches, somebody who reads, and the dashboard. */
async function serve(place) {
  const { createCaches } = await import('../dist/index.js')
  const { dashboard } = await import('../dist/devtools/dashboard.js')
  const caches = createCaches({
    default: {
      store: `lmdb:${place}/default`,
      memory: { maxEntries: 600, curve: true },
      defaults: { ttl: '20s' },
    },
    pages: { memory: { maxWeight: '2mb', curve: true }, defaults: { ttl: '1m' } },
    sessions: { store: `lmdb:${place}/sessions`, memory: { maxEntries: 5_000 } },
  })
  const names = ['default', 'pages', 'sessions']
  void read(...names.map((name) => caches.get(name)))
  const { node } = dashboard(caches, { authorize: () => 'write' })
  const server = createServer(node).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${server.address().port}/cache`
}

/** Few keys are read often, and many seldom. */
async function read(data, pages, sessions) {
  const carts = new Map()
  const baskets = data.define({
    name: 'basket',
    load: (id) => carts.get(id) ?? [],
    saveMany: async (saves) => {
      await pause(30)
      for (const { id, value } of saves) carts.set(id, value)
    },
    ...{ write: 'behind', behind: { log: 'memory:' } },
  })
  const some = (most) => Math.floor(most * Math.random() ** 5)
  for (let turn = 0; ; turn++) {
    const busy = 14 + 8 * Math.sin(turn / 60)
    for (let i = 0; i < busy; i++) {
      const user = some(800)
      void data.getOrSet(`user:${user}`, () => slowly(8, { name: 'Ada', id: user }), {
        tags: ['users', `team:${user % 7}`],
      })
      if (i % 3 === 0)
        void data.getOrSet(`product:${some(300)}`, () => slowly(25, 'A lamp'.repeat(40)))
      if (i % 4 === 0) void data.getOrSet(`search:${Math.random()}`, () => slowly(60, ['lamp']))
      if (i % 2 === 0)
        void pages.getOrSet(`GET /catalogue/${some(300)}`, () => slowly(90, 'x'.repeat(9_000)))
      void sessions.getOrSet(`session:${some(4_000)}`, () => slowly(3, { cart: [] }))
    }
    void baskets.set(some(200), ['lamp'])
    await pause(50)
  }
}

async function slowly(ms, value) {
  await pause(ms * (0.6 + 0.8 * Math.random()))
  return value
}
