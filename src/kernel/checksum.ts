import type { Bytes } from '../contracts/store.ts'

/**
 * 32 bits that tell damaged bytes from intact ones: MurmurHash3 x86_32 (Appleby, 2010) with seed 0,
 * over the first `end` bytes. Each step is a bijection of the state and of the word, so that a
 * change within one aligned word always shows; any other one is missed once in 2^32. It keeps out
 * accidents, not attackers.
 */
export function checksum(bytes: Bytes, end: number = bytes.length): number {
  return checksumOf(new DataView(bytes.buffer, bytes.byteOffset, end), end)
}

/** The same, for who has a view of the bytes already. */
export function checksumOf(view: DataView, end: number): number {
  const tail = end & ~3
  let state = 0
  for (let at = 0; at < tail; at += 4) {
    state ^= scramble(view.getInt32(at, true))
    state = (Math.imul((state << 13) | (state >>> 19), 5) + 0xe6546b64) | 0
  }
  let rest = 0
  for (let at = end - 1; at >= tail; at--) rest = (rest << 8) | view.getUint8(at)
  return finish(state ^ scramble(rest) ^ end)
}

function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}

function finish(state: number): number {
  let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
