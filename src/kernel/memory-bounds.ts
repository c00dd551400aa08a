import type { MemoryBounds } from '../contracts/cache.ts'
import { expectInteger } from './expect.ts'
import { bytes } from './size.ts'

const defaultMaxEntries = 10_000

/** The bounds as numbers, `Infinity` for none. */
export function memoryBounds(bounds: MemoryBounds): { maxEntries: number; maxWeight: number } {
  const { maxEntries, maxWeight } = bounds
  return {
    maxEntries:
      maxEntries === undefined
        ? maxWeight === undefined
          ? defaultMaxEntries
          : Infinity
        : maxEntries === Infinity
          ? Infinity
          : expectInteger('maxEntries', maxEntries, 1, 2 ** 30),
    maxWeight: maxWeight === undefined ? Infinity : bytes('maxWeight', maxWeight),
  }
}
