import type { PolicySetup } from '../contracts/policy.ts'
import type { SlotMap } from '../kernel/slot-map.ts'
import type { SlotColumn } from './slot-column.ts'

/**
 * What the policy of a tier sees of its slots. A class, as the compiler can tell objects of two
 * classes apart and have both at hand where a policy asks, which it cannot with functions.
 */
export class PolicyView implements PolicySetup {
  readonly maxEntries: number
  readonly maxWeight: number
  readonly seed: number
  readonly #table: SlotMap<unknown>
  readonly #weights: SlotColumn

  constructor(
    bounds: Pick<PolicySetup, 'maxEntries' | 'maxWeight' | 'seed'>,
    table: SlotMap<unknown>,
    weights: SlotColumn,
  ) {
    this.maxEntries = bounds.maxEntries
    this.maxWeight = bounds.maxWeight
    this.seed = bounds.seed
    this.#table = table
    this.#weights = weights
  }

  hashOf(slot: number): number {
    return this.#table.hashAt(slot)
  }

  weightOf(slot: number): number {
    return this.#weights.at(slot)
  }
}
