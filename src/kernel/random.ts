import type { Bytes } from '../contracts/store.ts'
import { stampLength } from './stamp.ts'

const poolLength = 4096

/** Makes stamps: 8 bytes that nobody else makes. Random bytes are fetched many at a time. */
export function stampSource(
  fill: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => crypto.getRandomValues(bytes),
): () => Bytes {
  const pool = new Uint8Array(poolLength)
  let used = poolLength
  return () => {
    if (used === poolLength) {
      fill(pool)
      used = 0
    }
    used += stampLength
    return pool.slice(used - stampLength, used)
  }
}

/**
 * 32 random bits to begin other random numbers with, as a signed integer. workerd gives random bytes to
 * requests only: what is made before the first, as a cache that a module exports, has weaker ones.
 */
export function randomSeed(): number {
  const seed = new Int32Array(1)
  try {
    crypto.getRandomValues(seed)
  } catch {
    seed[0] = Math.random() * 2 ** 32
  }
  return seed[0] as number
}
