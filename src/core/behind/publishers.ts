/** Most publishers that are remembered. */
const mostPublishers = 10_000

interface Heard {
  readonly sequence: number
  readonly at: number
}

/** Whom this process hears on the bus, and up to which number: so that a missing message shows. */
export class Publishers {
  /** Those that have been silent for longest come first. */
  readonly #heard = new Map<string, Heard>()
  /** Since when everything said should have been heard. */
  #since = Infinity
  /** Whether somebody was taken to have said nothing unheard, as nobody can know. */
  #guessed = false

  get count(): number {
    return this.#heard.size
  }

  /** From now on everything should be heard; what was said before is not missed. */
  begin(now: number): void {
    this.#heard.clear()
    this.#since = now
    this.#guessed = false
  }

  /**
   * Takes note of a message: a change has a number of its own, other messages have the number of
   * their publisher's last change. Answers whether changes may have been missed before it. Who was
   * there before `patience` milliseconds ago should have been heard of by now.
   */
  hear(
    origin: string,
    sequence: number,
    isChange: boolean,
    now: number,
    patience: number,
  ): boolean {
    const known = this.#heard.get(origin)
    const newcomer = known === undefined && now - this.#since <= patience
    const before = known?.sequence ?? (newcomer ? sequence : 0)
    if (newcomer && sequence > (isChange ? 1 : 0)) this.#guessed = true
    this.#heard.delete(origin)
    this.#heard.set(origin, { sequence: Math.max(before, sequence), at: now })
    if (this.#heard.size > mostPublishers) this.#forgetFirst()
    return sequence > before + (isChange ? 1 : 0)
  }

  /** It has said that there will be nothing more. */
  leave(origin: string): void {
    this.#heard.delete(origin)
  }

  /**
   * Answers, once, whether something may have been missed at the beginning: a change that was lost
   * before the first word of its publisher that was not.
   */
  settle(now: number, patience: number): boolean {
    if (!this.#guessed || now - this.#since <= patience) return false
    this.#guessed = false
    return true
  }

  /** Forgets who has not been heard for so many milliseconds; answers whether there was anybody. */
  forgetSilent(now: number, patience: number): boolean {
    let silent = false
    for (const [origin, { at }] of this.#heard) {
      if (now - at <= patience) break
      this.#heard.delete(origin)
      silent = true
    }
    return silent
  }

  #forgetFirst(): void {
    const [first] = this.#heard.keys()
    if (first !== undefined) this.#heard.delete(first)
  }
}
