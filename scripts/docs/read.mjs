// Reads the built site as people do: in a browser, every page, and looks words up.
import { readdirSync } from 'node:fs'
import { chromium } from 'playwright-core'

const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync']
/** Words that somebody may look for, and where the best answer is. */
const searches = {
  stampede: '/docs/concepts/stampedes',
  ERR_CACHE_STORE_DOWN: '/docs/reference/errors',
  runbook: '/docs/operate/runbook',
  staleWhileRevalidate: '/docs/concepts/freshness',
}

/** Answers how many pages there are, and what is wrong with them. */
export async function read(url, directory) {
  const paths = readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith('.html') && name !== '404.html')
    .map((name) => `/${name.replace(/(index)?\.html$/, '')}`)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
  try {
    const page = await browser.newPage()
    const flaws = []
    let path = ''
    page.on('pageerror', (error) => flaws.push(`${path}: ${error}`))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) flaws.push(`${path}: ${message.text()}`)
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
        flaws.push(`${path} asks for ${request.url()}`)
    })
    const seen = new Map()
    for (path of paths) seen.set(path, await look(page, url + path))
    for (const [word, place] of Object.entries(searches)) {
      path = `the search for "${word}"`
      const found = await search(page, url, word)
      if (!found.includes(place))
        flaws.push(`${path} finds ${found.join(', ') || 'nothing'}, and not ${place}`)
    }
    return { pages: paths.length, flaws: [...flaws, ...flawsOf(seen, url)] }
  } finally {
    await browser.close()
  }
}

async function look(page, address) {
  await page.goto(address)
  await page.waitForFunction(() => document.querySelector('#app')?.__vue_app__)
  return page.evaluate(() => ({
    headings: document.querySelectorAll('h1').length,
    ids: [...document.querySelectorAll('[id]')].map(({ id }) => id),
    links: [...document.querySelectorAll('a[href]')].map(({ href }) => href),
    isWide: document.documentElement.scrollWidth > window.innerWidth,
  }))
}

/** The pages that are found, in their order. */
async function search(page, url, word) {
  await page.goto(`${url}/docs/`)
  await page
    .getByRole('button', { name: /search/i })
    .first()
    .click()
  await page.locator('#localsearch-input').fill(word)
  const results = page.locator('#localsearch-list a.result')
  await results.first().waitFor()
  const addresses = await results.evaluateAll((links) => links.map(({ href }) => href))
  return [...new Set(addresses.map((address) => new URL(address).pathname))]
}

function flawsOf(seen, url) {
  const flaws = []
  for (const [path, { headings, links, isWide }] of seen) {
    if (headings !== 1) flaws.push(`${path} has ${headings} headings of the first kind`)
    if (isWide) flaws.push(`${path} is wider than the window`)
    for (const link of new Set(links.filter((one) => one.startsWith(`${url}/`)))) {
      const { pathname, hash } = new URL(link)
      const target = seen.get(pathname)
      const id = decodeURIComponent(hash.slice(1))
      if (target === undefined) flaws.push(`${path} links to ${pathname}, which is not there`)
      else if (id !== '' && !target.ids.includes(id))
        flaws.push(`${path} links to ${pathname}${hash}, which has no such place`)
    }
  }
  return flaws
}
