/** FIPS 180-4 §4.2.2 and §5.3.3: the first 32 bits of the fractions of roots of the first primes. */
const constants = Int32Array.from(primes(64), (prime) => Math.cbrt(prime) * 2 ** 32)
const initial = Int32Array.from(primes(8), (prime) => Math.sqrt(prime) * 2 ** 32)

/**
 * SHA-256 of a text's UTF-16 units, high byte first, as 64 hexadecimal digits. It is here because
 * keys are needed in the same turn, and where there is no Node; it is not meant for bulk.
 */
export function sha256(text: string): string {
  const words = padded(text)
  const state = Int32Array.from(initial)
  for (let block = 0; block < words.length; block += 16) {
    compress(state, words.subarray(block, block + 16))
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

/** Two units a word, a bit, zeroes, and the length in bits (§5.1.1, §5.2.1). */
function padded(text: string): Int32Array {
  const { length } = text
  const words = new Int32Array(16 * Math.ceil((length + 5) / 32))
  for (let index = 0; index <= length; index++) {
    const unit = index === length ? 0x8000 : text.charCodeAt(index)
    words[index >> 1] = word(words, index >> 1) | (unit << (index & 1 ? 0 : 16))
  }
  words[words.length - 2] = length / 2 ** 28
  words[words.length - 1] = length * 16
  return words
}

/** One block (§6.2.2). The working variables a to h stay where they are; their names move on. */
function compress(state: Int32Array, block: Int32Array): void {
  const schedule = expanded(block)
  const v = Int32Array.from(state)
  for (let t = 0; t < 64; t++) {
    const a = word(v, -t & 7)
    const b = word(v, (1 - t) & 7)
    const c = word(v, (2 - t) & 7)
    const d = (3 - t) & 7
    const e = word(v, (4 - t) & 7)
    const h = (7 - t) & 7
    const choice = (e & word(v, (5 - t) & 7)) ^ (~e & word(v, (6 - t) & 7))
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const first =
      word(v, h) + turned(e, 6, 11, 25) + choice + word(constants, t) + word(schedule, t)
    v[d] = word(v, d) + first
    v[h] = first + turned(a, 2, 13, 22) + majority
  }
  for (let i = 0; i < 8; i++) state[i] = word(state, i) + word(v, i)
}

/** The message schedule (§6.2.2, step 1). */
function expanded(block: Int32Array): Int32Array {
  const w = new Int32Array(64)
  w.set(block)
  for (let t = 16; t < 64; t++) {
    const x = word(w, t - 15)
    const y = word(w, t - 2)
    const low = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3)
    const high = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10)
    w[t] = high + word(w, t - 7) + low + word(w, t - 16)
  }
  return w
}

function rotated(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by))
}

function turned(x: number, first: number, second: number, third: number): number {
  return rotated(x, first) ^ rotated(x, second) ^ rotated(x, third)
}

function word(words: Int32Array, index: number): number {
  return words[index] as number
}

function primes(count: number): number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  }
  return found
}
