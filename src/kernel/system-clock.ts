import type { Cancel, Clock } from '../contracts/clock.ts'

/** setTimeout fires at once for anything longer, so longer waits are made in steps. */
const longest = 2 ** 31 - 1

export const systemClock: Clock = {
  now: Date.now,
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
