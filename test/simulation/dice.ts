import { SplitMix } from '../../src/kernel/split-mix.ts'

/** Every decision that a simulated world takes by chance; alike for the same seed. */
export class Dice {
  readonly #numbers: SplitMix

  constructor(seed: number) {
    // Seeds that follow each other begin with numbers that do, too: not with the same ones shifted.
    this.#numbers = new SplitMix(Math.imul(seed, 0x85ebca6b) ^ 0x2545f491)
  }

  below(bound: number): number {
    return this.#numbers.below(bound)
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True so many times in a hundred. */
  percent(share: number): boolean {
    return this.below(100) < share
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }
}
