/** Upper bounds in seconds: from what a local query takes to what nobody should wait for. */
export const secondBounds: readonly number[] = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
]

/** How often something took how long. */
export class Buckets {
  /** How many took at most as long as each bound and longer than the one before; then the rest. */
  readonly counts: number[] = [...secondBounds, Infinity].map(() => 0)
  sum = 0
  count = 0

  add(seconds: number): void {
    const index = secondBounds.findIndex((bound) => seconds <= bound)
    const at = index === -1 ? secondBounds.length : index
    this.counts[at] = (this.counts[at] as number) + 1
    this.sum += seconds
    this.count++
  }
}
