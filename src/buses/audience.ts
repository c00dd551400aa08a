import type { BusListener } from '../contracts/bus.ts'
import type { Bytes } from '../contracts/store.ts'

/**
 * The listeners of a bus. All of them are told everything in one order, also when one of them
 * publishes, polls or unsubscribes while it is being told: hence news is noted first, then delivered.
 */
export class Audience implements BusListener {
  readonly #seats = new Set<{ readonly listener: BusListener }>()
  #news: ((listener: BusListener) => void)[] = []
  #delivering = false

  get size(): number {
    return this.#seats.size
  }

  /** Answers what removes the listener again, which is told nothing more from then on. */
  add(listener: BusListener): () => void {
    const seat = { listener }
    this.#seats.add(seat)
    return () => void this.#seats.delete(seat)
  }

  message(bytes: Bytes): void {
    this.#news.push((listener) => listener.message(bytes))
  }

  gap(reason: string): void {
    this.#news.push((listener) => listener.gap(reason))
  }

  deliver(): void {
    if (this.#delivering) return
    this.#delivering = true
    try {
      while (this.#news.length > 0) {
        const news = this.#news
        this.#news = []
        for (const tell of news) for (const { listener } of this.#seats) tell(listener)
      }
    } finally {
      this.#delivering = false
    }
  }

  clear(): void {
    this.#seats.clear()
  }
}
