import { PerformanceObserver } from 'node:perf_hooks'

/** When the garbage collector ran; it is told of them a turn later. */
export class Collections {
  #entries = []

  constructor() {
    new PerformanceObserver((list) => this.#entries.push(...list.getEntries())).observe({
      entryTypes: ['gc'],
    })
  }

  /** How many of the milliseconds between two instants were collections. */
  within(start, end) {
    let sum = 0
    for (const { startTime, duration } of this.#entries) {
      sum += Math.max(0, Math.min(end, startTime + duration) - Math.max(start, startTime))
    }
    return sum
  }
}
