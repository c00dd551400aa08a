/** The loader of those that have one. It is never to be asked: what is measured are hits. */
export function load(key) {
  throw new Error(`a hit was to be measured, but ${key} had to be loaded`)
}
