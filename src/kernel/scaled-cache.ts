import type { Policy, PolicyFactory, PolicySetup } from '../contracts/policy.ts'

/**
 * A cache of nothing but hashes, whose entries a policy chooses: what the policy would keep, without
 * what it is kept for. Keys of one hash are one entry. An access allocates nothing.
 */
export class ScaledCache implements PolicySetup {
  readonly maxEntries: number
  readonly maxWeight: number = Infinity
  readonly seed: number
  readonly #policy: Policy
  readonly #hashes: Int32Array
  /** The first slot of each bucket, plus 1, and the next of each slot, plus 1; 0 is none. */
  readonly #heads: Int32Array
  readonly #next: Int32Array
  #size = 0
  /** The slot that the next entry takes. There is one more than entries: the newest may be evicted. */
  #free = 0

  constructor(policy: PolicyFactory, capacity: number, seed: number) {
    const slots = capacity + 1
    this.maxEntries = capacity
    this.seed = seed
    this.#hashes = new Int32Array(slots)
    this.#heads = new Int32Array(2 ** Math.ceil(Math.log2(slots)))
    this.#next = new Int32Array(slots)
    this.#policy = policy(this)
    this.#policy.reserve(slots)
  }

  hashOf(slot: number): number {
    return this.#hashes[slot] as number
  }

  weightOf(): number {
    return 1
  }

  /** Reads the entry, which is put there if it is not; answers whether it was. */
  access(hash: number): boolean {
    const bucket = hash & (this.#heads.length - 1)
    const first = this.#heads[bucket] as number
    for (let node = first; node !== 0; node = this.#next[node - 1] as number) {
      if (this.#hashes[node - 1] !== hash) continue
      this.#policy.hit(node - 1)
      return true
    }
    const slot = this.#free
    this.#hashes[slot] = hash
    this.#next[slot] = first
    this.#heads[bucket] = slot + 1
    this.#policy.insert(slot)
    if (this.#size < this.maxEntries) this.#free = ++this.#size
    else this.#evict()
    return false
  }

  #evict(): void {
    const slot = this.#policy.evict()
    const bucket = (this.#hashes[slot] as number) & (this.#heads.length - 1)
    const after = this.#next[slot] as number
    let before = this.#heads[bucket] as number
    if (before === slot + 1) this.#heads[bucket] = after
    else {
      while (this.#next[before - 1] !== slot + 1) before = this.#next[before - 1] as number
      this.#next[before - 1] = after
    }
    this.#free = slot
  }
}
