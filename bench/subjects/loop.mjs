/** What the loop and the making of the key take by themselves. */
export const subject = {
  name: 'loop',
  kinds: ['read'],
  isCache: false,
  create() {
    let last
    return {
      get: () => last,
      set(_key, value) {
        last = value
      },
    }
  },
}
