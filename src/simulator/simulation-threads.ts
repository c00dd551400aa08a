import { Worker } from 'node:worker_threads'
import type { Replay } from './replay.ts'
import type { SimulatedCell } from './simulated-cell.ts'
import type { Trace } from './trace.ts'

/** What a thread says: how far it is, or what came of the run it was given. */
export type ThreadMessage = { readonly accesses: number } | { readonly replay: Replay }

/** Runs the cells in `count` threads, each of which is given the next one when it is done with one. */
export async function runInThreads(
  trace: Trace,
  cells: readonly SimulatedCell[],
  count: number,
  onProgress: (accesses: number) => void,
): Promise<Replay[]> {
  const replays: Replay[] = []
  let next = 0
  const workers = Array.from({ length: count }, () => startThread(trace))

  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let index = 0
      const give = () => {
        index = next++
        if (index < cells.length) worker.postMessage(cells[index])
        else resolve()
      }
      worker.on('error', reject)
      worker.on('exit', () => reject(new Error('A thread of the simulator ended before its work')))
      worker.on('message', (message: ThreadMessage) => {
        if ('accesses' in message) return onProgress(message.accesses)
        replays[index] = message.replay
        give()
      })
      give()
    })

  try {
    await Promise.all(workers.map(work))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return replays
}

function startThread(trace: Trace): Worker {
  return new Worker(new URL('./simulation-thread.js', import.meta.url), { workerData: trace })
}
