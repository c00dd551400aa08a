/** As little as there is: a `Map` without a bound, behind an async function. */
export const peer = {
  name: 'map',
  isUnbounded: true,
  hasNoTtl: true,
  readThrough({ load }) {
    const map = new Map()
    return async (key) => {
      const known = map.get(key)
      if (known !== undefined) return known
      const value = await load()
      map.set(key, value)
      return value
    }
  },
  memoize(fn) {
    const map = new Map()
    return async (...args) => {
      const key = JSON.stringify(args)
      const known = map.get(key)
      if (known !== undefined) return known
      const value = await fn(...args)
      map.set(key, value)
      return value
    }
  },
}
