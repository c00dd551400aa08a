import { randomBytes } from 'node:crypto'
import * as files from 'node:fs'
import { resolve } from 'node:path'
import type { Bus } from '../contracts/bus.ts'
import type { Cancel, Clock } from '../contracts/clock.ts'
import { BusError } from '../kernel/errors.ts'
import { expectInteger, expectOptions, expectString, invalid } from '../kernel/expect.ts'
import { bytes } from '../kernel/size.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { Audience } from './audience.ts'
import { doorbell } from './doorbell.ts'
import { maxPayload } from './frame.ts'
import { SharedLog } from './shared-log.ts'

/** To ask a clock costs more than the rest of a poll in vain, so one in so many does. */
const pollsPerClock = 16

/**
 * Advances when a turn in which a bus was polled ends, and when this thread publishes: what a bus
 * has read in this very moment is all that anybody in this thread can know to be published.
 */
let moment = 0
const pass = () => {
  moment++
}

/** Where the log of changes is, and how large it may grow. */
export interface LocalBusOptions {
  /**
   * Directory of the log, on a local file system; made where it is missing, for this user alone.
   * All who name it share the bus.
   */
  readonly directory: string
  /** Size from which a file of the log is followed by the next; three are kept. At least 4 KB. @default '4mb' */
  readonly maxBytes?: number | string | undefined
  /**
   * Lets the file system wake the process for a message. Where it cannot, as on some mounts of
   * containers, the log is read every 25 ms instead. @default true
   */
  readonly watch?: boolean | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set(['directory', 'maxBytes', 'watch', 'clock'])

/**
 * A bus for the processes and threads of one machine, without a server: they share a log, to which
 * each message, of up to 64 KB, is one append. Messages are delivered by `poll`, by `publish`, and
 * soon after they were published. When an instance has several files to catch up with, or cannot
 * read the log (then at every poll), its listeners are told of a gap.
 *
 * `poll` reads the log at its first call in a turn of the event loop, and again after a publish of
 * this thread or once the clock has moved on by a millisecond; otherwise it costs next to nothing.
 * That is enough: whatever reaches a program from outside begins a turn, so nothing that it can know
 * of in this turn is missing from what the turn read first. Only a program that hears from others
 * without leaving the turn (`execSync`, `Atomics.wait`) may be ahead of its log, by a millisecond or
 * sixteen polls, whichever takes longer.
 */
export function localBus(options: LocalBusOptions): Bus {
  expectOptions('localBus', options, known)
  const directory = resolve(expectString('directory', options.directory))
  const maxBytes = bytes('maxBytes', options.maxBytes ?? '4mb')
  expectInteger('maxBytes', maxBytes, 4096, Number.MAX_SAFE_INTEGER)
  const watching = options.watch ?? true
  if (typeof watching !== 'boolean') throw invalid('watch', 'true or false', watching)
  const clock = options.clock ?? systemClock

  const audience = new Audience()
  let log: SharedLog | undefined
  let silence: Cancel | undefined
  let closed = false
  let heardAt = -1
  let millisecond = 0
  let pollsLeft = 0

  const failed = (what: string, cause: unknown) =>
    new BusError(`The local bus in ${directory} cannot ${what}: ${cause}`, { cause })
  /** Does something with the log, which is opened at first use, and tells what came to light. */
  const use = (what: string, act: (log: SharedLog) => void) => {
    if (closed) throw new BusError(`The local bus in ${directory} is closed`)
    try {
      log ??= new SharedLog({ directory, maxBytes, origin: randomBytes(4).readUInt32LE(), files })
      act(log)
    } catch (cause) {
      throw failed(what, cause)
    } finally {
      audience.deliver()
    }
  }
  const hear = (recover: boolean) => {
    try {
      log?.read(audience)
      if (recover) log?.recover(audience)
    } catch (cause) {
      audience.gap(failed('be read', cause).message)
    }
    audience.deliver()
  }

  return {
    name: 'local',
    async publish(message) {
      if (message.length > maxPayload) {
        throw new BusError(
          `A message of the local bus may have ${maxPayload} bytes, got ${message.length}`,
        )
      }
      pass()
      use('publish', (log) => log.append(message, audience))
    },
    async subscribe(listener) {
      use('be read', (log) => log.read(audience))
      const leave = audience.add(listener)
      silence ??= doorbell(directory, watching, clock, () => hear(true))
      return async () => {
        leave()
        if (audience.size > 0) return
        silence?.()
        silence = undefined
      }
    },
    poll() {
      if (heardAt === moment && --pollsLeft > 0) return
      if (audience.size === 0) return
      const now = clock.now()
      pollsLeft = pollsPerClock
      if (heardAt === moment && now === millisecond) return
      if (heardAt !== moment) process.nextTick(pass)
      heardAt = moment
      millisecond = now
      hear(false)
    },
    async close() {
      closed = true
      audience.clear()
      silence?.()
      silence = undefined
      log?.close()
      log = undefined
    },
  }
}
