import type { Bus } from '../contracts/bus.ts'
import { BusError } from '../kernel/errors.ts'
import { Audience } from './audience.ts'

/** Where the buses of one process meet. */
export interface MemoryHub {
  /** A bus of its own for each cache; what one publishes reaches the listeners of all. */
  connect(): Bus
}

/**
 * Connects several caches of one process: for tests, examples, and applications that are several in
 * one. Messages are delivered before `publish` returns, in the order of their publication.
 */
export function memoryHub(): MemoryHub {
  const audience = new Audience()
  return {
    connect() {
      const leaves = new Set<() => void>()
      let closed = false
      const expectOpen = () => {
        if (closed) throw new BusError('The memory bus is closed')
      }
      return {
        name: 'memory',
        async publish(message) {
          expectOpen()
          audience.message(message)
          audience.deliver()
        },
        async subscribe(listener) {
          expectOpen()
          const leave = audience.add(listener)
          leaves.add(leave)
          return async () => {
            leaves.delete(leave)
            leave()
          }
        },
        async close() {
          closed = true
          for (const leave of leaves) leave()
          leaves.clear()
        },
      }
    },
  }
}
