/** What the page's scripts have asked for, as the browser tells of it. */
export interface LaterRequest {
  readonly id: string
  readonly path: string
  readonly durationMs: number
}

const scripted = new Set(['fetch', 'xmlhttprequest', 'beacon'])

/**
 * Tells of each request of the page's scripts that the toolbar has seen on the server: its id comes with
 * the response (`Server-Timing`), which the browser keeps without anything of the page being wrapped.
 * It does so where there is TLS or localhost.
 */
export function followRequests(told: (request: LaterRequest) => void): void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
      if (!scripted.has(entry.initiatorType)) continue
      const id = entry.serverTiming?.find(({ name }) => name === 'hotset')?.description
      if (!id) continue
      const { pathname, search } = new URL(entry.name)
      told({ id, path: pathname + search, durationMs: entry.duration })
    }
  })
  observer.observe({ type: 'resource', buffered: true })
}
