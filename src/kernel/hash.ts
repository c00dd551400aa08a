/** Keys up to this length are hashed whole; of longer ones this many units, half from each end. */
const sample = 128

/**
 * 32 bits of a key, the same for the same key and seed: the mixing steps of MurmurHash3 (x86, 32
 * bits), one UTF-16 unit at a time. For counting and sampling, never for telling keys apart.
 */
export function hash(key: string, seed: number): number {
  const length = key.length
  let bits = seed | 0
  if (length <= sample) {
    for (let i = 0; i < length; i++) bits = mix(bits, key.charCodeAt(i))
  } else {
    for (let i = 0; i < sample / 2; i++) bits = mix(bits, key.charCodeAt(i))
    for (let i = length - sample / 2; i < length; i++) bits = mix(bits, key.charCodeAt(i))
  }
  bits ^= length
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}

function mix(bits: number, unit: number): number {
  const scrambled = Math.imul(unit, 0xcc9e2d51)
  const mixed = bits ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}
