import type { PolicyFactory } from '../contracts/policy.ts'
import { grown } from '../kernel/grown.ts'
import { SplitMix } from '../kernel/split-mix.ts'

/** Evicts any entry but the newest, each as likely as the others. */
export function random(): PolicyFactory {
  return ({ seed }) => {
    const numbers = new SplitMix(seed)
    /** The slots without gaps, in no order; and where among them each is. */
    let slots = new Int32Array(0)
    let places = new Int32Array(0)
    let size = 0
    let newest = -1

    function remove(slot: number): void {
      const place = places[slot] as number
      const last = slots[--size] as number
      slots[place] = last
      places[last] = place
      if (slot === newest) newest = -1
    }

    return {
      name: 'random',
      reserve(capacity) {
        if (capacity <= slots.length) return
        slots = grown(Int32Array, slots, capacity)
        places = grown(Int32Array, places, capacity)
      },
      insert(slot) {
        slots[size] = slot
        places[slot] = size++
        newest = slot
      },
      hit() {},
      remove,
      evict() {
        if (size === 0) return -1
        const others = newest === -1 ? size : Math.max(1, size - 1)
        const drawn = slots[numbers.below(others)] as number
        // The newest is in a place of another's then, who has the last one, which is not drawn.
        const slot = drawn === newest ? (slots[size - 1] as number) : drawn
        remove(slot)
        return slot
      },
      resize() {},
      clear() {
        slots = new Int32Array(0)
        places = new Int32Array(0)
        size = 0
        newest = -1
      },
    }
  }
}
