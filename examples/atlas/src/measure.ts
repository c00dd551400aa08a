import { type Caching, type Report, type RunningSite, startSite } from './cluster.ts'
import { type Replay, replay } from './driver.ts'
import type { Progress } from './progress.ts'

/** One replay of the trace, and what the caches of the site did in it. */
export interface Phase extends Replay {
  readonly name: string
  readonly requestsPerSecond: number
  /** How often a page's content was computed. */
  readonly loads: number
  /** Share of a tier's reads that it answered; null where it was not asked. */
  readonly memoryHitRate: number | null
  readonly storeHitRate: number | null
}

export interface Measurement {
  readonly workers: number
  readonly connections: number
  /** Different pages among the requests of every phase but the first, which may be shorter. */
  readonly distinctPages: number
  readonly phases: readonly Phase[]
  /** Loads that memory alone made and the shared store did not, for the same requests. */
  readonly duplicatesAvoided: number
  /** Pages that did not have to be loaded again after the restart. */
  readonly survived: number
  /** Requests per second over those without a cache: the shared store while it fills, full, restarted; whole pages. */
  readonly timesFaster: {
    readonly filling: number
    readonly warm: number
    readonly afterRestart: number
    readonly pages: number
  }
}

export interface MeasureOptions {
  readonly paths: readonly string[]
  /** Replays all of `paths` in every phase, however long that takes. */
  readonly complete: boolean
  /** Directory of the shared store, empty. */
  readonly directory: string
  readonly port: number
  readonly progress: Progress
  readonly signal: AbortSignal
}

interface PhaseOptions {
  /** Ends the replay after so many seconds, unless it is to be complete. */
  readonly seconds?: number
  /** Done while the second half is replayed. */
  readonly atHalf?: () => Promise<void>
}

const workers = 4
const connections = 3 * workers

/** Seconds after which a replay ends where it is; the later phases replay what the second did. */
const limits = { none: 10, memory: 18 }

/** Replays the trace against each kind of cache; the last site is left running, its store warm. */
export async function measure(
  options: MeasureOptions,
): Promise<{ measurement: Measurement; site: RunningSite }> {
  const { paths, complete, directory, port, progress, signal } = options
  const pages = new Map<string, string>()

  const start = (caching: Caching): Promise<RunningSite> => {
    signal.throwIfAborted()
    return startSite({ workers, port, caching, directory })
  }
  const phase = async (
    name: string,
    site: RunningSite,
    requests: readonly string[],
    { seconds, atHalf }: PhaseOptions = {},
  ): Promise<Phase> => {
    const before = await site.report()
    let reachHalf = (): void => {}
    const half = new Promise<void>((resolve) => {
      reachHalf = resolve
    })
    const replaying = replay({
      url: site.url,
      paths: requests,
      connections,
      seconds: complete ? undefined : seconds,
      pages,
      signal,
      onProgress: (share) => {
        progress.show(name, share)
        if (share >= 0.5) reachHalf()
      },
    })
    const [result] = await Promise.all([replaying, half.then(atHalf)])
    return describe(name, result, before, await site.report())
  }

  const none = await whileRunning(await start('none'), (site) =>
    phase('no cache', site, paths, { seconds: limits.none }),
  )
  const memory = await whileRunning(await start('memory'), (site) =>
    phase('memory alone', site, paths, { seconds: limits.memory }),
  )
  const requests = paths.slice(0, memory.requests)
  const [shared, killed] = await whileRunning(await start('shared'), async (site) => {
    const filled = await phase('shared store', site, requests)
    const survived = await phase('a worker killed', site, requests, { atHalf: site.killWorker })
    return [filled, survived] as const
  })
  const restarted = await whileRunning(await start('shared'), (site) =>
    phase('after the restart', site, requests),
  )
  const site = await start('pages')
  try {
    const filling = await phase('pages, filling', site, requests)
    const whole = await phase('whole pages', site, requests)
    const distinctPages = new Set(requests).size
    return {
      site,
      measurement: {
        workers,
        connections,
        distinctPages,
        phases: [none, memory, shared, killed, restarted, filling, whole],
        duplicatesAvoided: memory.loads - shared.loads,
        survived: distinctPages - restarted.loads,
        timesFaster: {
          filling: shared.requestsPerSecond / none.requestsPerSecond,
          warm: killed.requestsPerSecond / none.requestsPerSecond,
          afterRestart: restarted.requestsPerSecond / none.requestsPerSecond,
          pages: whole.requestsPerSecond / none.requestsPerSecond,
        },
      },
    }
  } catch (error) {
    await site.stop()
    throw error
  }
}

async function whileRunning<T>(
  site: RunningSite,
  use: (site: RunningSite) => Promise<T>,
): Promise<T> {
  try {
    return await use(site)
  } finally {
    await site.stop()
  }
}

function describe(name: string, replayed: Replay, before: Report, after: Report): Phase {
  const during = (counter: keyof Report): number => after[counter] - before[counter]
  const rate = (hits: number, misses: number): number | null =>
    hits + misses === 0 ? null : hits / (hits + misses)
  return {
    name,
    ...replayed,
    requestsPerSecond: replayed.requests / replayed.seconds,
    loads: during('loads'),
    memoryHitRate: rate(during('memoryHits'), during('memoryMisses')),
    storeHitRate: rate(during('storeHits'), during('storeMisses')),
  }
}
