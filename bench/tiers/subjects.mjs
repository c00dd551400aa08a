/**
 * One file each. `open({ port, memory })` connects to the Redis on that port and answers
 *
 * - `get(key)`, `set(key, value)` and, if it can, `getMany(keys)`: an array of what was found;
 * - `getOrSet(key, load)`, if it is a cache; `memory` is whether that keeps entries in the process too.
 *
 * What is more is for `hotset` alone.
 */
const names = ['hotset', 'hotset-ioredis', 'node-redis', 'ioredis', 'bentocache']

export async function subjectNamed(name) {
  const { open } = await import(`./subjects/${name}.mjs`)
  return open
}

/** Their own check is made by those who time them. */
export const allSubjects = names.map((name) => ({ name, isCache: false }))
