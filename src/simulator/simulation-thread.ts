import { parentPort, workerData } from 'node:worker_threads'
import { cellRunner, type SimulatedCell } from './simulated-cell.ts'
import type { ThreadMessage } from './simulation-threads.ts'

/** A thread of the simulator: takes a cell, answers its replay. Started by `runInThreads`. */
const say = (message: ThreadMessage) => parentPort?.postMessage(message)
const run = cellRunner(workerData, (accesses) => say({ accesses }))
parentPort?.on('message', (cell: SimulatedCell) => say({ replay: run(cell) }))
