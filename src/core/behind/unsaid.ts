import type { ChangeKind } from './bus-message.ts'

/** Most names that are kept apart; beyond, everything is said to have changed instead. */
const mostNames = 10_000

/** Words that the bus did not take, each once: to be said again when it does. */
export class Unsaid {
  /** The generation that all entries of the cache depend on. */
  readonly #everything: string
  readonly #keys = new Set<string>()
  readonly #marks = new Set<string>()

  constructor(everything: string) {
    this.#everything = everything
  }

  get size(): number {
    return this.#keys.size + this.#marks.size
  }

  add(kind: ChangeKind, names: readonly string[]): void {
    if (this.#marks.has(this.#everything)) return
    const known = kind === 'keys' ? this.#keys : this.#marks
    for (const name of names) known.add(name)
    if (this.size <= mostNames && !this.#marks.has(this.#everything)) return
    this.#keys.clear()
    this.#marks.clear()
    this.#marks.add(this.#everything)
  }

  /** All that there is, which is none of its concern any more. */
  take(): [ChangeKind, string[]][] {
    const words: [ChangeKind, string[]][] = []
    if (this.#keys.size > 0) words.push(['keys', [...this.#keys]])
    // Tags and generations are marks alike.
    if (this.#marks.size > 0) words.push(['clear', [...this.#marks]])
    this.#keys.clear()
    this.#marks.clear()
    return words
  }
}
