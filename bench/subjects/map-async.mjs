export const subject = {
  name: 'map-async',
  kinds: ['await'],
  create() {
    const map = new Map()
    return {
      get: async (key) => map.get(key),
      set: (key, value) => map.set(key, value),
    }
  },
}
