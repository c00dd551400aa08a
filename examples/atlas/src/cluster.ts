import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

/**
 * No cache at all, memory in each worker, memory in each worker before one shared store, or that and
 * whole pages in the same way.
 */
export type Caching = 'none' | 'memory' | 'shared' | 'pages'

export interface WorkerSettings {
  readonly caching: Caching
  /** Directory of the shared store. */
  readonly directory: string
  /** 0 lets the system choose. */
  readonly port: number
}

export type WorkerOrder = 'report' | 'stop'

/** What the cache of a worker, or of all of them, has done since it started. */
export interface Report {
  readonly loads: number
  readonly memoryHits: number
  readonly memoryMisses: number
  readonly storeHits: number
  readonly storeMisses: number
}

/** The site as it runs: several processes behind one port. */
export interface RunningSite {
  readonly url: string
  /** Sums over all workers since the start, a killed one's included up to its end. */
  report(): Promise<Report>
  /** Kills a worker with no warning; resolves when another has taken its place. */
  killWorker(): Promise<void>
  stop(): Promise<void>
}

export interface SiteOptions extends WorkerSettings {
  readonly workers: number
}

const nothing: Report = {
  loads: 0,
  memoryHits: 0,
  memoryMisses: 0,
  storeHits: 0,
  storeMisses: 0,
}

/** Starts the workers; resolves when all of them listen. */
export async function startSite({ workers, ...settings }: SiteOptions): Promise<RunningSite> {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('worker.js', import.meta.url)),
    args: [JSON.stringify(settings)],
  })
  /** Each worker, and when it has ended and another one has taken its place. */
  const running = new Map<Worker, Promise<void>>()
  let stopping = false
  let departed = nothing

  /** Starts a worker, and another whenever one ends that should not. */
  const startWorker = async (): Promise<number> => {
    const worker = cluster.fork()
    let port: number | undefined
    const replaced = once(worker, 'exit').then(async ([code, signal]) => {
      running.delete(worker)
      if (stopping) return
      if (port === undefined) {
        throw new Error(`A worker ended before it could listen (${signal ?? code})`)
      }
      await startWorker()
    })
    running.set(worker, replaced)
    const listening = once(worker, 'listening').then(([address]) => (address as AddressInfo).port)
    port = await Promise.race([listening, replaced.then(() => 0)])
    return port
  }

  const stop = async (): Promise<void> => {
    stopping = true
    for (const worker of running.keys()) worker.send('stop' satisfies WorkerOrder)
    await Promise.allSettled(running.values())
  }

  try {
    const [port] = await Promise.all(Array.from({ length: workers }, startWorker))
    return {
      url: `http://127.0.0.1:${port}`,
      async report() {
        return (await Promise.all([...running.keys()].map(ask))).reduce(add, departed)
      },
      async killWorker() {
        const [[worker, replaced] = []] = running
        if (!worker) return
        departed = add(departed, await ask(worker))
        worker.process.kill('SIGKILL')
        await replaced
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function ask(worker: Worker): Promise<Report> {
  const answered = once(worker, 'message').then(([report]) => report as Report)
  const exited = once(worker, 'exit').then(() => nothing)
  worker.send('report' satisfies WorkerOrder)
  return Promise.race([answered, exited])
}

function add(a: Report, b: Report): Report {
  return {
    loads: a.loads + b.loads,
    memoryHits: a.memoryHits + b.memoryHits,
    memoryMisses: a.memoryMisses + b.memoryMisses,
    storeHits: a.storeHits + b.storeHits,
    storeMisses: a.storeMisses + b.storeMisses,
  }
}
