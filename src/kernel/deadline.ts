import type { Clock } from '../contracts/clock.ts'

/** What `promise` settles to or, if that takes longer than `ms`, a rejection with `error()`. */
export function withDeadline<T>(
  promise: Promise<T>,
  ms: number,
  clock: Clock,
  error: () => Error,
): Promise<T> {
  if (ms === Infinity) return promise
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.schedule(ms, () => reject(error()), 'foreground')
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
