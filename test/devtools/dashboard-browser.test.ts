import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { encodeReport } from '../../src/telemetry/report-slots.ts'
import { eventually } from '../servers/start-server.ts'
import { faintTexts, structureFaults } from './dashboard-audit.ts'
import { openBrowser, openWorld, serve, type Visit, visit, type World } from './dashboard-world.ts'

let world: World
let browser: Browser
const visits: Visit[] = []

beforeAll(async () => {
  const opened = await Promise.all([openWorld(), openBrowser()])
  world = opened[0]
  browser = opened[1]
})
afterAll(async () => {
  await browser?.close()
  await world?.close()
})
beforeEach(() => async () => {
  for (const { close } of visits.splice(0)) await close()
})

async function open(url: string, options?: Parameters<typeof visit>[2]): Promise<Visit> {
  const opened = await visit(browser, url, options)
  visits.push(opened)
  return opened
}

const card = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

async function lookUp(page: Page, key: string) {
  const search = card(page, 'Look up a key')
  await search.getByLabel('Key', { exact: true }).fill(key)
  await search.getByRole('button', { name: 'Look up' }).click()
  return search
}

/** Both processes have it in memory. */
async function spread(cache: 'shop' | 'pages', key: string, tags: string[] = []) {
  await world.caches.get(cache).set(key, `value of ${key}`, { tags })
  const read = async () => {
    await world.peer.ask(cache, 'get', key)
    return world.peer.ask(cache, 'getSync', key)
  }
  // The word that it was set may come later than its value.
  await eventually(read, (value) => value === `value of ${key}`)
}

const gone = (cache: 'shop' | 'pages', key: string) =>
  eventually(
    async () => (await world.peer.ask(cache, 'getSync', key)) ?? 'gone',
    (answer) => answer === 'gone',
  )

describe('what is shown', () => {
  test('all processes, and how each does', async () => {
    await world.peer.ask('shop', 'get', 'nothing')
    const { page, troubles } = await open(`${world.url}#shop`)
    const processes = card(page, 'Processes').getByRole('row')
    await processes
      .filter({ hasText: `${world.peer.pid}` })
      .filter({ hasText: 'coherent' })
      .waitFor()
    await processes
      .filter({ hasText: `${process.pid}` })
      .filter({ hasText: 'answers you' })
      .waitFor()
    await page.getByText('Yes: all 2 reach the store and hear of each other').waitFor()
    await page
      .getByRole('combobox', { name: 'Processes' })
      .selectOption({ label: 'All together (2)' })
    expect(troubles).toEqual([])
  })

  test('hit ratio, key groups and the hottest keys, as they change', async () => {
    const { page } = await open(`${world.url}#shop`)
    const cache = world.caches.get('shop')
    await cache.set('hot:1', 1)
    for (let i = 0; i < 50; i++) await cache.get('hot:1')
    const groups = card(page, 'Key groups')
    await groups.getByRole('row', { name: 'hot:{id}' }).waitFor()
    await card(page, 'Hottest keys').getByRole('button', { name: 'Inspect hot:1' }).click()
    await card(page, 'Look up a key').getByText('There is a fresh entry.').waitFor()
    await page.getByRole('columnheader', { name: 'Reads', exact: true }).getByRole('button').click()
    expect(
      await page
        .getByRole('columnheader', { name: 'Reads', exact: true })
        .getAttribute('aria-sort'),
    ).toBe('descending')
  })

  test('a chart says the same as a table', async () => {
    const { page } = await open(`${world.url}#shop`)
    await world.caches.get('shop').get('hot:1')
    await page.getByText('As a table: Reads').click()
    const rows = page.getByRole('table', { name: 'Reads', exact: true }).getByRole('row')
    await eventually(
      () => rows.count(),
      (count) => count > 5,
    )
    expect(await rows.first().textContent()).toBe('TimeMemoryStoreNobody')
  })

  test('an entry: value, tags and tiers', async () => {
    await spread('shop', 'entry', ['red', 'blue'])
    const { page } = await open(`${world.url}#shop`)
    const found = await lookUp(page, 'entry')
    await found.getByText('value of entry').waitFor()
    for (const text of ['red', 'blue', 'shop:1:entry'])
      await found.getByText(text, { exact: true }).first().waitFor()
    const tiers = found.getByRole('table', { name: 'What each tier has' })
    expect(await tiers.getByRole('row').filter({ hasText: 'fresh' }).count()).toBe(2)
    await lookUp(page, 'nobody')
    await found.getByText('There is no entry').waitFor()
  })

  test('that the server is gone, until it is back', async () => {
    const { page } = await open(world.url)
    await page.getByRole('heading', { name: 'default' }).waitFor()
    await page.context().setOffline(true)
    await page.getByRole('alert').getByText('Still trying').waitFor()
    await page.context().setOffline(false)
    await page.getByRole('alert').getByText('Still trying').waitFor({ state: 'detached' })
  })

  test('why nobody is let in', async () => {
    const { page } = await open(world.refusedUrl)
    await page.getByRole('heading', { name: 'Not for you' }).waitFor()
    expect(await page.getByRole('navigation').count()).toBe(0)
  })
})

describe('what is done is done in every process', () => {
  for (const name of ['shop', 'pages'] as const) {
    test(`delete, on ${name}`, async () => {
      await spread(name, 'one')
      await spread(name, 'two')
      const { page, troubles } = await open(`${world.url}#${name}`)
      const found = await lookUp(page, 'one')
      await found.getByRole('button', { name: 'Delete this entry' }).click()
      await page.getByRole('status').getByText('The entry is deleted').waitFor()
      await gone(name, 'one')
      expect(await world.caches.get(name).get('one')).toBe(undefined)
      expect(await world.caches.get(name).get('two')).toBe('value of two')
      expect(troubles).toEqual([])
    })

    test(`invalidate, on ${name}`, async () => {
      await spread(name, 'one', ['red'])
      await spread(name, 'two', ['blue'])
      const { page } = await open(`${world.url}#${name}`)
      await page.getByLabel('Tag', { exact: true }).fill('red')
      await page.getByRole('button', { name: 'Invalidate tag' }).click()
      await page.getByRole('status').getByText('are invalidated').waitFor()
      await gone(name, 'one')
      expect(await world.peer.ask(name, 'get', 'two')).toBe('value of two')
      const found = await lookUp(page, 'two')
      await found.getByRole('button', { name: 'Invalidate blue' }).click()
      await gone(name, 'two')
    })

    test(`clear, by keys alone, on ${name}`, async () => {
      await spread(name, 'one')
      await world.caches.get('default').set('other', 1)
      const { page } = await open(`${world.url}#${name}`)
      await page.getByRole('heading', { name, exact: true }).waitFor()
      await tabTo(page, 'Clear the cache …')
      await page.keyboard.press('Enter')
      const dialog = page.getByRole('dialog', { name: 'Clear' })
      await dialog.waitFor()
      await page.keyboard.type(`${name} `)
      expect(await dialog.getByRole('button', { name: 'Clear' }).isDisabled()).toBe(true)
      await page.keyboard.press('Enter')
      expect(await world.caches.get(name).get('one')).toBe('value of one')
      await page.keyboard.press('Backspace')
      await page.keyboard.press('Enter')
      await page.getByRole('status').getByText('The cache is cleared').waitFor()
      await gone(name, 'one')
      expect(await focused(page)).toBe('Clear the cache …')
      expect(await world.caches.get('default').get('other')).toBe(1)
    })
  }

  test('Escape clears nothing', async () => {
    await spread('shop', 'one')
    const { page } = await open(`${world.url}#shop`)
    await page.getByRole('button', { name: 'Clear the cache' }).click()
    await page.keyboard.type('shop')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(await world.caches.get('shop').get('one')).toBe('value of one')
  })

  test('who may only look is offered nothing to do', async () => {
    await spread('shop', 'one', ['red'])
    const { page } = await open(`${world.readOnlyUrl}#shop`)
    const found = await lookUp(page, 'one')
    await found.getByText('value of one').waitFor()
    for (const name of ['Delete', 'Invalidate', 'Clear']) {
      expect(await page.getByRole('button', { name }).count()).toBe(0)
    }
  })

  test('a page of another origin does nothing, and learns nothing', async () => {
    await spread('shop', 'one')
    const { server, origin } = await serve((_, response) => response.end('<title>evil</title>'))
    // The browser has the cookie, and the token is known somehow.
    const { page } = await open(world.url)
    const token = await page.locator('#app').getAttribute('data-token')
    await page.goto(origin.replace('127.0.0.1', 'localhost'))
    const outcomes = await page.evaluate(
      async ({ url, token }) => {
        const body = JSON.stringify({ action: 'clear', cache: 'shop', confirm: 'shop' })
        const attempts: RequestInit[] = [
          { headers: { 'content-type': 'application/json', 'x-hotset-token': token ?? '' } },
          { mode: 'no-cors', headers: { 'content-type': 'text/plain' } },
        ]
        const answers = attempts.map((attempt) =>
          fetch(url, { method: 'POST', body, credentials: 'include', ...attempt }).then(
            ({ type }) => type,
            () => 'failed',
          ),
        )
        const reading = fetch(`${url}?view=state`, { credentials: 'include' }).then(
          () => 'read',
          () => 'failed',
        )
        const frame = document.createElement('iframe')
        frame.src = url
        document.body.append(frame)
        await new Promise((resolve) => frame.addEventListener('load', resolve))
        return [...(await Promise.all([...answers, reading])), `${frame.contentDocument}`]
      },
      { url: world.url, token },
    )
    server.close()
    expect(outcomes).toEqual(['failed', expect.stringMatching(/failed|opaque/), 'failed', 'null'])
    expect(await world.caches.get('shop').get('one')).toBe('value of one')
  })
})

describe('texts of others', () => {
  const hostile = [
    '<img src=x onerror=alert(1)>',
    '</script><script>alert(2)</script>',
    '"><svg onload=alert(3)>',
    'javascript:alert(4)',
    "'-alert(5)-'",
    '{{constructor.constructor("alert(6)")()}}',
    '\u202egpj.exe\u2066',
    'a\0b\u0007c\n\td',
    '\ud800 alone \udfff',
    'k'.repeat(4_096),
    '__proto__',
  ]

  test('are shown as they are, and nothing comes of them', async () => {
    const cache = world.caches.get('shop')
    await cache.clear()
    for (const text of hostile) {
      await cache.set(text, { [text]: text, html: text }, { tags: [text.slice(0, 200)] })
      for (let i = 0; i < 300; i++) await cache.get(text)
    }
    const { page, troubles } = await open(`${world.url}#shop`)
    const hottest = card(page, 'Hottest keys')
    const found = card(page, 'Look up a key')
    for (const [text, shown] of [
      ...hostile.slice(0, 6).map((text) => [text, text] as const),
      ['\u202egpj.exe\u2066', '\\u{202e}gpj.exe\\u{2066}'],
      ['a\0b\u0007c\n\td', 'a\\u{0}b\\u{7}c\\n\\td'],
      ['\ud800 alone \udfff', '\\u{d800} alone \\u{dfff}'],
      ['__proto__', '__proto__'],
    ] as const) {
      await hottest.getByRole('button', { name: `Inspect ${shown}`, exact: true }).click()
      // The very key was asked for: there is an entry.
      await found.getByRole('heading', { name: `hit ${shown}`, exact: true }).waitFor()
      await found.getByRole('button', { name: `Delete this entry ${shown}` }).waitFor()
      expect(await cache.get(text)).toBeDefined()
    }
    await lookUp(page, 'k'.repeat(4_096))
    await found.getByRole('heading', { name: /^hit k{4096}$/ }).waitFor()
    expect(await page.locator('img, svg, iframe, [onload], [onerror], #app script').count()).toBe(0)
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0)
    // Nothing that is so long makes the page wider than the window.
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
    ).toBeLessThanOrEqual(0)
    expect(troubles).toEqual([])
    await lookUp(page, '<b>'.repeat(3_400))
    await page.getByRole('status').getByText('1 to 4096 characters').waitFor()
    // The browser itself tells that it was refused.
    expect(troubles).toEqual([expect.stringContaining('422')])
  })

  test('of whoever may write to the store, too', async () => {
    const store = await world.caches.get('default').store()
    const inspection = await world.caches.get('default').inspect()
    const [html = ''] = hostile
    const process = {
      ...{ id: html, host: html, pid: 1, startedAt: 0 },
      versions: { hotset: html, runtime: html },
    }
    const report = {
      at: Date.now(),
      inspection: { ...inspection, name: html, bus: html, store: { name: html } },
      curve: [{ size: html, hitRatio: html }],
      groups: [{ group: html, reads: html }],
      hottest: [{ key: html, reads: 1, error: 0 }],
      advice: [
        { kind: 'never-reused', text: html },
        { kind: 'x', text: { type: 'script' } },
      ],
    }
    const reports = [
      { process, cache: report },
      { process: { ...process, id: 'b' }, cache: { ...report, groups: 7 } },
      { process: { ...process, id: 'c' }, cache: { ...report, inspection: { name: 'default' } } },
      { process: { ...process, id: 'd', versions: null }, cache: report },
    ]
    await store?.setMany(
      reports.map((written, i) => ({
        key: `hotset:reports:${i * 7}`,
        value: encodeReport(written as never, new Uint8Array(8)),
        expiresAt: Date.now() + 600_000,
      })),
    )
    const { page, troubles } = await open(world.url)
    const list = page.getByRole('navigation', { name: 'Caches' })
    await list.getByRole('link', { name: html }).click()
    await page.getByRole('heading', { name: html, exact: true }).waitFor()
    await page.getByText('The process that answers has no cache of this name').waitFor()
    await list.getByRole('link', { name: 'default' }).click()
    await page.getByRole('heading', { name: 'default', exact: true }).waitFor()
    expect(await page.locator('img, svg, [onerror]').count()).toBe(0)
    expect(troubles).toEqual([])
    await store?.deleteMany(reports.map((_, i) => `hotset:reports:${i * 7}`))
  })
})

describe('for everybody', () => {
  const full = async (options: Parameters<typeof visit>[2]) => {
    await spread('shop', 'entry', ['red'])
    const opened = await open(`${world.url}#shop`, options)
    await card(opened.page, 'Key groups').getByRole('table').waitFor()
    const found = await lookUp(opened.page, 'entry')
    await found.getByText('value of entry').waitFor()
    await opened.page.getByText('As a table: Reads').click()
    return opened
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`contrast, names and structure in ${colorScheme}`, async () => {
      const { page } = await full({ colorScheme })
      expect(await page.evaluate(faintTexts)).toEqual([])
      expect(await page.evaluate(structureFaults)).toEqual([])
      const other = colorScheme === 'light' ? 'dark' : 'light'
      const before = await paper(page)
      await page.getByLabel('Colours').selectOption(other)
      await eventually(async () => (await paper(page)) !== before)
      expect(await page.evaluate(faintTexts)).toEqual([])
      await page.reload()
      await page.getByRole('heading', { name: 'shop' }).waitFor()
      expect(await paper(page)).not.toBe(before)
    })
  }

  test('a window that is 360 pixels wide', async () => {
    const { page } = await full({ viewport: { width: 360, height: 640 } })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    expect(await page.evaluate(structureFaults)).toEqual([])
  })

  test('keys alone: a skip link, a search, and an order that is that of the page', async () => {
    await spread('shop', 'entry')
    const { page } = await open(`${world.url}#shop`)
    await page.getByRole('heading', { name: 'shop' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('To the cache')
    await page.getByRole('button', { name: 'Look up' }).waitFor()
    await tabTo(page, 'Key')
    await page.keyboard.type('entry')
    await page.keyboard.press('Enter')
    await card(page, 'Look up a key').getByText('value of entry').waitFor()
    await tabTo(page, 'Delete this entry entry')
    await page.keyboard.press('Space')
    await gone('shop', 'entry')
  })

  test('little is announced: what failed, and what was done', async () => {
    const { page } = await full({})
    const live = await page.locator('[aria-live], [role=status], [role=alert], [role=log]').count()
    expect(live).toBe(2)
    expect(await page.getByRole('status').textContent()).toBe('')
  })

  test('nothing moves for who wants it still', async () => {
    const { page } = await full({ reducedMotion: 'reduce' })
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element)
          return /[1-9]/.test(transitionDuration) || animationName !== 'none'
        }).length,
    )
    expect(moving).toBe(0)
  })
})

function paper(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor)
}

/** The name of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement | null
    const label = element?.labels?.[0]?.firstChild?.textContent
    return (label ?? element?.getAttribute('aria-label') ?? element?.textContent ?? '').trim()
  })
}

const mostSteps = 200

async function tabTo(page: Page, name: string): Promise<void> {
  for (let step = 0; step < mostSteps; step++) {
    await page.keyboard.press('Tab')
    if ((await focused(page)) === name) return
  }
  throw new Error(`${name} cannot be reached by keys`)
}
