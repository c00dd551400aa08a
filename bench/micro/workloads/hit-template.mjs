import { idOf } from '../../keys.mjs'

/** As callers write it: the key is put together in the call. */
export const hitTemplate = {
  name: 'hit template',
  kind: 'read',
  keys({ entries, zipf }) {
    const ids = Array.from({ length: entries }, (_, index) => idOf(index))
    const draw = zipf(entries)
    return {
      resident: (index) => `usr:${ids[index]}:profile:settings`,
      next: () => ids[draw()],
    }
  },
  run(cache, ids) {
    let found = 0
    for (let i = 0; i < ids.length; i++) {
      if (cache.get(`usr:${ids[i]}:profile:settings`) !== undefined) found++
    }
    return found
  },
}
