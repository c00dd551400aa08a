import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveDashboard } from '../../src/cli/dashboard.ts'
import { openTarget } from '../../src/cli/open-target.ts'
import { createCache } from '../../src/index.ts'
import { reportProcesses } from '../../src/telemetry/report-processes.ts'
import { hotset } from '../cli/run.ts'
import { startRedis } from '../servers/redis.ts'
import type { Server } from '../servers/start-server.ts'
import { openBrowser, visit } from './dashboard-world.ts'

let redis: Server
let browser: Browser
beforeAll(async () => {
  redis = await startRedis()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await redis?.stop()
})

async function served(mayWrite: boolean) {
  const url = `redis://127.0.0.1:${redis.port}`
  const cache = createCache({ name: 'shop', store: url })
  await cache.set('key', 'value', { tags: ['tag'] })
  await cache.get('key')
  const reporting = reportProcesses(cache)
  await reporting.write()
  const target = await openTarget({ url }, { directory: '.' } as never)
  const dashboard = await serveDashboard({ target, port: 0, mayWrite })
  return {
    ...{ cache, url: dashboard.url },
    async close() {
      await dashboard.close()
      await target.close()
      await reporting.stop()
      await cache.close()
    },
  }
}

test('what others report is served, and can be acted on', async () => {
  const { cache, url, close } = await served(true)
  const { page, troubles } = await visit(browser, url)
  await page.getByRole('heading', { name: 'shop', exact: true }).waitFor()
  const row = page.getByRole('table', { name: 'Processes' }).getByRole('row')
  expect(await row.filter({ hasText: `${process.pid}` }).count()).toBe(1)
  await page.getByLabel('Key', { exact: true }).fill('key')
  await page.getByRole('button', { name: 'Look up' }).click()
  await page.getByRole('button', { name: 'Delete this entry' }).click()
  await page.getByText('The entry is deleted').waitFor()
  expect(await cache.get('key')).toBe(undefined)
  expect(troubles).toEqual([])
  await page.close()
  await close()
})

test('it is for who knows the address, and for this machine', async () => {
  const { url, close } = await served(false)
  const { port, pathname } = new URL(url)
  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status
  expect(await status(pathname)).toBe(200)
  expect(await status('/')).toBe(403)
  expect(await status(`${pathname}more`)).toBe(403)
  const { request } = await import('node:http')
  const rebound = await new Promise((resolve) => {
    request({ port, path: pathname, headers: { host: 'evil.test' } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).end()
  })
  expect(rebound).toBe(403)
  expect(await (await fetch(url)).text()).toContain('data-access="read"')
  await close()
})

test('the command says where it listens, and runs until it is told to end', async () => {
  const interruption = new AbortController()
  let line = ''
  const onOutput = (text: string) => {
    line += text
    interruption.abort()
  }
  const args = ['dashboard', '--url', `redis://127.0.0.1:${redis.port}`, '--read-only', '--json']
  const { code } = await hotset(args, { interruption: interruption.signal, onOutput })
  expect(code).toBe(0)
  expect(JSON.parse(line)).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/),
  })
  expect((await hotset([...args, '--port', '70000'])).code).toBe(2)
})
