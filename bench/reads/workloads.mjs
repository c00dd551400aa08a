import { randomFrom, zipf } from '../draws.mjs'
import { freshKey } from '../keys.mjs'

/**
 * Each has so many `entries` at most, and says how many loads a read makes. Of `keys(seed)`,
 * `resident(index)` are those that are there at first, and `next()` is what one read is given.
 */
export const workloads = [
  {
    name: 'hit',
    entries: 1_000,
    loadsPerRead: 0,
    keys(seed) {
      const keys = Array.from({ length: 1_000 }, (_, index) => freshKey(index))
      const draw = zipf(keys.length, randomFrom(seed))
      return { resident: (index) => keys[index], next: () => keys[draw()] }
    },
  },
  {
    name: 'miss, instant loader',
    entries: 10_000,
    loadsPerRead: 1,
    keys() {
      let index = 10_000
      return { resident: freshKey, next: () => freshKey(index++) }
    },
  },
]
