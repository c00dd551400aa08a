import { describe, expect, test, vi } from 'vitest'
import { KeyHash } from '../../src/kernel/key-hash.ts'
import { SplitMix } from '../../src/kernel/split-mix.ts'

const count = 25_600
/** Units of a key that are looked at, and the parts of a long one that they are taken from. */
const sampled = 128
const parts = 16
const long = 3_000

function keys(make: (i: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

/** Keys of two units a bit of their number, so that they differ in those alone. */
function binary(zero: string, one: string): string[] {
  return keys((i) => i.toString(2).padStart(15, '0').replaceAll('0', zero).replaceAll('1', one))
}

const random = new SplitMix(1)
const hex = (digits: number) => (random.next() >>> 0).toString(16).padStart(8, '0').slice(0, digits)

const sequences: Readonly<Record<string, string[]>> = {
  numbers: keys((i) => `${i}`),
  'padded numbers': keys((i) => `${i}`.padStart(12, '0')),
  'numbers within like text': keys((i) => `product:${i}:page`),
  'numbers in reverse': keys((i) => [...`${i}`.padStart(8, '0')].reverse().join('')),
  'random identifiers': keys(() => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(8)}${hex(4)}`),
  'identifiers by time': keys((i) => `018f3c2a-${(i >> 8).toString(16)}-7000-8000-${i & 255}`),
  'addresses of pages': keys((i) => `https://example.com/catalogue/${i % 97}?page=${i}&sort=name`),
  'objects as text': keys((i) => `{"user":${i % 300},"from":${i},"to":${i + 20}}`),
  'two letters': binary('a', 'b'),
  'letters that differ in one bit': binary('A', 'a'),
  'units that differ in their upper byte': binary('\u0100', '\u0200'),
  'one unit each': keys((i) => String.fromCharCode(i)),
  'one unit, again and again': keys((i) => '\0'.repeat(i % 200) + String.fromCharCode(i)),
  'numbers within long text': keys((i) => `${'/'.repeat(280)}${i}${'/'.repeat(280)}`),
}

/** As if there had been long keys of one hash. */
function hashes(keys: readonly string[], seed = 0): number[] {
  const hash = new KeyHash(seed)
  hash.whole = true
  return keys.map((key) => hash.of(key))
}

/** How many keys are in the fullest of 256 buckets. */
function fullest(hashes: readonly number[], shift: number): number {
  const buckets = new Array<number>(256).fill(0)
  for (const hash of hashes) {
    const bucket = (hash >>> shift) & 255
    buckets[bucket] = (buckets[bucket] as number) + 1
  }
  return Math.max(...buckets)
}

/** Pairs of keys of one hash, found by trying. */
function collisions(seed: number, keys: readonly string[]): [string, string][] {
  const seen = new Map<number, string>()
  const found: [string, string][] = []
  const hash = new KeyHash(seed)
  for (const key of keys) {
    const other = seen.get(hash.of(key))
    if (other === undefined) seen.set(hash.of(key), key)
    else found.push([key, other])
  }
  return found
}

test('a key has one hash of 32 bits for each seed', () => {
  const hash = new KeyHash(7)
  expect(hash.of('user:42')).toBe(new KeyHash(7).of(['user', '42'].join(':')))
  expect(hash.of('user:42')).not.toBe(new KeyHash(8).of('user:42'))
  for (const key of ['', 'a', 'ä', '🂡', '\ud800', 'x'.repeat(5_000)]) {
    expect(hash.of(key) | 0).toBe(hash.of(key))
  }
})

/** Made by somebody who knows how keys are hashed, but not the seed. */
const crafted: Readonly<Record<string, string[]>> = {
  'every other byte differs in its highest bit': binary('xA', 'x\u00c1'),
  'bytes that differ in their highest bit': binary('A', '\u00c1'),
  'units that differ in their highest bit': binary('A', '\u8041'),
  'units whose upper bytes are those of the next': binary('\u4141\u0041', '\u0041\u0041'),
  'units of which one is 0': binary('\0', '\u8000'),
}

const all = Object.entries({ ...sequences, ...crafted })

describe.each(all)('%s', (_, keys) => {
  // 100 in each bucket on average: chance puts over 150 into one of 256 once in 100,000 times.
  test.each([0, 12_345])('are spread evenly, in the high bits and in the low, seed %d', (seed) => {
    const hashed = hashes(keys, seed)
    for (const shift of [0, 8, 16, 24]) expect(fullest(hashed, shift)).toBeLessThan(160)
  })

  test.each([0, 12_345])('have hashes of their own, seed %d', (seed) => {
    // Two units in each of which one bit differs leave part of the hash to chance.
    expect(new Set(hashes(keys, seed)).size).toBeGreaterThan(count - 30)
  })
})

test('which keys collide depends on the seed', () => {
  const many = Array.from({ length: 400_000 }, (_, i) => `key:${i}`)
  const pairs = collisions(1, many)
  // 19 by chance, more or less: like keys collide in groups.
  expect(pairs.length).toBeGreaterThan(5)
  expect(pairs.length).toBeLessThan(200)
  for (const seed of [2, 3, -1]) {
    const hash = new KeyHash(seed)
    expect(pairs.filter(([key, other]) => hash.of(key) === hash.of(other))).toEqual([])
  }
})

test.each([
  ['x', 'y'],
  ['ж', 'я'],
])('each unit of a key counts, and where it is: %s or %s', (one, other) => {
  for (const length of [1, 2, 127, 128, 129, 255, 256, 257, 511, 512, 513, 2_000]) {
    const key = one.repeat(length)
    const changed = Array.from(
      { length },
      (_, i) => `${key.slice(0, i)}${other}${key.slice(i + 1)}`,
    )
    const all = [key, ...changed, `${key}${one}`, `${key}\0`, `\0${key}`]
    expect(new Set(hashes(all)).size).toBeGreaterThanOrEqual(all.length - 2)
  }
})

describe.each([
  ['x', 'y'],
  ['ж', 'я'],
])('long keys of %s and %s', (one, other) => {
  const key = one.repeat(long)
  const changed = Array.from(key, (_, i) => `${key.slice(0, i)}${other}${key.slice(i + 1)}`)

  test('are those of more units than are looked at', () => {
    const hash = new KeyHash(0)
    expect(hash.isLong(one.repeat(sampled))).toBe(false)
    expect(hash.isLong(one.repeat(sampled + 1))).toBe(true)
  })

  test('are told from one another by a sample: its length, both ends, parts between', () => {
    const hash = new KeyHash(0)
    const passedOver = changed.map((other) => hash.of(other) === hash.of(key))
    expect(passedOver.filter((over) => !over).length).toBe(sampled)
    const ends = [...passedOver.slice(0, sampled / parts), ...passedOver.slice(-sampled / parts)]
    expect(ends).toEqual(ends.map(() => false))
    const gaps = passedOver
      .map((over) => (over ? '-' : ' '))
      .join('')
      .split(/ +/)
    const longest = Math.max(...gaps.map((gap) => gap.length))
    expect(longest).toBeLessThanOrEqual(Math.ceil((long - sampled) / (parts - 1)))
    expect(hash.of(`${key}${one}`)).not.toBe(hash.of(key))
    const part = 'abcdefgh'
    expect(hash.of(`${part}${key}`)).not.toBe(hash.of(`${key}${part}`))
  })

  test('that are hardly so are told from one another by nearly all there is of them', () => {
    const hash = new KeyHash(0)
    const numbers = keys((i) => `${one.repeat(sampled + 1 - 12)}${`${i}`.padStart(12, '0')}`)
    expect(new Set(numbers.map((key) => hash.of(key))).size).toBeGreaterThan(count / 11)
  })

  test('are told from one another by all there is of them, once they are hashed whole', () => {
    const hash = new KeyHash(0)
    hash.whole = true
    expect(new Set(changed.map((other) => hash.of(other))).size).toBe(long)
  })

  test('have the hash of their sample still, by which they were known before', () => {
    const hash = new KeyHash(5)
    const before = changed.map((other) => hash.of(other))
    expect(changed.map((other) => hash.ofSample(other))).toEqual(before)
    hash.whole = true
    expect(changed.map((other) => hash.ofSample(other))).toEqual(before)
    expect(changed.map((other) => hash.of(other))).not.toEqual(before)
  })
})

test('long keys are looked at in as many places, however long they are', () => {
  const hash = new KeyHash(0)
  const looks = vi.spyOn(String.prototype, 'charCodeAt')
  for (const length of [sampled + 1, 100_000, 2 ** 22]) {
    looks.mockClear()
    hash.of('x'.repeat(length))
    expect(looks.mock.calls.length).toBe(sampled)
  }
  looks.mockRestore()
})

test('the hash of a few bytes is their sum, each times a number of its own, as MurmurHash3 mixes it', () => {
  const mixed = (sum: number) => {
    const half = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b)
    const whole = Math.imul(half ^ (half >>> 13), 0xc2b2ae35)
    return whole ^ (whole >>> 16)
  }
  for (const seed of [0, 1, -77]) {
    const random = new SplitMix(seed)
    const numbers = [random.next(), random.next(), random.next()]
    for (const bytes of [[], [65], [65, 66], [97, 1, 255]]) {
      const sum = bytes.reduce(
        (sum, byte, i) => sum + Math.imul(numbers[i] ?? 0, byte),
        bytes.length,
      )
      expect(new KeyHash(seed).of(String.fromCharCode(...bytes))).toBe(mixed(sum | 0))
    }
  }
})

test('hashing whole changes nothing for keys that are not long', () => {
  const [hash, whole] = [new KeyHash(0), new KeyHash(0)]
  whole.whole = true
  for (let length = 0; length <= sampled; length++) {
    const key = 'x'.repeat(length)
    expect(whole.of(key)).toBe(hash.of(key))
  }
})
