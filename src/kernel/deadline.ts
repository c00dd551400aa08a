import type { Clock } from '../contracts/clock.ts'

/** Milliseconds, the last of the time that there is, which begin only when a timer has run. */
const grace = 20

/**
 * What `promise` settles to or, if that takes longer than `ms`, a rejection with `error()`. When this
 * process did not get to run for a while, the answer may be there but not read yet: timers run
 * first. So the last part of the time is measured from the end of the others.
 */
export function withDeadline<T>(
  promise: Promise<T>,
  ms: number,
  clock: Clock,
  error: () => Error,
): Promise<T> {
  if (ms === Infinity) return promise
  return new Promise<T>((resolve, reject) => {
    const last = Math.min(grace, ms / 2)
    let cancel = clock.schedule(
      ms - last,
      () => {
        cancel = clock.schedule(last, () => reject(error()), 'foreground')
      },
      'foreground',
    )
    promise.then(
      (value) => {
        cancel()
        resolve(value)
      },
      (reason) => {
        cancel()
        reject(reason)
      },
    )
  })
}
