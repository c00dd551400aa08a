/**
 * One file each: caches as their users make them. A peer has, as far as it can,
 *
 * - `readThrough({ entries, ttl, load })`: a function that answers what `load` did for a key, with
 *   so many entries at most and for so many milliseconds;
 * - `memoize(fn, { entries })`: a function that remembers what `fn` answered to the same arguments;
 * - `tagged({ entries, port })`: `set(key, value, tags)`, `get(key)` and `invalidate(tag)`, in memory,
 *   and in the Redis on that port, too, if one is given;
 * - `isUnbounded`, `hasNoTtl`: it does without; `slack`: how many times its bound it may hold.
 */
const names = [
  'hotset',
  'map',
  'lru-cache',
  'p-memoize',
  'layered-loader',
  'async-cache-dedupe',
  'cache-manager',
  'unstorage',
  'cacheable',
  'cachified',
  'bentocache',
]

export async function peerNamed(name) {
  const { peer } = await import(`./peers/${name}.mjs`)
  return peer
}

export const allPeers = () => Promise.all(names.map(peerNamed))

const smoke = new URL('peers/smoke.mjs', import.meta.url)

/** A peer as the subject of a job: asked first whether it reads through rightly. */
export const readingSubject = ({ name: peer }, name = peer) => ({ name, peer, smoke })
