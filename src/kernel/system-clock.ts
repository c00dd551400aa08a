import type { Cancel, Clock } from '../contracts/clock.ts'

/** setTimeout fires at once for anything longer, so longer waits are made in steps. */
const longest = 2 ** 31 - 1
/** How often an instant is given again before the time is asked for, within a turn of the event loop. */
const repeats = 32
/** Calls in a turn from which noticing its end pays, */
const worthwhile = 8
/** and how often the time is asked for each time after a turn in which it did not. */
const exactCalls = 256
/** The runtime's own, whatever a test puts in their place later. */
const systemNow = Date.now
/** In workerd it may never come: what a request waits for ends with the request. */
const inWorkerd =
  (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent ===
  'Cloudflare-Workers'
const atTurnsEnd = !inWorkerd && typeof setImmediate === 'function' ? setImmediate : undefined

let instant = 0
let left = 0
let turnEnds = false
let exactLeft = 0
let calls = 0

export const systemClock: Clock = {
  now: () => Date.now(),
  recent() {
    if (left === 0 || Date.now !== systemNow) refresh()
    left--
    return instant
  },
  precise: () => performance.now(),
  schedule(ms, callback, kind): Cancel {
    let timer: ReturnType<typeof setTimeout>
    const arm = (left: number) => {
      timer =
        left > longest
          ? setTimeout(() => arm(left - longest), longest)
          : setTimeout(callback, Math.max(0, left))
      if (kind === 'background' && typeof timer === 'object') timer.unref?.()
    }
    arm(ms)
    return () => clearTimeout(timer)
  },
}

/**
 * Asking for the time costs more than a lookup in memory: within a turn it is asked for rarely. But
 * noticing the end of a turn costs more than that: who asks once a turn, as a server does that answers
 * one request in each, is told the time each time.
 */
function refresh(): void {
  instant = Date.now()
  left = 1
  // Where turns cannot be told apart, or a test has put a clock of its own in place, always ask.
  if (atTurnsEnd === undefined || Date.now !== systemNow) return
  if (exactLeft > 0) {
    exactLeft--
    return
  }
  left = repeats
  calls += repeats
  if (turnEnds) return
  turnEnds = true
  atTurnsEnd(() => {
    if (calls - left < worthwhile) exactLeft = exactCalls
    turnEnds = false
    calls = left = 0
  })
}
