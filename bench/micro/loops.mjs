/** The keys of a workload in which every entry is there, some read far more often than others. */
export const residents =
  (keyOf) =>
  ({ entries, zipf }) => {
    const draw = zipf(entries)
    return { resident: keyOf, next: () => keyOf(draw()) }
  }

/** Reads every key, and counts those that were there. */
export function readAll(cache, keys) {
  let found = 0
  for (let i = 0; i < keys.length; i++) if (cache.get(keys[i]) !== undefined) found++
  return found
}
