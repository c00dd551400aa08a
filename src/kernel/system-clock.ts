import type { Cancel, Clock } from '../contracts/clock.ts'
import { createRecentInstants } from './recent-instants.ts'

/** setTimeout fires at once for anything longer, so longer waits are made in steps. */
const longest = 2 ** 31 - 1
/** In workerd an end of a turn may never come: what a request waits for ends with the request. */
const inWorkerd =
  (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent ===
  'Cloudflare-Workers'

export const systemClock: Clock = {
  now: () => Date.now(),
  recent: createRecentInstants(
    () => Date.now,
    !inWorkerd && typeof setImmediate === 'function' ? setImmediate : undefined,
  ),
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
