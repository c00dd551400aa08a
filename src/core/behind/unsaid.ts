import type { BusMessage, ChangeKind } from './bus-message.ts'

/** Most names that are kept apart; beyond, everything is said to have changed instead. */
const mostNames = 10_000

/** Words that the bus did not take, each name once: to be said again when it does. */
export class Unsaid {
  /** The generation that all entries of the cache depend on. */
  readonly #everything: string
  readonly #keys = new Set<string>()
  /** Tags and generations, which are marks alike. */
  readonly #marks = new Set<string>()

  constructor(everything: string) {
    this.#everything = everything
  }

  add(kind: BusMessage['kind'], names: readonly string[]): void {
    const known = kind === 'keys' ? this.#keys : this.#marks
    for (const name of names) known.add(name)
    if (this.#keys.size + this.#marks.size <= mostNames) return
    this.take()
    this.#marks.add(this.#everything)
  }

  /** All that there is, which is none of its concern any more. */
  take(): (readonly [ChangeKind, readonly string[]])[] {
    const keys = [...this.#keys]
    const marks = [...this.#marks]
    this.#keys.clear()
    this.#marks.clear()
    return [
      ['keys', keys],
      ['clear', marks],
    ]
  }
}
