import { hitSame } from './hit-same.mjs'

/** What a promise costs around a hit of entries few enough to be found at once. */
export const awaitHit = {
  ...hitSame,
  name: 'await hit',
  kind: 'await',
  async run(cache, keys) {
    let found = 0
    for (let i = 0; i < keys.length; i++) if ((await cache.get(keys[i])) !== undefined) found++
    return found
  },
}
