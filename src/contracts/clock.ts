/** Time as an argument: everything that waits or compares instants is given one of these. */
export interface Clock {
  /** Milliseconds since the epoch. Instants that leave the process are written with it. */
  now(): number
  /**
   * As `now`, or an instant of this turn of the event loop, whichever is cheaper; for reads, which
   * may serve an entry to the end of the turn in which it expires. @default now
   */
  recent?(): number
  /** Milliseconds from some instant on, with fractions, for durations alone. @default now */
  precise?(): number
  /**
   * Calls `callback` once, `ms` milliseconds from now, and answers the function that prevents it.
   * A `'background'` timer (upkeep) does not keep the process alive; a `'foreground'` one (somebody
   * awaits it) does.
   */
  schedule(ms: number, callback: () => void, kind: TimerKind): Cancel
}

/** Whether somebody waits for a timer. */
export type TimerKind = 'foreground' | 'background'

/** Prevents what has been scheduled; calling it late or twice does nothing. */
export type Cancel = () => void
