import type { Cancel, Clock } from '../contracts/clock.ts'

export interface BreakerOptions {
  readonly clock: Clock
  /** Failures in a row that open it. */
  readonly failures: number
  /** Milliseconds from its opening to the first probe; doubled after each that fails. */
  readonly firstPause: number
  /** Most milliseconds between two probes. */
  readonly longestPause: number
  /** Does what must be done before the others may go on; while it fails, the breaker stays open. */
  readonly probe: () => Promise<void>
  /** Told of each change between closed and open. */
  readonly onChange: (state: 'closed' | 'open') => void
}

/**
 * Keeps callers from something that does not answer: after some failures in a row it opens, and
 * nobody waits any more; a probe in the background finds out when it may close again (Nygard,
 * "Release It!", 2007). Probes are its own work, so that no caller's time is spent on them.
 */
export class Breaker {
  readonly #options: BreakerOptions
  #open = false
  #failures = 0
  #pause: number
  #cancel: Cancel | undefined
  #closed = false

  constructor(options: BreakerOptions) {
    this.#options = options
    this.#pause = options.firstPause
  }

  /** Whether callers may go on. */
  get passable(): boolean {
    return !this.#open
  }

  succeeded(): void {
    this.#failures = 0
  }

  /** `waited` is whether somebody's time was lost: once is enough. */
  failed(waited: boolean): void {
    if (waited || ++this.#failures >= this.#options.failures) this.open()
  }

  /** Opens it at once, whatever came before. */
  open(): void {
    if (this.#open) return
    this.#open = true
    this.#pause = this.#options.firstPause
    this.#options.onChange('open')
    this.#probeLater()
  }

  /** No probe is made any more. */
  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  #probeLater(): void {
    if (this.#closed) return
    const probe = () => void this.#probe()
    this.#cancel = this.#options.clock.schedule(this.#pause, probe, 'background')
    this.#pause = Math.min(this.#pause * 2, this.#options.longestPause)
  }

  async #probe(): Promise<void> {
    try {
      await this.#options.probe()
    } catch {
      this.#probeLater()
      return
    }
    this.#failures = 0
    this.#open = false
    this.#options.onChange('closed')
  }
}
