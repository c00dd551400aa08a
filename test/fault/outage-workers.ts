import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CacheOptions } from '../../src/index.ts'

const program = fileURLToPath(new URL('../programs/outage-worker.mjs', import.meta.url))
const count = 4
/** Room for a number for each key that they know. */
const truthBytes = 4096

/** What the processes' stores are, and where: a URL, or a list of servers. */
export interface Behind {
  readonly kind: 'redis' | 'node-redis' | 'ioredis' | 'memcached' | 'sql'
  /** By what they hear of each other, if they do. */
  readonly bus?: 'pubsub' | 'tracking' | undefined
  readonly at: string
}

/** Four processes, each with a cache over the same store. */
export interface OutageWorkers {
  /** Asks all at once, and answers in their order. */
  ask<T = unknown>(verb: string, ...args: unknown[]): Promise<T[]>
  /** Ends them, at once. */
  end(): Promise<void>
}

interface Worker {
  ask<T>(verb: string, args: unknown[]): Promise<T>
  end(): Promise<void>
}

interface Reply {
  readonly id: number
  readonly answer?: never
  readonly error?: string
}

export function startWorkers(behind: Behind, options: CacheOptions = {}): OutageWorkers {
  const directory = mkdtempSync(join(tmpdir(), 'hotset-outage-'))
  const truth = join(directory, 'truth')
  writeFileSync(truth, new Uint8Array(truthBytes))
  const workers = Array.from({ length: count }, (_, worker) =>
    startWorker({ ...behind, options, truth, worker, workers: count }),
  )
  return {
    ask: (verb, ...args) => Promise.all(workers.map((worker) => worker.ask<never>(verb, args))),
    async end() {
      for (const worker of workers) await worker.end()
      rmSync(directory, { recursive: true })
    },
  }
}

function startWorker(setup: object): Worker {
  const child = fork(program, [JSON.stringify(setup)])
  const ended = once(child, 'exit')
  const calls = new Map<
    number,
    { resolve: (answer: never) => void; reject: (error: Error) => void }
  >()
  let last = 0
  child.on('message', (reply) => {
    const { id, answer, error } = reply as Reply
    const call = calls.get(id)
    calls.delete(id)
    if (error === undefined) call?.resolve(answer as never)
    else call?.reject(new Error(error))
  })
  child.on('exit', (code, signal) => {
    for (const { reject } of calls.values()) reject(new Error(`It ended: ${signal ?? code}`))
    calls.clear()
  })
  return {
    ask: (verb, args) =>
      new Promise((resolve, reject) => {
        const id = ++last
        calls.set(id, { resolve, reject })
        child.send({ id, verb, args }, (error) => error && reject(error))
      }),
    async end() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
