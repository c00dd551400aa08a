/** How often an instant is given again before the time is asked for, within a turn of the event loop. */
const repeats = 32
/** Calls in a turn from which noticing its end pays, */
const worthwhile = 8
/** and how often the time is asked for each time after a turn in which it did not. */
const exactCalls = 256

/**
 * Asking for the time costs more than a lookup in memory: within a turn it is asked for rarely. But
 * noticing the end of a turn costs more than that: who asks once a turn, as a server does that answers
 * one request in each, is told the time each time. Always ask where turns cannot be told apart (no
 * `atTurnsEnd`), and while a test has put another clock in place: `clock` answers the one there is.
 */
export function createRecentInstants(
  clock: () => () => number,
  atTurnsEnd: ((callback: () => void) => void) | undefined,
): () => number {
  const itsOwn = clock()
  let instant = 0
  let left = 0
  let turnEnds = false
  let exactLeft = 0
  let calls = 0

  return () => {
    if (left === 0 || clock() !== itsOwn) refresh()
    left--
    return instant
  }

  function refresh(): void {
    instant = clock()()
    left = 1
    if (atTurnsEnd === undefined || clock() !== itsOwn) return
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
}
