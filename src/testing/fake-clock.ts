import type { Cancel, Clock } from '../contracts/clock.ts'

/** A clock that goes when a test says so. */
export interface FakeClock extends Clock {
  /** Moves time on; timers that fall due run in order, each at its own instant. */
  advance(ms: number): void
  /** Moves time on at once, as while a machine sleeps: timers that fall due run afterwards, once. */
  jump(ms: number): void
  /** As `advance`, letting promises settle before, between and after timers. */
  pass(ms: number): Promise<void>
  /** Timers that are still to run, of one kind or all. */
  pending(kind?: 'foreground' | 'background'): number
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
  readonly kind: 'foreground' | 'background'
}

/** A clock that moves only when it is told to. */
export function fakeClock(start = 1_700_000_000_000): FakeClock {
  let now = start
  let order = 0
  const timers = new Set<Timer>()
  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) {
      if (timer.at > until) continue
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) {
        first = timer
      }
    }
    return first
  }
  const run = (timer: Timer) => {
    timers.delete(timer)
    now = Math.max(now, timer.at)
    timer.callback()
  }
  return {
    now: () => now,
    schedule(ms, callback, kind): Cancel {
      const timer = { at: now + Math.max(0, ms), order: order++, callback, kind }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(ms) {
      const end = now + ms
      for (let timer = next(end); timer; timer = next(end)) run(timer)
      now = end
    },
    jump(ms) {
      const due = [...timers].filter(({ at }) => at <= now + ms)
      now += ms
      for (const timer of due.sort((a, b) => a.at - b.at || a.order - b.order)) {
        if (timers.has(timer)) run(timer)
      }
    },
    async pass(ms) {
      const end = now + ms
      await settle()
      for (let timer = next(end); timer; timer = next(end)) {
        run(timer)
        await settle()
      }
      now = end
      await settle()
    },
    pending: (kind) => [...timers].filter((timer) => !kind || timer.kind === kind).length,
  }
}

/** Lets every promise that can settle without a timer or I/O settle. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}
