/**
 * One file each. `open({ port, memory, onEvent })` connects to the Redis on that port and answers
 *
 * - `get(key)`, `set(key, value)` and, if it can, `getMany(keys)`: an array of what was found;
 * - `getOrSet(key, load)`, if it is a cache; with `memory`, options that both understand, it keeps
 *   entries in the process, too;
 * - what only Hotset has: `set(key, value, tags)`, the `cache` itself, and who hears of its events.
 */
export async function subjectNamed(name) {
  const { open } = await import(`./subjects/${name}.mjs`)
  return open
}
