import { type Sample, sampleOf } from '../sample.ts'
import type { DashboardState } from '../state.ts'

/** An hour of what is sampled every two seconds. */
const mostSamples = 1_800

/** What is known of the past of each process and cache: what was there when the page opened, and since. */
export class Histories {
  readonly #samples = new Map<string, readonly Sample[]>()
  /** Until when a process itself has told of its past. */
  readonly #seen = new Map<string, number>()

  add({ own, history, processes }: DashboardState): void {
    for (const [cache, told] of Object.entries(history)) {
      const [first, last] = [told[0], told.at(-1)]
      if (own === undefined || first === undefined || last === undefined) continue
      // It knows more than what others were told of it meanwhile.
      const before = this.of(own, cache).filter(({ at }) => at < first.at)
      this.#put(own, cache, [...before, ...told])
      this.#seen.set(own, Math.max(this.#seen.get(own) ?? 0, last.at))
    }
    for (const { id, caches } of processes) {
      if (id === own) continue
      for (const { at, inspection } of caches) {
        const known = this.of(id, inspection.name)
        if (at <= (known.at(-1)?.at ?? 0)) continue
        this.#put(id, inspection.name, [...known, sampleOf(at, inspection.stats)])
      }
    }
  }

  /** The oldest first. */
  of(process: string, cache: string): readonly Sample[] {
    return this.#samples.get(`${process}\0${cache}`) ?? []
  }

  /** For `?seen=`. */
  seen(): string {
    return [...this.#seen].map(([id, at]) => `${id}.${at}`).join(',')
  }

  #put(process: string, cache: string, samples: readonly Sample[]): void {
    this.#samples.set(`${process}\0${cache}`, samples.slice(-mostSamples))
  }
}
