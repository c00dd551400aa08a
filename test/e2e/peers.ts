import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { CacheOptions } from '../../src/index.ts'

const program = fileURLToPath(new URL('../programs/cache-peer.mjs', import.meta.url))

/** A cache in another process, or in another thread of this one. */
export interface Peer {
  ask<T = unknown>(verb: string, ...args: unknown[]): Promise<T>
  /** Ends it at once, whatever it is doing. */
  kill(): Promise<void>
}

interface Reply {
  readonly id: number
  readonly answer?: unknown
  readonly error?: string
}

export function processPeer(options: CacheOptions): Peer {
  const child: ChildProcess = fork(program, [JSON.stringify({ options })], {
    serialization: 'advanced',
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return peer(
    (message) => void child.send(message),
    (receive) => child.on('message', receive),
    async () => {
      child.kill('SIGKILL')
      await ended
    },
  )
}

export function threadPeer(options: CacheOptions): Peer {
  const worker = new Worker(program, { workerData: { options } })
  return peer(
    (message) => worker.postMessage(message),
    (receive) => worker.on('message', receive),
    async () => void (await worker.terminate()),
  )
}

function peer(
  send: (message: object) => void,
  listen: (receive: (reply: Reply) => void) => void,
  kill: () => Promise<void>,
): Peer {
  const waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: Error) => void }
  >()
  let last = 0
  listen(({ id, answer, error }) => {
    const { resolve, reject } = waiting.get(id) ?? {}
    waiting.delete(id)
    if (error !== undefined) reject?.(new Error(error))
    else resolve?.(answer as never)
  })
  return {
    ask: (verb, ...args) =>
      new Promise((resolve, reject) => {
        last++
        waiting.set(last, { resolve, reject })
        send({ id: last, verb, args })
      }),
    kill,
  }
}
