import type { Policy, PolicyFactory, PolicySetup } from '../../src/contracts/policy.ts'

const firstCapacity = 4

export interface DriverOptions {
  /** @default Infinity */
  readonly maxEntries?: number | undefined
  /** @default Infinity */
  readonly maxWeight?: number | undefined
  /** @default 0 */
  readonly seed?: number | undefined
  /** @default `scramble` */
  readonly hash?: ((key: number) => number) | undefined
}

/**
 * The simplest cache that can be: numbers for keys, no values. It drives a policy as the memory
 * tier does, and throws when the policy answers what it cannot hold.
 */
export class PolicyDriver {
  readonly policy: Policy
  readonly #hash: (key: number) => number
  readonly #slots = new Map<number, number>()
  readonly #keys: number[] = []
  readonly #weights: number[] = []
  /** The slots that the policy was given and has not let go of. */
  readonly #held = new Set<number>()
  #free: number[] = []
  #capacity = 0
  #weight = 0
  #maxEntries: number
  #maxWeight: number

  constructor(factory: PolicyFactory, options: DriverOptions) {
    this.#maxEntries = options.maxEntries ?? Infinity
    this.#maxWeight = options.maxWeight ?? Infinity
    this.#hash = options.hash ?? scramble
    const setup: PolicySetup = {
      maxEntries: this.#maxEntries,
      maxWeight: this.#maxWeight,
      hashOf: (slot) => this.#hash(this.#known(this.#keys, slot)),
      weightOf: (slot) => this.#known(this.#weights, slot),
      seed: options.seed ?? 0,
    }
    this.policy = factory(setup)
  }

  get size(): number {
    return this.#slots.size
  }

  get weight(): number {
    return this.#weight
  }

  /** How many slots are reserved. */
  get capacity(): number {
    return this.#capacity
  }

  /** The keys whose entries the policy decides over. */
  get held(): number[] {
    return Array.from(this.#held, (slot) => this.#keys[slot] as number)
  }

  has(key: number): boolean {
    return this.#slots.has(key)
  }

  /** Reads the key, or sets it if it is not there; answers whether it was. */
  access(key: number, weight = 1): boolean {
    const hit = this.get(key)
    if (!hit) this.set(key, weight)
    return hit
  }

  get(key: number): boolean {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    if (this.#held.has(slot)) this.policy.hit(slot)
    return true
  }

  /** Answers the keys that were evicted for it, in order; its own among them if it is not kept. */
  set(key: number, weight = 1): number[] {
    const slot = this.#slots.get(key)
    if (!(weight <= this.#maxWeight)) {
      this.delete(key)
      return [key]
    }
    if (slot === undefined) {
      if (this.size >= this.#maxEntries && this.#held.size === 0) return [key]
      this.#enter(key, weight)
    } else if (weight === 0 || this.#weights[slot] === 0) {
      this.delete(key)
      this.#enter(key, weight)
    } else this.#overwrite(slot, weight)
    return this.#trim()
  }

  delete(key: number): boolean {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    if (this.#held.delete(slot)) this.policy.remove(slot)
    this.#forget(slot)
    return true
  }

  /** Answers the keys that were evicted, in order. */
  resize(maxEntries: number, maxWeight: number = Infinity): number[] {
    this.#maxEntries = maxEntries
    this.#maxWeight = maxWeight
    this.policy.resize(maxEntries, maxWeight)
    return this.#trim()
  }

  /** Evicts one entry as if there were no room; answers its key. */
  evict(): number | undefined {
    const slot = this.policy.evict()
    if (slot === -1) {
      if (this.#held.size > 0) throw new Error(`-1 with ${this.#held.size} entries held`)
      return undefined
    }
    if (!this.#held.delete(slot)) throw new Error(`evicted slot ${slot}, which it did not hold`)
    const key = this.#keys[slot] as number
    this.#forget(slot)
    return key
  }

  clear(): void {
    this.#slots.clear()
    this.#held.clear()
    this.#keys.length = 0
    this.#weights.length = 0
    this.#free = []
    this.#capacity = 0
    this.#weight = 0
    this.policy.clear()
  }

  #enter(key: number, weight: number): void {
    const slot = this.#free.pop() ?? this.#keys.length
    if (slot === this.#capacity) {
      const doubled = Math.max(firstCapacity, this.#capacity * 2)
      this.#capacity = Math.max(slot + 1, Math.min(doubled, this.#maxEntries + 1))
      this.policy.reserve(this.#capacity)
    }
    this.#slots.set(key, slot)
    this.#keys[slot] = key
    this.#weights[slot] = weight
    this.#weight += weight
    if (weight === 0) return
    this.#held.add(slot)
    this.policy.insert(slot)
  }

  #overwrite(slot: number, weight: number): void {
    const before = this.#weights[slot] as number
    this.#weights[slot] = weight
    this.#weight += weight - before
    if (weight !== before && this.#maxWeight < Infinity) this.policy.reweigh?.(slot, before)
    this.policy.hit(slot)
  }

  #trim(): number[] {
    const evicted: number[] = []
    while (this.size > this.#maxEntries || this.weight > this.#maxWeight) {
      const key = this.evict()
      if (key === undefined) break
      evicted.push(key)
    }
    return evicted
  }

  #forget(slot: number): void {
    this.#slots.delete(this.#keys[slot] as number)
    this.#weight -= this.#weights[slot] as number
    this.#free.push(slot)
  }

  /** What the policy asks for must be of an entry that it has. */
  #known(column: readonly number[], slot: number): number {
    const key = this.#keys[slot]
    const value = column[slot]
    if (key === undefined || value === undefined || this.#slots.get(key) !== slot) {
      throw new Error(`asked about slot ${slot}, which is empty`)
    }
    return value
  }
}

/** 32 bits, different for different integers of 32 bits. */
export function scramble(key: number): number {
  const bits = Math.imul(key ^ (key >>> 16), 0x85ebca6b)
  const more = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return more ^ (more >>> 16)
}
