import { freshKey } from '../../keys.mjs'

/** Ten times as many keys as there may be entries: what is missing is set. */
export const readThrough = {
  name: 'read-through',
  kind: 'write',
  keys({ entries, zipf }) {
    const draw = zipf(10 * entries)
    const next = () => freshKey(draw())
    return { resident: next, next }
  },
  run(cache, keys, value) {
    let found = 0
    for (let i = 0; i < keys.length; i++) {
      if (cache.get(keys[i]) !== undefined) found++
      else cache.set(keys[i], value)
    }
    return found
  },
}
