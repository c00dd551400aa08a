import { freshKey } from '../../keys.mjs'

/** Keys that were never there before, in a cache that is full. */
export const insertEvict = {
  name: 'insert+evict',
  kind: 'write',
  keys({ entries }) {
    let index = entries
    return { resident: freshKey, next: () => freshKey(index++) }
  },
  run(cache, keys, value) {
    for (let i = 0; i < keys.length; i++) cache.set(keys[i], value)
    return 0
  },
}
