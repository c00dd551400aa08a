import { freshKey } from '../../keys.mjs'
import { residents } from '../loops.mjs'

/** 95 reads to 5 writes, of entries that are there. */
export const mostlyReads = {
  name: '95/5',
  kind: 'write',
  keys: residents(freshKey),
  run(cache, keys, value) {
    let found = 0
    for (let i = 0; i < keys.length; i++) {
      if (i % 20 === 0) cache.set(keys[i], value)
      else if (cache.get(keys[i]) !== undefined) found++
    }
    return found
  },
}
