import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'

/** Without a sandbox, which root may not have, and without what asks the network for anything. */
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
]

export interface Opened {
  readonly page: Page
  /** Errors and warnings in the console, and what scripts of the page threw. */
  readonly complaints: readonly string[]
}

/** Opens pages in the system's Chromium, each as if nobody had opened one before. */
export function useChromium(): (options?: BrowserContextOptions) => Promise<Opened> {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
  })
  afterAll(() => browser.close())
  return async (options = {}) => {
    const context = await browser.newContext(options)
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(`${error}`))
    return { page, complaints }
  }
}
