import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SlotMap } from '../../src/kernel/slot-map.ts'

type Value = number | null | undefined

/** Units of a long key that no sample of it takes in. */
const unsampled = 300
const longKey = (end: string, text: string) =>
  `${'x'.repeat(unsampled)}${text}${'x'.repeat(3_000 - unsampled - text.length)}${end}`

/** Keys of one hash, found by trying. */
function colliding(seed: number, pairs: number): string[] {
  const table = new SlotMap<undefined>(seed)
  const seen = new Map<number, string>()
  const found: string[] = []
  for (let i = 0; found.length < 2 * pairs; i++) {
    const key = `key:${i}`
    const hash = table.hash(key)
    const other = seen.get(hash)
    if (other === undefined) seen.set(hash, key)
    else found.push(key, other)
  }
  return found
}

const seed = 5
const alike = Array.from({ length: 12 }, (_, i) => longKey('a', `${i}`.padStart(4, '0')))
const keys: readonly string[] = [
  '',
  ...'abcdefghijklmnopqrstuvw',
  ...colliding(seed, 4),
  ...alike,
  ...Array.from({ length: 4 }, (_, i) => longKey(`${i}`, '')),
]

const key = fc.constantFrom(...keys)
const value: fc.Arbitrary<Value> = fc.constantFrom(0, 1, 2, null, undefined)
const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('insert' as const), key, value }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('remove' as const), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('set value' as const), key, value }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reserve' as const), more: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('insert many' as const), count: fc.nat(60) }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'remove many' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'clear' as const }) },
)

/** A table with as much room as it needs, and the map that it should be. */
class Pair {
  readonly model = new Map<string, { slot: number; value: Value }>()
  readonly table: SlotMap<Value>
  capacity = 0

  constructor(seed: number) {
    this.table = new SlotMap<Value>(seed)
  }

  reserve(capacity: number): void {
    if (capacity <= this.capacity) return
    this.capacity = capacity
    this.table.reserve(capacity)
  }

  find(key: string): number {
    return this.table.find(key, this.table.hash(key))
  }

  insert(key: string, value: Value): void {
    if (this.model.has(key)) return
    const { table } = this
    const expected = table.next
    const { used } = table
    this.reserve(expected + 1)
    expect(table.hashOfMissed(key)).toBe(table.hash(key))
    const slot = table.insert(key, table.hash(key), value)
    expect(slot).toBe(expected)
    // Freed slots come first.
    expect(table.used).toBe(this.model.size < used ? used : used + 1)
    this.model.set(key, { slot, value })
  }

  remove(key: string): void {
    const kept = this.model.get(key)
    if (!kept) return
    this.table.remove(kept.slot)
    this.model.delete(key)
    expect(this.table.next).toBe(kept.slot)
  }

  setValue(key: string, value: Value): void {
    const kept = this.model.get(key)
    if (!kept) return
    kept.value = value
    this.table.setValue(kept.slot, value)
  }

  clear(): void {
    this.table.clear()
    this.model.clear()
    this.capacity = 0
  }

  /** What holds after every operation. */
  check(): void {
    const { model, table } = this
    const { buckets, free } = table.inspect()
    const taken = [...model.values()].map(({ slot }) => slot).sort(ascending)
    expect(table.size).toBe(model.size)
    expect([...table.slots()]).toEqual(taken)
    expect(buckets.flat().sort(ascending)).toEqual(taken)
    expect([...taken, ...free].sort(ascending)).toEqual([...new Array(table.used).keys()])
    expect(buckets.length).toBeGreaterThanOrEqual(model.size)
    const wrong = [...model].filter(
      ([key, { slot, value }]) =>
        this.find(key) !== slot || table.keyAt(slot) !== key || table.valueAt(slot) !== value,
    )
    expect(wrong).toEqual([])
    expect(keys.filter((key) => !model.has(key) && this.find(key) !== -1)).toEqual([])
    const lost = [...keys, ...model.keys()].filter(
      (key) => table.seek(key) !== (model.get(key)?.slot ?? -1),
    )
    expect(lost).toEqual([])
    const kept = free.filter(
      (slot) => `${table.keyAt(slot)}${table.valueAt(slot)}` !== 'undefinedundefined',
    )
    expect(kept).toEqual([])
  }
}

function ascending(a: number, b: number): number {
  return a - b
}

function longestChain(table: SlotMap<Value>): number {
  return Math.max(...table.inspect().buckets.map((chain) => chain.length))
}

test('the table is what a map would be, and each key is at its slot and nowhere else', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(seed, 0, -1),
      fc.array(operation, { maxLength: 80, size: 'max' }),
      (seed, operations) => {
        const pair = new Pair(seed)
        for (const operation of operations) {
          if (operation.type === 'insert') pair.insert(operation.key, operation.value)
          else if (operation.type === 'remove') pair.remove(operation.key)
          else if (operation.type === 'set value') pair.setValue(operation.key, operation.value)
          else if (operation.type === 'reserve') pair.reserve(pair.capacity + operation.more)
          else if (operation.type === 'clear') pair.clear()
          else if (operation.type === 'insert many') {
            for (let i = 0; i < operation.count; i++) pair.insert(`many:${i}`, i)
          } else for (const key of [...pair.model.keys()].slice(0, -3)) pair.remove(key)
          pair.check()
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('thousands of entries come and go, and none is lost', () => {
  const pair = new Pair(seed)
  for (let i = 0; i < 10_000; i++) pair.insert(`key:${i}`, i)
  pair.check()
  for (let i = 0; i < 10_000; i += 3) pair.remove(`key:${i}`)
  pair.check()
  for (let i = 10_000; i < 13_000; i++) pair.insert(`key:${i}`, i)
  pair.check()
  expect(pair.table.used).toBe(10_000)
  expect(longestChain(pair.table)).toBeLessThan(12)
})

test('it grows by no more than two buckets at an insertion', () => {
  const pair = new Pair(seed)
  let before = pair.table.inspect().buckets.length
  for (let i = 0; i < 1_000; i++) {
    pair.insert(`key:${i}`, i)
    const after = pair.table.inspect().buckets.length
    expect(after - before).toBeLessThanOrEqual(2)
    before = after
  }
  expect(before).toBeGreaterThanOrEqual(1_000)
  expect(before).toBeLessThanOrEqual(2_000)
})

describe('keys that collide', () => {
  test('are told apart by all of them', () => {
    const pair = new Pair(seed)
    const [first, second] = colliding(seed, 1) as [string, string]
    expect(pair.table.hash(first)).toBe(pair.table.hash(second))
    pair.insert(first, 1)
    expect(pair.find(second)).toBe(-1)
    pair.insert(second, 2)
    pair.remove(first)
    expect(pair.find(first)).toBe(-1)
    expect(pair.table.valueAt(pair.find(second))).toBe(2)
  })

  const floods: Readonly<Record<string, readonly string[]>> = {
    'for h * 31 + unit': words(['Aa', 'BB'], 12),
    'for h * 33 + unit': words(['ab', 'bA'], 12),
    'for FNV-1a': fnvFlood(12),
    'for MurmurHash3 with every seed': murmurFlood(12),
    'in their lower bytes': words(['A', '\u0141'], 12),
    'in all bits but the highest of each unit': words(['A', '\u8041'], 12),
  }

  test('for well-known hashes really do so', () => {
    const polynomial = (factor: number) => (key: string) => {
      let hash = 5_381
      for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, factor) + key.charCodeAt(i)) | 0
      return hash
    }
    const hashed = (flood: string, hash: (key: string) => number) =>
      new Set((floods[flood] as string[]).map(hash)).size
    expect(hashed('for h * 31 + unit', polynomial(31))).toBe(1)
    expect(hashed('for h * 33 + unit', polynomial(33))).toBe(1)
    expect(hashed('for FNV-1a', (key) => fnv(key))).toBe(1)
    for (const seed of [0, 1, -77]) {
      expect(hashed('for MurmurHash3 with every seed', (key) => murmur(key, seed))).toBe(1)
    }
  })

  test.each(Object.entries(floods))('%s do not here', (_, flood) => {
    expect(new Set(flood).size).toBe(4_096)
    for (const seed of [0, 1, 99]) {
      const pair = new Pair(seed)
      for (const key of flood) pair.insert(key, 1)
      expect(longestChain(pair.table)).toBeLessThanOrEqual(12)
      expect(flood.filter((key) => pair.find(key) !== pair.model.get(key)?.slot)).toEqual([])
    }
  })
})

describe('long keys that differ where nobody looks', () => {
  const flood = Array.from({ length: 1_000 }, (_, i) => longKey('', `${i}`.padStart(4, '0')))

  test('have one hash at first', () => {
    const table = new SlotMap<Value>(seed)
    expect(new Set(flood.map((key) => table.hash(key))).size).toBe(1)
  })

  test('leave chains short, and are all found, those from before among them', () => {
    const pair = new Pair(seed)
    for (const key of flood) pair.insert(key, 1)
    expect(longestChain(pair.table)).toBeLessThanOrEqual(14)
    pair.check()
    for (const key of flood.slice(0, 20)) pair.remove(key)
    expect(flood.slice(0, 20).filter((key) => pair.find(key) !== -1)).toEqual([])
    pair.check()
  })

  test('are found after much else was taken out', () => {
    const pair = new Pair(seed)
    for (const key of flood.slice(0, 20)) pair.insert(key, 1)
    for (let i = 0; i < 100; i++) pair.insert(`key:${i}`, i)
    for (let i = 0; i < 100; i++) pair.remove(`key:${i}`)
    for (const key of flood.slice(10, 20)) pair.remove(key)
    pair.check()
  })

  test('leave chains short when they come and go', () => {
    const pair = new Pair(seed)
    for (let round = 0; round < 3; round++) {
      for (const key of flood) {
        pair.insert(key, 1)
        const oldest = [...pair.model.keys()][0]
        if (pair.model.size > 100 && oldest !== undefined) pair.remove(oldest)
      }
      expect(longestChain(pair.table)).toBeLessThanOrEqual(9)
    }
    pair.check()
  })

  test('are known after everything was taken out', () => {
    const pair = new Pair(seed)
    for (const key of flood) pair.insert(key, 1)
    pair.clear()
    for (const key of flood) pair.insert(key, 2)
    expect(longestChain(pair.table)).toBeLessThanOrEqual(9)
    pair.check()
  })
})

/** All words of so many syllables, each of which is one of two. */
function words([one, other]: readonly [string, string], syllables: number): string[] {
  let all = ['']
  for (let i = 0; i < syllables; i++) all = all.flatMap((word) => [word + one, word + other])
  return all
}

function fnv(key: string, basis = 0x811c9dc5): number {
  let hash = basis
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return hash
}

/** Joux, "Multicollisions in Iterated Hash Functions", CRYPTO 2004: n pairs give 2 ** n keys of one hash. */
function fnvFlood(syllables: number): string[] {
  let all = ['']
  let basis: number | undefined
  for (let i = 0; i < syllables; i++) {
    const seen = new Map<number, string>()
    for (let j = 0; ; j++) {
      const syllable = j.toString(36).padStart(4, '-')
      const hash = fnv(syllable, basis)
      const other = seen.get(hash)
      seen.set(hash, syllable)
      if (other === undefined) continue
      all = all.flatMap((word) => [word + syllable, word + other])
      basis = hash
      break
    }
  }
  return all
}

/** MurmurHash3 (x86, 32 bits) of the bytes that are a key's units. */
function murmur(key: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < key.length; i += 4) {
    let block = 0
    for (let j = 0; j < 4; j++) block |= key.charCodeAt(i + j) << (8 * j)
    const mixed = hash ^ Math.imul(rotated(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
    hash = (Math.imul(rotated(mixed, 13), 5) + 0xe6546b64) | 0
  }
  return hash ^ key.length
}

/**
 * Aumasson and Bernstein, "Hash-flooding DoS reloaded", 2012: two blocks whose differences cancel
 * each other in the highest bit, whatever the seed.
 */
function murmurFlood(syllables: number): string[] {
  const blockFor = (mixed: number) =>
    Math.imul(rotated(Math.imul(mixed, inverse(0x1b873593)), 17), inverse(0xcc9e2d51))
  const text = (block: number) =>
    String.fromCharCode(...[0, 8, 16, 24].map((shift) => (block >>> shift) & 255))
  const one = text(blockFor(0)) + text(blockFor(0))
  const other = text(blockFor(1 << 18)) + text(blockFor(1 << 31))
  return words([one, other], syllables)
}

function rotated(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by))
}

/** Of an odd number, modulo 2 ** 32: each of Newton's steps doubles how many bits are right. */
function inverse(odd: number): number {
  let found = odd
  for (let i = 0; i < 5; i++) found = Math.imul(found, 2 - Math.imul(odd, found))
  return found
}

test('a long key that was sought before all of it counted is put in by all of it', () => {
  const table = new SlotMap<number>(seed)
  table.reserve(alike.length)
  const [sought = '', ...others] = alike
  const sampled = table.hash(sought)
  for (const [i, other] of others.entries()) {
    expect(table.seek(sought)).toBe(-1)
    table.insert(other, table.hash(other), i)
    expect(table.hashOfMissed(sought)).toBe(table.hash(sought))
  }
  expect(table.hash(sought)).not.toBe(sampled)
})
