import type { PolicyFactory } from '../contracts/policy.ts'
import { grown } from '../kernel/grown.ts'
import { LinkedSlots } from '../kernel/linked-slots.ts'
import { RecentHashes } from '../kernel/recent-hashes.ts'

/** The queues. */
const small = 0
const main = 1
/** The part of the whole from which on the small queue gives, rather than the main one. */
const smallShare = 0.1
/** A slot's mark is how often it was used, up to 3, in two bits; and its queue in the next. */
const mostUses = 3
const queueBit = 2

/**
 * Evicts what is used no more than once soon after it came: S3-FIFO (Yang et al., "FIFO queues are
 * all you need for cache eviction", SOSP 2023). Entries pass a small queue, or go round in the main
 * one for as long as they are used. Who was evicted from the small queue and comes back within as
 * many such evictions as there are entries goes to the main one at once.
 *
 * Shares are those of what is there, by weight where weight is bounded: when there is something to
 * evict, that is as much as there may be. The newest entry joins a queue when the next one comes,
 * as the paper makes room first, and goes before that only if there is no other.
 */
export function s3fifo(): PolicyFactory {
  return (setup) => {
    const queues = new LinkedSlots(2)
    const ghosts = new RecentHashes()
    let marks = new Uint8Array(0)
    let weighted = setup.maxWeight < Infinity
    const loads = new Float64Array(2)
    let size = 0
    let newest = -1

    function enter(slot: number, queue: number, uses: number): void {
      queues.append(slot, queue)
      marks[slot] = uses | (queue << queueBit)
      loads[queue] = (loads[queue] as number) + (weighted ? setup.weightOf(slot) : 1)
      size++
    }

    function leave(slot: number): void {
      const queue = (marks[slot] as number) >> queueBit
      queues.remove(slot)
      loads[queue] = (loads[queue] as number) - (weighted ? setup.weightOf(slot) : 1)
      size--
    }

    /** The slot that the paper would look at next, or -1. */
    function candidate(): number {
      const inSmall = loads[small] as number
      const inAll = inSmall + (loads[main] as number)
      const queue = inSmall >= inAll * smallShare ? small : main
      const slot = queues.first(queue)
      return slot === -1 ? queues.first(small + main - queue) : slot
    }

    return {
      name: 's3fifo',
      reserve(capacity) {
        if (capacity <= marks.length) return
        marks = grown(Uint8Array, marks, capacity)
        queues.reserve(capacity)
        ghosts.resize(capacity)
      },
      insert(slot) {
        if (newest !== -1) {
          const queue = ghosts.take(setup.hashOf(newest), size) ? main : small
          enter(newest, queue, marks[newest] as number)
        }
        newest = slot
        marks[slot] = 0
      },
      hit(slot) {
        const mark = marks[slot] as number
        if ((mark & mostUses) < mostUses) marks[slot] = mark + 1
      },
      reweigh(slot, before) {
        if (slot === newest) return
        const queue = (marks[slot] as number) >> queueBit
        loads[queue] = (loads[queue] as number) + setup.weightOf(slot) - before
      },
      remove(slot) {
        if (slot === newest) newest = -1
        else leave(slot)
      },
      evict() {
        for (;;) {
          const slot = candidate()
          if (slot === -1) break
          const mark = marks[slot] as number
          leave(slot)
          if (mark >> queueBit === small) {
            if (mark <= 1) {
              ghosts.add(setup.hashOf(slot))
              return slot
            }
            enter(slot, main, 0)
          } else {
            if ((mark & mostUses) === 0) return slot
            enter(slot, main, (mark & mostUses) - 1)
          }
        }
        const slot = newest
        newest = -1
        return slot
      },
      resize(_, maxWeight) {
        weighted = maxWeight < Infinity
        for (const queue of [small, main]) {
          let load = 0
          for (let slot = queues.first(queue); slot !== -1; slot = queues.after(slot)) {
            load += weighted ? setup.weightOf(slot) : 1
          }
          loads[queue] = load
        }
      },
      clear() {
        queues.clear()
        ghosts.resize(0)
        marks = new Uint8Array(0)
        loads.fill(0)
        size = 0
        newest = -1
      },
    }
  }
}
