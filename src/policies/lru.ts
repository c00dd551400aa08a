import type { PolicyFactory } from '../contracts/policy.ts'
import { LinkedSlots } from '../kernel/linked-slots.ts'

/** Evicts what has not been used for longest. */
export function lru(): PolicyFactory {
  return () => {
    const byUse = new LinkedSlots()
    return {
      name: 'lru',
      reserve: (capacity) => byUse.reserve(capacity),
      insert: (slot) => byUse.append(slot),
      hit(slot) {
        byUse.remove(slot)
        byUse.append(slot)
      },
      remove: (slot) => byUse.remove(slot),
      evict() {
        const slot = byUse.first()
        if (slot !== -1) byUse.remove(slot)
        return slot
      },
      resize() {},
      clear: () => byUse.clear(),
    }
  }
}
