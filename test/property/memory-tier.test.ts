import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Clock } from '../../src/contracts/clock.ts'
import type { RemovalReason } from '../../src/contracts/events.ts'
import type { PolicyFactory } from '../../src/contracts/policy.ts'
import { MemoryTier } from '../../src/core/memory-tier.ts'
import { lru } from '../../src/policies/lru.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

const tick = 256
/** The longest that the tier's timer may sleep through a change of the clock. */
const longestWait = 600_000

interface Entry {
  readonly id: number
  expiresAt: number
}
type Told = [key: string, id: number, reason: RemovalReason]
interface Kept {
  readonly key: string
  readonly entry: Entry
  readonly weight: number
}

/** What the tier should be, as a list with the least recently used first. */
class Model {
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

  leave(kept: Kept, reason: RemovalReason): void {
    this.list = this.list.filter((other) => other !== kept)
    this.told.push([kept.key, kept.entry.id, reason])
  }

  get(key: string, now: number): Entry | undefined {
    const kept = this.find(key)
    if (!kept) return undefined
    if (kept.entry.expiresAt <= now) {
      this.leave(kept, 'expired')
      return undefined
    }
    this.list = [...this.list.filter((other) => other !== kept), kept]
    return kept.entry
  }

  set(key: string, entry: Entry, weight: number, now: number): boolean {
    this.get(key, now)
    const old = this.find(key)
    if (entry.expiresAt <= now || weight > this.maxWeight) {
      if (old) this.leave(old, entry.expiresAt <= now ? 'expired' : 'evicted')
      return false
    }
    const allPinned = this.list.every((kept) => kept.weight === 0)
    if (!old && allPinned && this.list.length >= this.maxEntries) return false
    if (old && old.entry !== entry) this.told.push([key, old.entry.id, 'replaced'])
    this.list = [...this.list.filter((kept) => kept !== old), { key, entry, weight }]
    this.trim()
    return this.find(key)?.entry === entry
  }

  trim(): void {
    while (this.list.length > this.maxEntries || this.weight > this.maxWeight) {
      const victim = this.list.find((kept) => kept.weight > 0)
      if (!victim) return
      this.leave(victim, 'evicted')
    }
  }
}

function byKey([a, id]: Told, [b, otherId]: Told): number {
  return a === b ? id - otherId : a < b ? -1 : 1
}

/** LRU that checks how it is used: which slots it knows is told by `known`. */
function watchedLru(known: Set<number>): PolicyFactory {
  return (maxEntries) => {
    const policy = lru()(maxEntries)
    let capacity = 0
    return {
      ...policy,
      reserve(slots) {
        expect(slots).toBeGreaterThan(capacity)
        capacity = slots
        policy.reserve(slots)
      },
      insert(slot, hash) {
        expect(slot).toBeLessThan(capacity)
        expect(known.has(slot)).toBe(false)
        known.add(slot)
        policy.insert(slot, hash)
      },
      hit(slot) {
        expect(known.has(slot)).toBe(true)
        policy.hit(slot)
      },
      remove(slot) {
        expect(known.delete(slot)).toBe(true)
        policy.remove(slot)
      },
      clear() {
        known.clear()
        policy.clear()
      },
    }
  }
}

/** What holds of the structure after every operation. */
function checkStructure(tier: MemoryTier<Entry>, known: ReadonlySet<number>): void {
  const { slots, keys, entries, weights, free, wheel } = tier.inspect()
  const used = new Set(slots.values())
  expect(used.size).toBe(slots.size)
  expect(new Set([...used, ...free]).size).toBe(entries.length)
  expect(used.size + free.length).toBe(entries.length)
  expect(keys.length).toBe(entries.length)
  let weight = 0
  let scheduled = 0
  for (const [key, slot] of slots) {
    expect(keys[slot]).toBe(key)
    expect(entries[slot]).toBeDefined()
    weight += weights[slot] as number
    expect(known.has(slot)).toBe(weights[slot] !== 0)
    expect(wheel.has(slot)).toBe(entries[slot]?.expiresAt !== Infinity)
    if (wheel.has(slot)) scheduled++
  }
  for (const slot of free) {
    expect([keys[slot], entries[slot]]).toEqual(['', undefined])
    expect(known.has(slot)).toBe(false)
    expect(wheel.has(slot)).toBe(false)
  }
  expect(tier.size).toBe(slots.size)
  expect(tier.weight).toBe(weight)
  expect(wheel.size).toBe(scheduled)
}

type Operation =
  | { type: 'get' | 'peek' | 'delete'; key: string }
  | { type: 'set'; key: string; ttl: number; weight: number }
  | { type: 'set again'; key: string; weight: number }
  | { type: 'slide'; key: string; ms: number }
  | { type: 'resize'; maxEntries: number; maxWeight: number }
  | { type: 'pass' | 'set clock'; ms: number }
  | { type: 'clear' }

const key = fc.constantFrom(...'abcdefgh')
const weight = fc.constantFrom(0, 1, 1, 2, 3, 8)
const maxEntries = fc.constantFrom(1, 2, 3, 5, 100, Infinity)
const maxWeight = fc.constantFrom(1, 4, 7, 10, Infinity, Infinity)
const ttl = fc.constantFrom(-5, 0, 1, 200, 900, 5_000, 3_600_000, Infinity)
const ms = fc.constantFrom(1, 100, 256, 1_000, 20_000, 7_200_000)
const one = <T extends string>(type: T) => fc.constant(type)
const quiet: fc.WeightedArbitrary<Operation>[] = [
  { weight: 6, arbitrary: fc.record({ type: one('get'), key }) },
  { weight: 2, arbitrary: fc.record({ type: one('peek'), key }) },
  { weight: 9, arbitrary: fc.record({ type: one('set'), key, ttl, weight }) },
  { weight: 2, arbitrary: fc.record({ type: one('set again'), key, weight }) },
  { weight: 1, arbitrary: fc.record({ type: one('slide'), key, ms }) },
  { weight: 2, arbitrary: fc.record({ type: one('delete'), key }) },
  { weight: 1, arbitrary: fc.record({ type: one('resize'), maxEntries, maxWeight }) },
  { weight: 3, arbitrary: fc.record({ type: one('pass'), ms }) },
  { weight: 1, arbitrary: fc.constant({ type: 'clear' }) },
]
const jumpy: fc.WeightedArbitrary<Operation>[] = [
  ...quiet,
  {
    weight: 3,
    arbitrary: fc.record({
      type: one('set clock'),
      ms: fc.tuple(ms, fc.constantFrom(1, -1)).map(([ms, sign]) => ms * sign),
    }),
  },
]

/** The tier beside its model; timers run on a clock that is not set when the time of day is. */
class Pair {
  ids = 0
  offset = 0
  sinceClockWasSet = Infinity
  readonly told: Told[] = []
  readonly known = new Set<number>()
  readonly steady = fakeClock()
  readonly clock: Clock = {
    now: () => this.steady.now() + this.offset,
    schedule: this.steady.schedule,
  }
  readonly listens: boolean
  readonly model: Model
  readonly tier: MemoryTier<Entry>

  constructor(maxEntries: number, maxWeight: number, listens: boolean) {
    this.model = new Model(maxEntries, maxWeight)
    this.listens = listens
    const onRemove = (key: string, entry: Entry, reason: RemovalReason) => {
      this.told.push([key, entry.id, reason])
    }
    this.tier = new MemoryTier<Entry>({
      maxEntries,
      maxWeight,
      policy: watchedLru(this.known),
      clock: this.clock,
      onRemove: listens ? onRemove : undefined,
    })
  }

  run(operation: Operation): void {
    const { tier, model } = this
    const now = this.clock.now()
    switch (operation.type) {
      case 'get':
        expect(tier.get(operation.key, now)).toBe(model.get(operation.key, now))
        break
      case 'peek': {
        const entry = model.find(operation.key)?.entry
        const fresh = entry && entry.expiresAt > now ? entry : undefined
        expect(tier.peek(operation.key, now)).toBe(fresh)
        break
      }
      case 'set':
        this.set(
          operation.key,
          { id: this.ids++, expiresAt: now + operation.ttl },
          operation.weight,
        )
        break
      case 'set again': {
        const old = model.find(operation.key)
        if (old) this.set(operation.key, old.entry, operation.weight)
        break
      }
      case 'slide': {
        const entry = model.find(operation.key)?.entry
        if (entry) entry.expiresAt += operation.ms
        break
      }
      case 'delete': {
        const old = model.find(operation.key)
        if (old) model.leave(old, 'deleted')
        expect(tier.delete(operation.key, 'deleted')).toBe(old?.entry)
        break
      }
      case 'resize':
        model.maxEntries = operation.maxEntries
        model.maxWeight = operation.maxWeight
        model.trim()
        tier.resize(operation)
        break
      case 'clear':
        for (const kept of model.list) model.leave(kept, 'invalidated')
        tier.clear('invalidated')
        break
      case 'pass':
        this.steady.advance(operation.ms)
        this.sinceClockWasSet += operation.ms
        this.sweep()
        break
      case 'set clock':
        this.offset += operation.ms
        this.sinceClockWasSet = 0
    }
  }

  set(key: string, entry: Entry, weight: number): void {
    const now = this.clock.now()
    expect(this.tier.set(key, entry, weight, now)).toBe(this.model.set(key, entry, weight, now))
  }

  /** The tier drops the expired when it likes, if only soon; the model takes its word for when. */
  sweep(): void {
    const now = this.clock.now()
    const { slots } = this.tier.inspect()
    for (const kept of this.model.list) {
      if (slots.has(kept.key)) continue
      expect(kept.entry.expiresAt).toBeLessThanOrEqual(now)
      this.model.leave(kept, 'expired')
    }
    if (this.sinceClockWasSet < longestWait + tick) return
    for (const { entry } of this.model.list) expect(entry.expiresAt).toBeGreaterThan(now - tick)
  }

  check(): void {
    const { tier, model } = this
    checkStructure(tier, this.known)
    if (this.listens) expect(this.told.sort(byKey)).toEqual(model.told.sort(byKey))
    else expect(this.told).toEqual([])
    expect(tier.weight).toBe(model.weight)
    const now = this.clock.now()
    const fresh = model.list.filter(({ entry }) => entry.expiresAt > now)
    expect(new Map(tier.entries(now))).toEqual(new Map(fresh.map(({ key, entry }) => [key, entry])))
    expect(tier.size).toBe(model.list.length)
    for (const reason of ['evicted', 'expired', 'deleted', 'replaced', 'invalidated'] as const) {
      expect(tier.removals[reason]).toBe(model.told.filter((told) => told[2] === reason).length)
    }
    expect(this.steady.pending('foreground')).toBe(0)
    expect(this.steady.pending()).toBeLessThanOrEqual(1)
    if (tier.inspect().wheel.size > 0) expect(this.steady.pending()).toBe(1)
  }
}

for (const [name, operations] of [
  ['while time passes', quiet],
  ['while the clock is set', jumpy],
] as const) {
  test(`the tier is what a list of entries would be, ${name}`, () => {
    fc.assert(
      fc.property(
        maxEntries,
        maxWeight,
        fc.boolean(),
        fc.array(fc.oneof(...operations), { maxLength: 60, size: 'max' }),
        (maxEntries, maxWeight, listens, operations) => {
          const pair = new Pair(maxEntries, maxWeight, listens)
          for (const operation of operations) {
            pair.run(operation)
            pair.check()
          }
          pair.tier.close()
          expect(pair.steady.pending()).toBe(0)
        },
      ),
      { numRuns: 400 },
    )
  })
}

test('a listener may do to the tier whatever it likes', () => {
  const calls = fc.array(fc.oneof(...quiet), { maxLength: 20, size: 'max' })
  fc.assert(
    fc.property(maxEntries, maxWeight, calls, calls, (maxEntries, maxWeight, outer, inner) => {
      const clock = fakeClock()
      const known = new Set<number>()
      const left = new Set<number>()
      let ids = 0
      const tier: MemoryTier<Entry> = new MemoryTier<Entry>({
        maxEntries,
        maxWeight,
        policy: watchedLru(known),
        clock,
        onRemove(_, entry) {
          checkStructure(tier, known)
          expect(tier.weight).toBeLessThanOrEqual(maxWeight)
          expect(tier.size).toBeLessThanOrEqual(maxEntries)
          expect(left.has(entry.id)).toBe(false)
          left.add(entry.id)
          const operation = inner.pop()
          if (operation) run(operation)
        },
      })
      const run = (operation: Operation) => {
        const now = clock.now()
        if (operation.type === 'set') {
          const entry = { id: ids++, expiresAt: now + operation.ttl }
          tier.set(operation.key, entry, operation.weight, now)
        } else if (operation.type === 'get') tier.get(operation.key, now)
        else if (operation.type === 'delete') tier.delete(operation.key, 'deleted')
        else if (operation.type === 'clear') tier.clear('deleted')
        else if (operation.type === 'pass') clock.advance(operation.ms)
      }
      for (const operation of outer) {
        run(operation)
        checkStructure(tier, known)
      }
    }),
  )
})
