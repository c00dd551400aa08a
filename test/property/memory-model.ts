import { expect } from 'vitest'
import type { RemovalReason } from '../../src/contracts/events.ts'
import type { Policy, PolicyFactory } from '../../src/contracts/policy.ts'
import type { MemoryTier } from '../../src/memory/memory-tier.ts'

export type Value = number | null | undefined
export type Told = [key: string, value: Value, reason: RemovalReason]

export interface Kept {
  readonly key: string
  readonly value: Value
  readonly weight: number
  expiresAt: number
}

/** What the tier should be with LRU, as a list with the least recently used first. */
export class MemoryModel {
  list: Kept[] = []
  told: Told[] = []
  maxEntries: number
  maxWeight: number

  constructor(maxEntries: number, maxWeight: number) {
    this.maxEntries = maxEntries
    this.maxWeight = maxWeight
  }

  get weight(): number {
    return this.list.reduce((sum, { weight }) => sum + weight, 0)
  }

  find(key: string): Kept | undefined {
    return this.list.find((kept) => kept.key === key)
  }

  /** The entry that is there and has not expired. */
  live(key: string, now: number): Kept | undefined {
    const kept = this.find(key)
    return kept && kept.expiresAt > now ? kept : undefined
  }

  leave(kept: Kept, reason: RemovalReason): void {
    this.list = this.list.filter((other) => other !== kept)
    this.told.push([kept.key, kept.value, reason])
  }

  use(key: string, now: number): Kept | undefined {
    const kept = this.find(key)
    if (!kept) return undefined
    if (kept.expiresAt <= now) {
      this.leave(kept, 'expired')
      return undefined
    }
    this.list = [...this.list.filter((other) => other !== kept), kept]
    return kept
  }

  set(entry: Kept, now: number): boolean {
    const { key, value, weight, expiresAt } = entry
    const old = this.use(key, now)
    if (expiresAt <= now || weight > this.maxWeight) {
      if (old) this.leave(old, expiresAt <= now ? 'expired' : 'evicted')
      return false
    }
    const allPinned = this.list.every((kept) => kept.weight === 0)
    if (!old && allPinned && this.list.length >= this.maxEntries) return false
    if (old && old.value !== value) this.told.push([key, old.value, 'replaced'])
    this.list = [...this.list.filter((kept) => kept !== old), entry]
    this.trim()
    return this.list.includes(entry)
  }

  prolong(key: string, expiresAt: number, now: number): boolean {
    const kept = this.live(key, now)
    if (kept) kept.expiresAt = expiresAt
    return kept !== undefined
  }

  trim(): void {
    while (this.list.length > this.maxEntries || this.weight > this.maxWeight) {
      const victim = this.list.find((kept) => kept.weight > 0)
      if (!victim) return
      this.leave(victim, 'evicted')
    }
  }
}

/** What a policy was told of, and how much room it was given. */
export interface Watch {
  readonly known: Set<number>
  capacity: number
}

/** The policy, which checks how it is used, and is checked. */
export function watched(factory: PolicyFactory, watch: Watch): PolicyFactory {
  const { known } = watch
  return (setup) => {
    let bounded = setup.maxWeight < Infinity
    const policy = factory({
      ...setup,
      hashOf(slot) {
        expect(known.has(slot)).toBe(true)
        return setup.hashOf(slot)
      },
      weightOf(slot) {
        expect(known.has(slot)).toBe(true)
        expect(setup.weightOf(slot)).toBeGreaterThan(0)
        return setup.weightOf(slot)
      },
    })
    const watching: Policy = {
      name: policy.name,
      reserve(slots) {
        expect(slots).toBeGreaterThan(watch.capacity)
        watch.capacity = slots
        policy.reserve(slots)
      },
      insert(slot) {
        expect(slot).toBeLessThan(watch.capacity)
        expect(known.has(slot)).toBe(false)
        known.add(slot)
        policy.insert(slot)
      },
      hit(slot) {
        expect(known.has(slot)).toBe(true)
        policy.hit(slot)
      },
      reweigh(slot, before) {
        expect(bounded).toBe(true)
        expect(known.has(slot)).toBe(true)
        expect(setup.weightOf(slot)).not.toBe(before)
        policy.reweigh?.(slot, before)
      },
      remove(slot) {
        expect(known.has(slot)).toBe(true)
        policy.remove(slot)
        known.delete(slot)
      },
      evict() {
        const slot = policy.evict()
        expect(slot === -1 ? known.size === 0 : known.delete(slot)).toBe(true)
        return slot
      },
      resize(maxEntries, maxWeight) {
        bounded = maxWeight < Infinity
        policy.resize(maxEntries, maxWeight)
      },
      clear() {
        known.clear()
        watch.capacity = 0
        policy.clear()
      },
    }
    return watching
  }
}

/** What holds of the structure after every operation, whatever the policy. */
export function checkStructure(tier: MemoryTier<Value>, { known, capacity }: Watch): void {
  const { table, weights, sweeper } = tier.inspect()
  const { buckets, free } = table.inspect()
  const taken = [...table.slots()]
  const none: number[] = []
  expect(buckets.flat().sort(ascending)).toEqual(taken)
  expect([...taken, ...free].sort(ascending)).toEqual([...new Array(table.used).keys()])
  expect(table.used).toBeLessThanOrEqual(capacity)
  const find = (key: string) => table.find(key, table.hash(key))
  expect(taken.filter((slot) => find(table.keyAt(slot)) !== slot)).toEqual(none)
  expect(taken.filter((slot) => known.has(slot) === (weights.at(slot) === 0))).toEqual(none)
  expect(taken.filter((slot) => table.deadlineAt(slot) < sweeper.soonest)).toEqual(none)
  const dirty = free.filter(
    (slot) =>
      known.has(slot) ||
      table.deadlineAt(slot) !== Infinity ||
      weights.at(slot) !== 1 ||
      table.keyAt(slot) !== undefined ||
      table.valueAt(slot) !== undefined,
  )
  expect(dirty).toEqual(none)
  expect(tier.size).toBe(taken.length)
  expect(known.size).toBe(taken.filter((slot) => weights.at(slot) !== 0).length)
  expect(tier.weight).toBe(taken.reduce((sum, slot) => sum + weights.at(slot), 0))
}

function ascending(a: number, b: number): number {
  return a - b
}
