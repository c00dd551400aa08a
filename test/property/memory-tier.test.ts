import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/contracts/clock.ts'
import type { RemovalReason } from '../../src/contracts/events.ts'
import type { PolicyFactory } from '../../src/contracts/policy.ts'
import { SplitMix } from '../../src/kernel/split-mix.ts'
import { MemoryTier } from '../../src/memory/memory-tier.ts'
import { lru } from '../../src/policies/lru.ts'
import { policyNamed, policyNames } from '../../src/simulator/policies.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import {
  checkStructure,
  MemoryModel,
  type Told,
  type Value,
  type Watch,
  watched,
} from './memory-model.ts'

const tick = 512
/** The longest that the tier's timer may sleep through a change of the clock. */
const longestWait = 600_000
const reasons = ['evicted', 'expired', 'deleted', 'replaced', 'invalidated'] as const
const policies = policyNames
  .filter((name) => name !== 'belady')
  .map((name): [string, PolicyFactory] => [name, policyNamed(name)])

type Operation =
  | { type: 'get' | 'use' | 'peek' | 'delete'; key: string }
  | { type: 'set'; key: string; ttl: number; weight: number; value: 'new' | Value }
  | { type: 'set again'; key: string; weight: number }
  | { type: 'fill'; count: number; ttl: number; weight: number }
  | { type: 'prolong'; key: string; ttl: number }
  | { type: 'resize'; maxEntries: number; maxWeight: number }
  | { type: 'pass' | 'set clock'; ms: number }
  | { type: 'clear' }

const key = fc.constantFrom(...'abcdefgh', 'many:1', 'many:70')
const weight = fc.constantFrom(0, 1, 1, 2, 3, 8)
const maxEntries = fc.constantFrom(1, 2, 3, 5, 62, 100, Infinity)
const maxWeight = fc.constantFrom(1, 4, 7, 10, 90, Infinity, Infinity)
const ttl = fc.constantFrom(-5, 0, 1, 200, 900, 5_000, 3_600_000, Infinity, Infinity)
const value = fc.constantFrom<'new' | Value>('new', 'new', 'new', undefined, null)
const ms = fc.constantFrom(1, 100, 256, 1_000, 20_000, 7_200_000)
const count = fc.constantFrom(3, 59, 63, 66, 130)
const one = <T extends string>(type: T) => fc.constant(type)
const quiet: fc.WeightedArbitrary<Operation>[] = [
  { weight: 5, arbitrary: fc.record({ type: one('get'), key }) },
  { weight: 2, arbitrary: fc.record({ type: one('use'), key }) },
  { weight: 2, arbitrary: fc.record({ type: one('peek'), key }) },
  { weight: 9, arbitrary: fc.record({ type: one('set'), key, ttl, weight, value }) },
  { weight: 2, arbitrary: fc.record({ type: one('set again'), key, weight }) },
  { weight: 1, arbitrary: fc.record({ type: one('fill'), count, ttl, weight }) },
  { weight: 3, arbitrary: fc.record({ type: one('prolong'), key, ttl }) },
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

function byKey([a, value, reason]: Told, [b, other, otherReason]: Told): number {
  const [x, y] = [`${a} ${value} ${reason}`, `${b} ${other} ${otherReason}`]
  return x === y ? 0 : x < y ? -1 : 1
}

/** The tier beside its model; timers run on a clock that is not set when the time of day is. */
class Pair {
  values = 0
  offset = 0
  sinceClockWasSet = Infinity
  readonly told: Told[] = []
  readonly watch: Watch = { known: new Set(), capacity: 0 }
  readonly steady = fakeClock()
  readonly clock: Clock = {
    now: () => this.steady.now() + this.offset,
    schedule: this.steady.schedule,
  }
  readonly listens: boolean
  readonly model: MemoryModel
  readonly tier: MemoryTier<Value>

  constructor(maxEntries: number, maxWeight: number, listens: boolean) {
    this.model = new MemoryModel(maxEntries, maxWeight)
    this.listens = listens
    const onRemove = (key: string, value: Value, reason: RemovalReason) => {
      this.told.push([key, value, reason])
    }
    this.tier = new MemoryTier<Value>({
      maxEntries,
      maxWeight,
      policy: watched(lru(), this.watch),
      clock: this.clock,
      onRemove: listens ? onRemove : undefined,
    })
  }

  run(operation: Operation): void {
    const { tier, model } = this
    const now = this.clock.now()
    switch (operation.type) {
      case 'get':
        expect(tier.get(operation.key, now)).toBe(model.use(operation.key, now)?.value)
        break
      case 'use': {
        const slot = tier.use(operation.key, now)
        const kept = model.use(operation.key, now)
        expect(slot !== -1).toBe(kept !== undefined)
        if (kept) expect(tier.valueAt(slot)).toBe(kept.value)
        break
      }
      case 'peek':
        expect(tier.peek(operation.key, now)).toBe(model.live(operation.key, now)?.value)
        expect(tier.has(operation.key, now)).toBe(model.live(operation.key, now) !== undefined)
        break
      case 'set': {
        const value = operation.value === 'new' ? this.values++ : operation.value
        this.set(operation.key, value, operation.weight, now + operation.ttl)
        break
      }
      case 'set again': {
        const old = model.find(operation.key)
        if (old) this.set(operation.key, old.value, operation.weight, old.expiresAt)
        break
      }
      case 'fill':
        for (let i = 0; i < operation.count; i++) {
          this.set(`many:${i}`, this.values++, operation.weight, now + operation.ttl)
        }
        break
      case 'prolong': {
        const end = now + operation.ttl
        expect(tier.prolong(operation.key, end, now)).toBe(model.prolong(operation.key, end, now))
        break
      }
      case 'delete': {
        const old = model.find(operation.key)
        if (old) model.leave(old, 'deleted')
        expect(tier.delete(operation.key, 'deleted')).toBe(old?.value)
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

  set(key: string, value: Value, weight: number, expiresAt: number): void {
    const now = this.clock.now()
    const kept = this.model.set({ key, value, weight, expiresAt }, now)
    expect(this.tier.set(key, value, weight, expiresAt, now)).toBe(kept)
  }

  /** The tier drops the expired when it likes, if only soon; the model takes its word for when. */
  sweep(): void {
    const now = this.clock.now()
    const { table } = this.tier.inspect()
    for (const kept of this.model.list) {
      if (table.find(kept.key, table.hash(kept.key)) !== -1) continue
      expect(kept.expiresAt).toBeLessThanOrEqual(now)
      this.model.leave(kept, 'expired')
    }
    if (this.sinceClockWasSet < longestWait + tick) return
    expect(this.model.list.filter(({ expiresAt }) => expiresAt <= now - tick)).toEqual([])
  }

  check(): void {
    const { tier, model } = this
    checkStructure(tier, this.watch)
    expect(this.told.sort(byKey)).toEqual(this.listens ? model.told.sort(byKey) : [])
    expect(tier.weight).toBe(model.weight)
    const now = this.clock.now()
    const live = model.list.filter(({ expiresAt }) => expiresAt > now)
    expect(new Map(tier.entries(now))).toEqual(new Map(live.map(({ key, value }) => [key, value])))
    expect(tier.size).toBe(model.list.length)
    for (const reason of reasons) {
      expect(tier.removals[reason]).toBe(model.told.filter((told) => told[2] === reason).length)
    }
    expect(this.steady.pending('foreground')).toBe(0)
    expect(this.steady.pending()).toBeLessThanOrEqual(1)
    if (tier.inspect().sweeper.soonest < Infinity) expect(this.steady.pending()).toBe(1)
  }
}

test.each([
  ['while time passes', quiet],
  ['while the clock is set', jumpy],
])('the tier is what a list of entries would be, %s', (_, operations) => {
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
    { numRuns: 300 },
  )
})

describe.each(policies)('with %s', (_, policy) => {
  /** A tier that checks every departure, and a map of what must be in it. */
  class Watched {
    readonly clock = fakeClock()
    readonly watch: Watch = { known: new Set(), capacity: 0 }
    readonly expected = new Map<string, { value: Value; weight: number; expiresAt: number }>()
    readonly tier: MemoryTier<Value>
    /** The value that was set last, each being another. */
    values = 0
    setting: string | undefined
    maxEntries: number
    maxWeight: number

    constructor(maxEntries: number, maxWeight: number, seed: number) {
      this.maxEntries = maxEntries
      this.maxWeight = maxWeight
      this.tier = new MemoryTier<Value>({
        maxEntries,
        maxWeight,
        policy: watched(policy, this.watch),
        clock: this.clock,
        seed,
        onRemove: (key, value, reason) => {
          // What is being set may have come and gone.
          if (key === this.setting && value === this.values) return
          const kept = this.expected.get(key)
          expect(kept?.value).toBe(value)
          if (reason === 'evicted' && kept?.weight === 0) expect(key).toBe(this.setting)
          this.expected.delete(key)
        },
      })
    }

    run(operation: Operation): void {
      const { tier, expected } = this
      const now = this.clock.now()
      if (operation.type === 'set') {
        this.set(operation.key, operation.weight, now + operation.ttl)
      } else if (operation.type === 'fill') {
        for (let i = 0; i < operation.count; i++) {
          this.set(`many:${i}`, operation.weight, now + operation.ttl)
        }
      } else if (operation.type === 'get') {
        const kept = expected.get(operation.key)
        const value = kept && kept.expiresAt > now ? kept.value : undefined
        expect(tier.get(operation.key, now)).toBe(value)
      } else if (operation.type === 'delete') tier.delete(operation.key, 'deleted')
      else if (operation.type === 'clear') tier.clear('invalidated')
      else if (operation.type === 'resize') {
        this.maxEntries = operation.maxEntries
        this.maxWeight = operation.maxWeight
        tier.resize(operation)
      } else if (operation.type === 'prolong') {
        const kept = expected.get(operation.key)
        const end = now + operation.ttl
        if (tier.prolong(operation.key, end, now) && kept) kept.expiresAt = end
      } else if (operation.type === 'pass') this.clock.advance(operation.ms)
    }

    set(key: string, weight: number, expiresAt: number): void {
      const value = ++this.values
      const now = this.clock.now()
      this.setting = key
      const kept = this.tier.set(key, value, weight, expiresAt, now)
      this.setting = undefined
      expect(kept).toBe(this.tier.has(key, now))
      if (kept) this.expected.set(key, { value, weight, expiresAt })
      else expect(this.expected.has(key)).toBe(false)
    }

    check(): void {
      const { tier, expected, watch } = this
      const now = this.clock.now()
      checkStructure(tier, watch)
      expect(tier.size).toBe(expected.size)
      const live = [...expected].filter(([, { expiresAt }]) => expiresAt > now)
      const values = live.map(([key, { value }]): [string, Value] => [key, value])
      expect(new Map(tier.entries(now))).toEqual(new Map(values))
      expect(tier.weight).toBe([...expected.values()].reduce((sum, { weight }) => sum + weight, 0))
      expect(tier.weight).toBeLessThanOrEqual(this.maxWeight)
      if (watch.known.size > 0) expect(tier.size).toBeLessThanOrEqual(this.maxEntries)
    }
  }

  test('no entry is lost, none is there too many, whatever is done', () => {
    fc.assert(
      fc.property(
        maxEntries,
        maxWeight,
        fc.integer(),
        fc.array(fc.oneof(...quiet), { maxLength: 60, size: 'max' }),
        (maxEntries, maxWeight, seed, operations) => {
          const tier = new Watched(maxEntries, maxWeight, seed)
          for (const operation of operations) {
            tier.run(operation)
            tier.check()
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  test('a listener may do to the tier whatever it likes', () => {
    const calls = fc.array(fc.oneof(...quiet), { maxLength: 20, size: 'max' })
    fc.assert(
      fc.property(maxEntries, maxWeight, calls, calls, (maxEntries, maxWeight, outer, inner) => {
        const clock = fakeClock()
        const watch: Watch = { known: new Set(), capacity: 0 }
        const left = new Set<Value>()
        let values = 0
        const tier: MemoryTier<Value> = new MemoryTier<Value>({
          maxEntries,
          maxWeight,
          policy: watched(policy, watch),
          clock,
          onRemove(_, value) {
            checkStructure(tier, watch)
            expect(tier.weight).toBeLessThanOrEqual(maxWeight)
            expect(tier.size).toBeLessThanOrEqual(maxEntries)
            expect(left.has(value)).toBe(false)
            left.add(value)
            const operation = inner.pop()
            if (operation) run(operation)
          },
        })
        const set = (key: string, ttl: number, weight: number) =>
          tier.set(key, values++, weight, clock.now() + ttl, clock.now())
        const run = (operation: Operation) => {
          const now = clock.now()
          if (operation.type === 'set') set(operation.key, operation.ttl, operation.weight)
          else if (operation.type === 'fill') {
            for (let i = 0; i < operation.count; i++) {
              set(`many:${i}`, operation.ttl, operation.weight)
            }
          } else if (operation.type === 'get') tier.get(operation.key, now)
          else if (operation.type === 'prolong') {
            tier.prolong(operation.key, now + operation.ttl, now)
          } else if (operation.type === 'delete') tier.delete(operation.key, 'deleted')
          else if (operation.type === 'clear') tier.clear('deleted')
          else if (operation.type === 'pass') clock.advance(operation.ms)
        }
        for (const operation of outer) {
          run(operation)
          checkStructure(tier, watch)
        }
      }),
    )
  })

  test('three million operations leave nothing behind', () => {
    const most = 1_000
    const clock = fakeClock()
    const watch: Watch = { known: new Set(), capacity: 0 }
    const sizes = { maxEntries: most, maxWeight: 300 }
    const tier = new MemoryTier<Value>({ ...sizes, policy: measured(policy, watch), clock })
    const random = new SplitMix(1)
    for (let i = 1; i <= 3_000_000; i++) {
      const now = clock.now()
      const key = `key:${random.below(random.below(4) === 0 ? 20_000 : 1_200)}`
      const act = random.below(16)
      if (act < 8) tier.get(key, now)
      else if (act < 14) {
        const ttl = random.below(3) === 0 ? Infinity : random.below(20_000)
        tier.set(key, i, random.below(50) / 100, now + ttl, now)
      } else if (act === 14) tier.prolong(key, now + random.below(40_000), now)
      else tier.delete(key, 'deleted')
      if (i % 50 === 0) clock.advance(random.below(200))
      if (i === 1_500_000) tier.clear('deleted')
      if (i % 300_000 !== 0) continue
      const { table, weights } = tier.inspect()
      const { buckets, free } = table.inspect()
      expect(table.used).toBe(tier.size + free.length)
      expect(table.used).toBeLessThanOrEqual(most + 1)
      expect(watch.capacity).toBeLessThanOrEqual(most + 20)
      expect(buckets.length).toBeLessThanOrEqual(2 * most)
      expect(Math.max(...buckets.map((chain) => chain.length))).toBeLessThan(12)
      expect(clock.pending()).toBe(1)
      const weight = [...table.slots()].reduce((sum, slot) => sum + weights.at(slot), 0)
      expect(tier.weight).toBeCloseTo(weight, 6)
    }
    expect(
      Math.min(
        ...(['evicted', 'expired', 'replaced'] as const).map((reason) => tier.removals[reason]),
      ),
    ).toBeGreaterThan(10_000)
    clock.advance(60_000)
    for (const [key] of tier.entries(clock.now())) tier.delete(key, 'deleted')
    clock.advance(1_000_000)
    expect([tier.size, tier.weight, clock.pending()]).toEqual([0, 0, 0])
  })
})

/** The policy as it is, but for the room that it is given, of which note is taken. */
function measured(factory: PolicyFactory, watch: Watch): PolicyFactory {
  return (setup) => {
    const policy = factory(setup)
    const reserve = policy.reserve.bind(policy)
    policy.reserve = (capacity) => {
      watch.capacity = capacity
      reserve(capacity)
    }
    return policy
  }
}
