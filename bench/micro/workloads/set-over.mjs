import { freshKey } from '../../keys.mjs'
import { residents } from '../loops.mjs'

/** New values for entries that are there. */
export const setOver = {
  name: 'set over',
  kind: 'write',
  keys: residents(freshKey),
  run(cache, keys, value) {
    for (let i = 0; i < keys.length; i++) cache.set(keys[i], value)
    return 0
  },
}
