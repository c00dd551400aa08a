import { systemClock } from '../../dist/kernel/system-clock.js'
import { MemoryTier } from '../../dist/memory/memory-tier.js'
import { tinylfu } from '../../dist/policies/tinylfu.js'

/** The memory tier by itself, called as the cache calls it. */
class Memory {
  constructor({ entries, ttl = Number.POSITIVE_INFINITY, policy }) {
    const bounds = { maxEntries: entries, maxWeight: Number.POSITIVE_INFINITY }
    this.tier = new MemoryTier({ ...bounds, policy, clock: systemClock })
    this.ttl = ttl
  }

  get(key) {
    return this.tier.get(key, instant())
  }

  set(key, value) {
    const now = instant()
    this.tier.set(key, value, 1, now + this.ttl, now)
  }
}

function instant() {
  return systemClock.recent?.() ?? systemClock.now()
}

export const memoryWith = (policy) => (options) => new Memory({ ...options, policy: policy() })

export const subject = {
  name: 'hotset',
  kinds: ['read', 'write'],
  ttl: 'optional',
  create: memoryWith(tinylfu),
}
