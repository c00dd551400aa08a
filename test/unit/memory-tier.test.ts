import { beforeEach, describe, expect, test } from 'vitest'
import type { Clock } from '../../src/contracts/clock.ts'
import type { AccessSampler, MemoryOptions } from '../../src/contracts/memory.ts'
import type { PolicyFactory } from '../../src/contracts/policy.ts'
import { KeyHash } from '../../src/kernel/key-hash.ts'
import { MemoryTier } from '../../src/memory/memory-tier.ts'
import { lru } from '../../src/policies/lru.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'

type Value = string | number | null | undefined | { readonly toString: () => string }

let clock: FakeClock
let told: string[]
let tier: MemoryTier<Value>

function make(options: Partial<MemoryOptions<Value>> = {}): MemoryTier<Value> {
  return new MemoryTier<Value>({
    maxEntries: 3,
    maxWeight: Infinity,
    policy: lru(),
    clock,
    onRemove: (key, value, reason) => told.push(`${key}=${value} ${reason}`),
    ...options,
  })
}

function set(key: string, value: Value, ttl = Infinity, weight = 1): boolean {
  return tier.set(key, value, weight, clock.now() + ttl, clock.now())
}

function get(key: string): Value {
  return tier.get(key, clock.now())
}

function prolong(key: string, ttl: number): boolean {
  return tier.prolong(key, clock.now() + ttl, clock.now())
}

function contents(): string[] {
  return [...tier.entries(clock.now())].map(([key, value]) => `${key}=${value}`).sort()
}

beforeEach(() => {
  clock = fakeClock()
  told = []
  tier = make()
})

describe('what a listener is told', () => {
  test('why each entry left, in the order in which they did', () => {
    set('a', '1')
    set('a', '2')
    set('b', '1', 10)
    set('c', '1')
    set('d', '1')
    clock.advance(10)
    get('b')
    tier.delete('c', 'deleted')
    tier.clear('invalidated')
    expect(told).toEqual([
      'a=1 replaced',
      'a=2 evicted',
      'b=1 expired',
      'c=1 deleted',
      'd=1 invalidated',
    ])
    expect(tier.removals).toEqual({
      replaced: 1,
      evicted: 1,
      expired: 1,
      deleted: 1,
      invalidated: 1,
    })
  })

  test('a heavier value replaces the old one before it pushes others out', () => {
    tier = make({ maxWeight: 4 })
    set('a', '1', Infinity, 2)
    set('b', '1', Infinity, 2)
    set('b', '2', Infinity, 3)
    expect(told).toEqual(['b=1 replaced', 'a=1 evicted'])
  })

  test('the same value set again has not left', () => {
    const value = { toString: () => '1' }
    set('a', value)
    set('a', value, Infinity, 2)
    expect(told).toEqual([])
    expect(tier.weight).toBe(2)
  })

  test('an expired entry that is overwritten expired', () => {
    set('a', '1', 10)
    clock.advance(10)
    set('a', '2')
    expect(told).toEqual(['a=1 expired'])
  })

  test('nothing is missed when a listener throws', () => {
    const heard: string[] = []
    tier = make({
      maxWeight: 3,
      onRemove(key) {
        heard.push(key)
        throw new Error(key)
      },
    })
    for (const key of ['a', 'b', 'c']) set(key, '1')
    expect(() => set('d', '1', Infinity, 3)).toThrow('a')
    expect(heard).toEqual(['a', 'b', 'c'])
    expect(contents()).toEqual(['d=1'])
  })

  test('a listener that throws does not stop the timer', () => {
    tier = make({
      onRemove(key) {
        throw new Error(key)
      },
    })
    set('a', '1', 100)
    set('b', '1', 1_000)
    expect(() => clock.advance(500)).toThrow('a')
    expect(() => clock.advance(1_000)).toThrow('b')
    expect(tier.size).toBe(0)
  })

  test('a listener that puts back what left is bounded all the same', () => {
    let turns = 0
    tier = make({
      onRemove(key, value) {
        if (turns++ < 10) set(key, value)
      },
    })
    for (const key of ['a', 'b', 'c', 'd']) set(key, '1')
    expect(turns).toBe(11)
    expect(tier.size).toBe(3)
  })
})

describe('bounds', () => {
  test('the least recently read or written goes first; a peek is no read', () => {
    for (const key of ['a', 'b', 'c']) set(key, '1')
    get('a')
    set('b', '2')
    expect(tier.peek('c', clock.now())).toBe('1')
    expect(tier.has('c', clock.now())).toBe(true)
    set('d', '1')
    expect(contents()).toEqual(['a=1', 'b=2', 'd=1'])
  })

  test('what is too heavy is refused, and the old value does not outlive it', () => {
    tier = make({ maxWeight: 5 })
    set('a', '1')
    set('b', '1')
    expect(set('a', '2', Infinity, 6)).toBe(false)
    expect(contents()).toEqual(['b=1'])
    expect(told).toEqual(['a=1 evicted'])
    expect(tier.weight).toBe(1)
  })

  test.each([Number.NaN, -1, Infinity])('a weight of %d is refused', (weight) => {
    set('a', '1')
    expect(set('a', '2', Infinity, weight)).toBe(false)
    expect(tier.size).toBe(0)
    expect(tier.weight).toBe(0)
  })

  test.each([0, -1, Number.NaN])('a lifetime of %d ms is no life', (ttl) => {
    set('a', '1')
    expect(set('a', '2', ttl)).toBe(false)
    expect(told).toEqual(['a=1 expired'])
  })

  test('a smaller bound evicts at once', () => {
    tier = make({ maxEntries: 100, maxWeight: 100 })
    for (let i = 0; i < 10; i++) set(`${i}`, 'x', Infinity, 2)
    tier.resize({ maxEntries: 6, maxWeight: 100 })
    expect(tier.size).toBe(6)
    tier.resize({ maxEntries: 6, maxWeight: 5 })
    expect(contents()).toEqual(['8=x', '9=x'])
    expect(tier.weight).toBe(4)
  })

  test('a larger bound holds more', () => {
    tier.resize({ maxEntries: 200, maxWeight: Infinity })
    for (let i = 0; i < 300; i++) set(`${i}`, 'x')
    expect(tier.size).toBe(200)
    expect(get('100')).toBe('x')
  })

  test('a policy may turn away the newest', () => {
    tier = make({
      maxEntries: 1,
      policy: (setup) => {
        const slots: number[] = []
        return {
          ...lru()(setup),
          insert: (slot) => slots.push(slot),
          remove: (slot) => slots.splice(slots.indexOf(slot), 1),
          evict: () => slots.pop() ?? -1,
        }
      },
    })
    expect(set('a', '1')).toBe(true)
    expect(set('b', '1')).toBe(false)
    expect(contents()).toEqual(['a=1'])
  })
})

describe('pinned entries', () => {
  test('are never evicted, and count', () => {
    set('pin', '1', Infinity, 0)
    for (const key of ['a', 'b', 'c']) set(key, '1')
    get('pin')
    expect(contents()).toEqual(['b=1', 'c=1', 'pin=1'])
  })

  test('leave no room when there are no others', () => {
    for (const key of ['a', 'b', 'c']) set(key, '1', Infinity, 0)
    expect(set('d', '1')).toBe(false)
    expect(set('e', '1', Infinity, 0)).toBe(false)
    expect(set('a', '2', Infinity, 0)).toBe(true)
    expect(contents()).toEqual(['a=2', 'b=1', 'c=1'])
    expect(told).toEqual(['a=1 replaced'])
  })

  test('stay when the bound shrinks below their number, until they are unpinned', () => {
    for (const key of ['a', 'b', 'c']) set(key, '1', Infinity, 0)
    tier.resize({ maxEntries: 2, maxWeight: Infinity })
    expect(tier.size).toBe(3)
    expect(set('a', '2', Infinity, 1)).toBe(false)
    expect(contents()).toEqual(['b=1', 'c=1'])
  })

  test('expire, can be deleted and cleared', () => {
    set('a', '1', 100, 0)
    set('b', '1', Infinity, 0)
    clock.advance(1_000)
    expect(contents()).toEqual(['b=1'])
    tier.delete('b', 'deleted')
    set('c', '1', Infinity, 0)
    tier.clear('deleted')
    expect(tier.size).toBe(0)
    for (const key of ['a', 'b', 'c', 'd']) set(key, '1')
    expect(tier.size).toBe(3)
  })
})

describe('time', () => {
  test('an entry is gone at its instant, before the timer has run', () => {
    set('a', '1', 100)
    const now = clock.now()
    expect(tier.get('a', now + 99)).toBe('1')
    expect(tier.peek('a', now + 100)).toBeUndefined()
    expect([...tier.entries(now + 100)]).toEqual([])
    expect(tier.size).toBe(1)
    expect(tier.get('a', now + 100)).toBeUndefined()
    expect(tier.size).toBe(0)
  })

  test('memory is freed within a second of an expiry, with nobody reading', () => {
    tier = make({ maxEntries: 10 })
    const lifetimes = [1, 2_000, 5_000, 60_000, 3_600_000, 30 * 86_400_000]
    for (const ttl of lifetimes) set(`${ttl}`, 'x', ttl)
    set('for ever', 'x')
    const start = clock.now()
    lifetimes.forEach((ttl, index) => {
      clock.advance(start + ttl - 1 - clock.now())
      expect(tier.size).toBe(lifetimes.length - index + 1)
      clock.advance(1_000)
      expect(tier.size).toBe(lifetimes.length - index)
    })
  })

  test('there is a timer only while something is to expire', () => {
    set('a', '1')
    expect(clock.pending()).toBe(0)
    set('b', '1', 1_000)
    set('c', '1', 10)
    expect(clock.pending('background')).toBe(1)
    expect(clock.pending('foreground')).toBe(0)
    clock.advance(2_000)
    expect(tier.size).toBe(1)
    expect(clock.pending()).toBe(0)
  })

  test('an entry whose end was put off stays until then', () => {
    set('a', '1', 100)
    expect(prolong('a', 10_100)).toBe(true)
    clock.advance(10_000)
    expect(get('a')).toBe('1')
    clock.advance(500)
    expect(tier.size).toBe(0)
  })

  test('an entry whose end was brought forward goes then, with nobody reading', () => {
    set('a', '1', 3_600_000)
    prolong('a', 1_000)
    clock.advance(999)
    expect(get('a')).toBe('1')
    clock.advance(257)
    expect(tier.size).toBe(0)
    expect(told).toEqual(['a=1 expired'])
  })

  test('an entry that has an end from now on goes then', () => {
    set('a', '1')
    set('b', '1')
    expect(prolong('a', 1_000)).toBe(true)
    expect(clock.pending()).toBe(1)
    clock.advance(1_256)
    expect(contents()).toEqual(['b=1'])
    expect(tier.size).toBe(1)
  })

  test('an entry that has no end any more stays, until it is given another', () => {
    set('a', '1', 1_000)
    prolong('a', Infinity)
    clock.advance(30 * 86_400_000)
    expect(get('a')).toBe('1')
    expect(clock.pending()).toBe(0)
    prolong('a', 1_000)
    clock.advance(1_256)
    expect(tier.size).toBe(0)
  })

  test('an end in the past is one', () => {
    set('a', '1')
    expect(prolong('a', 0)).toBe(true)
    expect(tier.has('a', clock.now())).toBe(false)
    clock.advance(256)
    expect(tier.size).toBe(0)
  })

  test('what is not there, or not any more, cannot be given another end', () => {
    set('a', '1', 100)
    clock.advance(100)
    expect(tier.size).toBe(1)
    expect(prolong('a', 1_000)).toBe(false)
    expect(prolong('b', 1_000)).toBe(false)
    expect(get('a')).toBeUndefined()
  })

  test('to be given another end is no use', () => {
    for (const key of ['a', 'b', 'c']) set(key, '1', 1_000)
    prolong('a', 5_000)
    set('d', '1')
    expect(contents()).toEqual(['b=1', 'c=1', 'd=1'])
  })

  test('an entry takes nothing from the one that had its slot before', () => {
    tier = make({ maxEntries: 1, maxWeight: 10 })
    set('a', '1', 1_000, 7)
    set('b', '1')
    expect(tier.weight).toBe(1)
    clock.advance(10_000)
    expect(contents()).toEqual(['b=1'])
  })

  test('many expiries are made in turns, with pauses for others', () => {
    const sizes: number[] = []
    const watched: Clock = {
      now: clock.now,
      schedule: (ms, callback, kind) =>
        clock.schedule(
          ms,
          () => {
            const before = tier.size
            callback()
            sizes.push(before - tier.size)
          },
          kind,
        ),
    }
    tier = make({ maxEntries: Infinity, clock: watched, onRemove: undefined })
    for (let i = 0; i < 10_000; i++) set(`${i}`, 'x', 1_000)
    clock.advance(2_000)
    expect(tier.size).toBe(0)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000)
  })

  test('a clock set forward is noticed within ten minutes', () => {
    let offset = 0
    tier = make({ clock: { now: () => clock.now() + offset, schedule: clock.schedule } })
    set('a', '1', 3_600_000)
    offset = 4_000_000
    clock.advance(600_000)
    expect(tier.size).toBe(0)
  })

  test('a clock set back does not keep what is set afterwards', () => {
    let offset = 0
    const now = () => clock.now() + offset
    tier = make({ clock: { now, schedule: clock.schedule } })
    set('a', '1', 3_600_000)
    offset = -1_000_000
    tier.set('b', '1', 1, now() + 1_000, now())
    clock.advance(1_256)
    expect([...tier.entries(now())].map(([key]) => key)).toEqual(['a'])
    expect(tier.size).toBe(1)
  })

  test('a closed tier has no timer and starts none', () => {
    set('a', '1', 1_000)
    tier.close()
    tier.close()
    expect(clock.pending()).toBe(0)
    set('b', '1', 10)
    tier.clear('deleted')
    set('b', '1', 10)
    expect(clock.pending()).toBe(0)
  })
})

describe('values', () => {
  test.each([undefined, null, 0, '', Number.NaN])('may be %s', (value) => {
    expect(set('a', value)).toBe(true)
    const now = clock.now()
    expect([tier.size, tier.has('a', now), tier.has('b', now)]).toEqual([1, true, false])
    expect([tier.get('a', now), tier.peek('a', now)]).toEqual([value, value])
    expect(tier.valueAt(tier.use('a', now))).toBe(value)
    expect(tier.use('b', now)).toBe(-1)
    expect([...tier.entries(now)]).toEqual([['a', value]])
    expect(tier.delete('a', 'deleted')).toBe(value)
    expect([tier.size, tier.has('a', now)]).toEqual([0, false])
    expect(told).toEqual([`a=${value} deleted`])
  })

  test('that are nothing expire and are evicted as others', () => {
    set('a', undefined, 100)
    for (const key of ['b', 'c', 'd', 'e']) set(key, null)
    clock.advance(1_000)
    expect(told).toEqual(['a=undefined evicted', 'b=null evicted'])
    tier.clear('invalidated')
    expect(told.length).toBe(5)
  })
})

describe('weights', () => {
  test.each([
    ['fractions', [0.1, 0.2, 0.7, 1e-9]],
    ['of every magnitude', [1e300, 1, 1e-300, 3]],
    ['whose sum is no number', [1.7e308, 1.7e308, 1]],
  ])('leave nothing behind when all are gone: %s', (_, weights) => {
    tier = make({ maxEntries: 10, maxWeight: Infinity })
    weights.forEach((weight, i) => void set(`${i}`, 'x', Infinity, weight))
    set('pin', 'x', Infinity, 0)
    for (let i = 0; i < weights.length; i++) tier.delete(`${i}`, 'deleted')
    expect([tier.size, tier.weight]).toEqual([1, 0])
    expect(set('a', 'x', Infinity, 2)).toBe(true)
    expect(tier.weight).toBe(2)
  })

  test('may come late, to a cache that has grown without', () => {
    tier = make({ maxEntries: 1_000, maxWeight: 300 })
    for (let i = 0; i < 200; i++) set(`${i}`, 'x')
    set('heavy', 'x', Infinity, 100)
    expect([tier.size, tier.weight]).toEqual([201, 300])
    for (let i = 200; i < 280; i++) set(`${i}`, 'x')
    expect([tier.size, tier.weight]).toEqual([201, 300])
    set('heavy', 'x', Infinity, 1)
    expect(tier.weight).toBe(201)
  })

  test.each([
    [Infinity, 0],
    [100, 1],
  ])(
    'that change are told to the policy where they count: a bound of %d, %d times',
    (maxWeight, times) => {
      const reweighed: number[] = []
      const policy: PolicyFactory = (setup) => ({
        ...lru()(setup),
        reweigh: (slot, before) => reweighed.push(before, setup.weightOf(slot)),
      })
      tier = make({ maxWeight, policy })
      for (const weight of [2, 3, 3, 0, 4]) set('a', 'x', Infinity, weight)
      expect(reweighed).toEqual(times === 0 ? [] : [2, 3])
    },
  )
})

describe('with a frequency of culls', () => {
  function cull(frequency: number): number {
    tier = make({ maxEntries: 30, cullFrequency: frequency })
    for (let i = 1; i < 50; i++) set(`cull${i}`, i)
    return tier.size
  }

  test.each([
    [3, 29],
    [0, 19],
    [1, 19],
    [30, 30],
    [1_000, 30],
  ])('%d, 49 insertions of at most 30 leave %d', (frequency, left) => {
    expect(cull(frequency)).toBe(left)
    expect(tier.removals.evicted).toBe(49 - left)
    expect(get('cull49')).toBe(49)
  })

  test('those that were not used for longest go', () => {
    tier = make({ maxEntries: 6, cullFrequency: 3 })
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) set(key, '1')
    get('a')
    set('g', '1')
    expect(told).toEqual(['b=1 evicted', 'c=1 evicted'])
    expect(contents()).toEqual(['a=1', 'd=1', 'e=1', 'f=1', 'g=1'])
  })

  test('what overwrites culls as well, and may find that what it overwrites is gone', () => {
    tier = make({ maxEntries: 3, cullFrequency: 0 })
    for (const key of ['a', 'b', 'c']) set(key, '1')
    set('c', '2')
    expect(told).toEqual(['a=1 evicted', 'b=1 evicted', 'c=1 evicted'])
    expect(contents()).toEqual(['c=2'])
  })

  test('pinned entries stay', () => {
    tier = make({ maxEntries: 4, cullFrequency: 0 })
    set('a', '1')
    for (const key of ['p', 'q', 'r']) set(key, '1', Infinity, 0)
    set('b', '1')
    expect(contents()).toEqual(['b=1', 'p=1', 'q=1', 'r=1'])
    expect(told).toEqual(['a=1 evicted'])
  })
})

describe('a sampler', () => {
  const seed = 3
  const hash = new KeyHash(seed)
  const keys = Array.from({ length: 100 }, (_, i) => `key:${i}`)
  const below = (threshold: number) =>
    keys.map((key) => hash.of(key) >>> 0).filter((hashed) => hashed < threshold)
  let read: number[]
  let sampler: AccessSampler

  beforeEach(() => {
    read = []
    sampler = { threshold: 2 ** 31, read: (hashed) => read.push(hashed) }
    tier = make({ maxEntries: 100, seed, sampler })
  })

  test('is told of every read of the keys that it samples, there or not, and of no other', () => {
    for (const key of keys) get(key)
    expect(read).toEqual(below(2 ** 31))
    expect(read.length).toBeGreaterThan(20)
    for (const key of keys) set(key, '1', 100)
    for (const key of keys) tier.use(key, clock.now())
    clock.advance(99)
    for (const key of keys) get(key)
    clock.advance(1)
    for (const key of keys) get(key)
    expect(read).toEqual(new Array(4).fill(below(2 ** 31)).flat())
  })

  test('is not told of what is no read', () => {
    for (const key of keys) {
      set(key, '1')
      tier.peek(key, clock.now())
      tier.has(key, clock.now())
      prolong(key, 1_000)
      tier.delete(key, 'deleted')
    }
    expect([...tier.entries(clock.now())]).toEqual([])
    expect(read).toEqual([])
  })

  test('may sample fewer, all or none from one read to the next', () => {
    for (const threshold of [2 ** 20, 0, 2 ** 32, 2 ** 30]) {
      read = []
      sampler.threshold = threshold
      for (const key of keys) get(key)
      expect(read).toEqual(below(threshold))
    }
  })
})

test('an iteration goes on while entries come and go', () => {
  for (const key of ['a', 'b', 'c']) set(key, '1')
  const seen: string[] = []
  for (const [key] of tier.entries(clock.now())) {
    seen.push(key)
    if (key === 'a') tier.delete('b', 'deleted')
    if (key === 'c') tier.clear('deleted')
  }
  expect(seen).toEqual(['a', 'c'])
})

test('what was cleared may be filled again, with more or with less', () => {
  tier = make({ maxEntries: 1_000, onRemove: undefined })
  for (const count of [1_000, 3, 70, 2_000]) {
    for (let i = 0; i < count; i++) set(`${i}`, i, i % 2 ? 1_000 : Infinity)
    expect(tier.size).toBe(Math.min(count, 1_000))
    expect(get(`${count - 1}`)).toBe(count - 1)
    tier.clear('invalidated')
    expect([tier.size, tier.weight, get('0')]).toEqual([0, 0, undefined])
  }
  clock.advance(10_000)
  expect(tier.removals.expired).toBe(0)
})

test('a bound may change while the structure grows', () => {
  for (let size = 50; size < 80; size++) {
    for (const most of [1, size - 2, size, size + 1, size + 2, 500]) {
      tier = make({ maxEntries: 1_000 })
      for (let i = 0; i < size; i++) set(`${i}`, i, 1_000)
      tier.resize({ maxEntries: most, maxWeight: Infinity })
      for (let i = size; i < size + 100; i++) set(`${i}`, i, 1_000)
      expect(tier.size).toBe(Math.min(most, size + 100))
      expect(get(`${size + 99}`)).toBe(size + 99)
    }
  }
})

test('the policy is given the same hash for the same key, another one for another seed', () => {
  const hashes: number[] = []
  const policy: PolicyFactory = (setup) => ({
    ...lru()(setup),
    insert: (slot) => hashes.push(setup.hashOf(slot)),
  })
  for (const seed of [1, 2]) {
    tier = make({ policy, seed })
    set('a', '1')
    tier.clear('deleted')
    set('a', '1')
  }
  expect(hashes[0]).toBe(hashes[1])
  expect(hashes[2]).toBe(hashes[3])
  expect(hashes[0]).not.toBe(hashes[2])
})
