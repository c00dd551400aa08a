import type { PolicyFactory } from '../contracts/policy.ts'
import { grown } from '../kernel/grown.ts'
import { LinkedSlots } from '../kernel/linked-slots.ts'

/**
 * Evicts what was not used since a hand last passed it: SIEVE (Zhang et al., "SIEVE is Simpler than
 * LRU", NSDI 2024). The hand goes from the oldest entry to the newest and begins again; what it
 * finds used it lets stay where it is.
 *
 * The paper makes room first, then inserts. So the newest entry joins the queue when the next one
 * comes, and goes before that only if there is no other.
 */
export function sieve(): PolicyFactory {
  return () => {
    const byAge = new LinkedSlots()
    let used = new Uint8Array(0)
    /** Where the next search begins; -1 is at the oldest. */
    let hand = -1
    let newest = -1

    function remove(slot: number): void {
      if (slot === hand) hand = byAge.after(slot)
      if (slot === newest) newest = -1
      else byAge.remove(slot)
    }

    return {
      name: 'sieve',
      reserve(capacity) {
        if (capacity <= used.length) return
        used = grown(Uint8Array, used, capacity)
        byAge.reserve(capacity)
      },
      insert(slot) {
        if (newest !== -1) byAge.append(newest)
        newest = slot
        used[slot] = 0
      },
      hit(slot) {
        used[slot] = 1
      },
      remove,
      evict() {
        let slot = hand === -1 ? byAge.first() : hand
        if (slot === -1) slot = newest
        else {
          while (used[slot] === 1) {
            used[slot] = 0
            slot = byAge.after(slot)
            if (slot === -1) slot = byAge.first()
          }
          hand = slot
        }
        if (slot !== -1) remove(slot)
        return slot
      },
      resize() {},
      clear() {
        byAge.clear()
        used = new Uint8Array(0)
        hand = -1
        newest = -1
      },
    }
  }
}
