import { beforeEach, describe, expect, test } from 'vitest'
import type { Clock } from '../../src/contracts/clock.ts'
import type { MemoryOptions } from '../../src/contracts/memory.ts'
import { MemoryTier } from '../../src/core/memory-tier.ts'
import { lru } from '../../src/policies/lru.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'

interface Entry {
  readonly value: string
  expiresAt: number
}

let clock: FakeClock
let told: string[]
let tier: MemoryTier<Entry>

function make(options: Partial<MemoryOptions<Entry>> = {}): MemoryTier<Entry> {
  return new MemoryTier<Entry>({
    maxEntries: 3,
    maxWeight: Infinity,
    policy: lru(),
    clock,
    onRemove: (key, entry, reason) => told.push(`${key}=${entry.value} ${reason}`),
    ...options,
  })
}

function set(key: string, value: string, ttl = Infinity, weight = 1): boolean {
  return tier.set(key, { value, expiresAt: clock.now() + ttl }, weight, clock.now())
}

function get(key: string): string | undefined {
  return tier.get(key, clock.now())?.value
}

function contents(): string[] {
  return [...tier.entries(clock.now())].map(([key, { value }]) => `${key}=${value}`).sort()
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

  test('the same entry set again has not left', () => {
    const entry = { value: '1', expiresAt: Infinity }
    tier.set('a', entry, 1, clock.now())
    tier.set('a', entry, 2, clock.now())
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
      onRemove(key, entry) {
        if (turns++ < 10) tier.set(key, entry, 1, clock.now())
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
    expect(tier.peek('c', clock.now())?.value).toBe('1')
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
      policy: () => {
        const slots: number[] = []
        return {
          ...lru()(1),
          insert: (slot) => slots.push(slot),
          remove: (slot) => slots.splice(slots.indexOf(slot), 1),
          victim: () => slots.at(-1) ?? -1,
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
    expect(tier.get('a', now + 99)?.value).toBe('1')
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
    const entry = { value: '1', expiresAt: clock.now() + 100 }
    tier.set('a', entry, 1, clock.now())
    entry.expiresAt += 10_000
    clock.advance(10_000)
    expect(get('a')).toBe('1')
    clock.advance(500)
    expect(tier.size).toBe(0)
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
    tier.set('b', { value: '1', expiresAt: now() + 1_000 }, 1, now())
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

test('the policy is given the same hash for the same key, another one for another seed', () => {
  const hashes: number[] = []
  const policy = () => ({ ...lru()(3), insert: (_: number, hash: number) => hashes.push(hash) })
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
