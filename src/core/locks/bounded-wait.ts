import type { Clock } from '../../contracts/clock.ts'

export interface BoundedWait {
  /** Aborted, with the reason, when the caller gives up or has waited long enough. */
  readonly signal: AbortSignal
  /** Nobody waits any more. */
  end(): void
}

/** How long one caller waits: `wait` milliseconds, whose end is that error, or until `signal`. */
export function boundWait(
  clock: Clock,
  wait: number,
  signal: AbortSignal | undefined,
  timeout: () => Error,
): BoundedWait {
  signal?.throwIfAborted()
  const controller = new AbortController()
  const giveUp = () => controller.abort(signal?.reason)
  const onTime = () => controller.abort(timeout())
  signal?.addEventListener('abort', giveUp)
  if (wait === 0) onTime()
  const isLimited = wait > 0 && wait !== Infinity
  const cancel = isLimited ? clock.schedule(wait, onTime, 'foreground') : undefined
  return {
    signal: controller.signal,
    end() {
      cancel?.()
      signal?.removeEventListener('abort', giveUp)
    },
  }
}
