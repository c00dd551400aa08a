import type { Clock } from '../../contracts/clock.ts'

/** Keys that something has been noted of; the oldest are forgotten. */
const mostKeys = 1000

/** Keys of which something was noted less than a while ago. */
export class RecentKeys {
  readonly #clock: Clock
  readonly #while: number
  readonly #notedAt = new Map<string, number>()

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#while = ms
  }

  add(key: string): void {
    this.#notedAt.delete(key)
    this.#notedAt.set(key, this.#clock.now())
    const [oldest] = this.#notedAt.keys()
    if (this.#notedAt.size > mostKeys && oldest !== undefined) this.#notedAt.delete(oldest)
  }

  has(key: string): boolean {
    const at = this.#notedAt.get(key)
    return at !== undefined && this.#clock.now() - at < this.#while
  }
}
