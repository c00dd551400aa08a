import type { PolicyFactory } from '../contracts/policy.ts'
import { LinkedSlots } from '../kernel/linked-slots.ts'

/** Evicts what has been there for longest, used or not. */
export function fifo(): PolicyFactory {
  return () => {
    const byAge = new LinkedSlots()
    return {
      name: 'fifo',
      reserve: (capacity) => byAge.reserve(capacity),
      insert: (slot) => byAge.append(slot),
      hit() {},
      remove: (slot) => byAge.remove(slot),
      evict() {
        const slot = byAge.first()
        if (slot !== -1) byAge.remove(slot)
        return slot
      },
      resize() {},
      clear: () => byAge.clear(),
    }
  }
}
