/** The baseline: a `Map`, and a ring of its keys in order of arrival, the cheapest bound there is. */
class BoundedMap {
  constructor(entries) {
    this.map = new Map()
    this.ring = new Array(entries)
    this.next = 0
  }

  get(key) {
    return this.map.get(key)
  }

  set(key, value) {
    const { map, ring, next } = this
    const before = map.size
    map.set(key, value)
    if (map.size === before) return
    if (before === ring.length) map.delete(ring[next])
    ring[next] = key
    this.next = next + 1 === ring.length ? 0 : next + 1
  }
}

export const subject = {
  name: 'map',
  kinds: ['read', 'write'],
  create: ({ entries }) => new BoundedMap(entries),
}
