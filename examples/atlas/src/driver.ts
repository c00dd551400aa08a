import { createHash } from 'node:crypto'
import { Agent, get } from 'node:http'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'

export interface Replay {
  readonly requests: number
  readonly seconds: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Requests that were sent again because they got no page, as when their connection broke. */
  readonly retried: number
  /** Requests that got no page the second time either. */
  readonly failed: number
  /** Pages that were not what the same address had answered first. */
  readonly wrong: number
}

export interface ReplayOptions {
  readonly url: string
  readonly paths: readonly string[]
  /** Connections that are kept busy, each with one request at a time. */
  readonly connections: number
  /** Sends nothing more after so many seconds. @default none */
  readonly seconds?: number | undefined
  /** Digest of the first page that each address answered; filled and compared. */
  readonly pages: Map<string, string>
  /** Told which share of the work is done, 0 to 1. */
  readonly onProgress: (share: number) => void
  readonly signal: AbortSignal
}

/** Sends the requests, in order, as fast as the site answers them. */
export async function replay(options: ReplayOptions): Promise<Replay> {
  const { url, paths, connections, seconds = Infinity, pages, onProgress, signal } = options
  const latency = createHistogram()
  const count = { requests: 0, retried: 0, failed: 0, wrong: 0 }
  const start = performance.now()
  const elapsed = (): number => (performance.now() - start) / 1000
  let next = 0

  const request = async (path: string, agent: Agent): Promise<void> => {
    const sent = performance.now()
    const again = async (): Promise<string> => {
      count.retried++
      await setTimeout(pause)
      return fetchPage(url + path, agent, patience.second)
    }
    const page = await fetchPage(url + path, agent, patience.first)
      .catch(again)
      .catch(() => undefined)
    latency.record(Math.max(1, Math.round((performance.now() - sent) * 1000)))
    count.requests++
    if (page === undefined) count.failed++
    else if (pages.has(path)) count.wrong += pages.get(path) === page ? 0 : 1
    else pages.set(path, page)
    onProgress(Math.max(count.requests / paths.length, elapsed() / seconds))
  }

  const more = (): boolean => next < paths.length && elapsed() < seconds && !signal.aborted
  const lane = async (): Promise<void> => {
    while (more()) {
      // A visitor's connection ends after some pages: so the workers share the load anew.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (let visit = 0; visit < 50 && more(); visit++) await request(paths[next++] ?? '/', agent)
      agent.destroy()
    }
  }

  await Promise.all(Array.from({ length: connections }, lane))
  signal.throwIfAborted()
  return {
    ...count,
    seconds: elapsed(),
    p50: latency.percentile(50) / 1000,
    p99: latency.percentile(99) / 1000,
  }
}

/** Milliseconds before a failed request is sent again. */
const pause = 50
/**
 * Milliseconds without an answer after which a request has failed, the first time and the second:
 * a connection that was handed to a dying worker never gets one, a busy machine may take its time.
 */
const patience = { first: 2000, second: 30_000 }

/** Answers a digest of the page. Rejects when the connection breaks or the status is not 200. */
function fetchPage(address: string, agent: Agent, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(address, { agent, timeout }, (response) => {
      const digest = createHash('sha256')
      response.on('data', (chunk: Buffer) => digest.update(chunk))
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200) resolve(digest.digest('base64'))
        else reject(new Error(`Status ${response.statusCode}`))
      })
    })
    request.on('timeout', () => request.destroy(new Error('No answer')))
    request.on('error', reject)
  })
}
