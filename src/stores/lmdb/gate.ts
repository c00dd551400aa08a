import { randomInt } from 'node:crypto'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { codeOf } from '../../kernel/error-code.ts'
import { StoreError } from '../../kernel/errors.ts'

/** Length of the file: places of 8 bytes for those who want quiet, of 4 bytes for those who write. */
export const gateBytes = 65_536
const callers = 256
const writersAt = 8 * callers
const writers = (gateBytes - writersAt) / 4

/** Whoever wants quiet for longer than this has died. */
const quietMs = 2000
/** Whoever still writes after this has been stopped, and keeps everybody from opening and writing. */
const patienceMs = 1000
/** In real time, in which other processes get on, whatever the clock of the store. */
const pauseMs = 1

/** The same in all processes of the machine. */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

/**
 * Keeps commits and the opening of the file apart. LMDB looks, as it opens, which transaction was the
 * last, and soon after tells everybody: another one that was committed in between is lost, and its
 * pages are given away twice.
 *
 * Whoever writes says so in its place and then looks whether quiet is wanted; whoever opens wants
 * quiet and then looks whether somebody writes. So one of two sees the other. Places are chosen at
 * random; that those of two who are about to meet are the same is not to be expected.
 */
export class Gate {
  readonly #file: number
  readonly #random: (limit: number) => number
  readonly #place: number
  readonly #self = Uint32Array.of(process.pid)
  readonly #nobody = Uint32Array.of(0)
  readonly #calls = new Float64Array(callers)

  constructor(path: string, random: (limit: number) => number = randomInt) {
    this.#file = openSync(path, 'r+')
    this.#random = random
    this.#place = writersAt + 4 * random(writers)
  }

  /** Resolves when this thread may write: at once, unless the file is being opened. */
  async enter(): Promise<void> {
    writeSync(this.#file, this.#self, 0, 4, this.#place)
    while (this.#isQuietWanted()) {
      this.leave()
      await setTimeout(pauseMs)
      writeSync(this.#file, this.#self, 0, 4, this.#place)
    }
  }

  leave(): void {
    writeSync(this.#file, this.#nobody, 0, 4, this.#place)
  }

  /** Runs `act` while nobody writes; rejects where a process that was stopped does not end to. */
  async quietly<T>(act: () => T): Promise<T> {
    const place = 8 * this.#random(callers)
    const until = now() + patienceMs
    writeSync(this.#file, Float64Array.of(now() + quietMs), 0, 8, place)
    try {
      while (this.#doesAnybodyWrite()) {
        if (now() > until) throw new StoreError('A process that was stopped keeps the file locked')
        await setTimeout(pauseMs)
      }
      return act()
    } finally {
      writeSync(this.#file, Float64Array.of(0), 0, 8, place)
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  #isQuietWanted(): boolean {
    readSync(this.#file, this.#calls, 0, writersAt, 0)
    return this.#calls.some((until) => until > 0 && until > now())
  }

  #doesAnybodyWrite(): boolean {
    const pids = new Uint32Array(writers)
    readSync(this.#file, pids, 0, 4 * writers, writersAt)
    return pids.some((pid, i) => {
      if (pid === 0) return false
      if (isAlive(pid)) return true
      writeSync(this.#file, this.#nobody, 0, 4, writersAt + 4 * i)
      return false
    })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}
