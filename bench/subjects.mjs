/**
 * One file each. A subject has
 *
 * - `kinds`: the workloads that it can do: `read`, `write`, `await`;
 * - `create({ entries, ttl })`: something with `get(key)` and `set(key, value)`; `ttl` in
 *   milliseconds, or not given;
 * - `ttl`: `'always'` where it is measured with one only, `'optional'` where also without;
 * - `isCache`: `false` where no right answers are to be expected;
 * - `slack`: how many times its bound it may hold, where that is not 1.
 */
const names = [
  'hotset',
  'hotset-lru',
  'hotset-get-sync',
  'map',
  'lru-cache',
  'quick-lru',
  'tiny-lru',
  'mnemonist',
  'loop',
  'hotset-get-or-set',
  'map-async',
  'lru-cache-fetch',
]

export async function subjectNamed(name) {
  const { subject } = await import(`./subjects/${name}.mjs`)
  return subject
}

export const allSubjects = () => Promise.all(names.map(subjectNamed))
