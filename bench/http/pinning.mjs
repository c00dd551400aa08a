import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const cores = availableParallelism()

/** The last for whoever serves, which is one at a time, and others for those who ask. */
export const servingCore = cores - 1
export const askingCores = [Math.max(cores - 2, 0), Math.max(cores - 3, 0)]

/** Keeps this process and all that it starts on one core, where the system can do that. */
export function pinTo(core) {
  if (cores === 1) return
  try {
    execFileSync('taskset', ['-apc', `${core}`, `${process.pid}`], { stdio: 'ignore' })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}
