import { memoryHub } from '../../src/buses/memory.ts'
import type { BusListener } from '../../src/contracts/bus.ts'
import { Synchronizer } from '../../src/core/behind/synchronizer.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

/** A synchronizer, what it tells its cache, and those who hear its bus; `leave` ends a subscription. */
export async function openSynchronizer(leave: () => Promise<void> = async () => {}): Promise<{
  readonly synchronizer: Synchronizer
  readonly told: string[]
  readonly listeners: BusListener[]
}> {
  const told: string[] = []
  const listeners: BusListener[] = []
  const bus = {
    ...memoryHub().connect(),
    async subscribe(listener: BusListener) {
      listeners.push(listener)
      return leave
    },
  }
  const synchronizer = new Synchronizer(bus, {
    cache: 'default',
    origin: new Uint8Array(8),
    clock: fakeClock(),
    storeTimeout: 500,
    prefixes: [],
    target: {
      changed: (kind, names) => told.push(`${kind} ${names.join(' ')}`),
      suspect: (reason) => told.push(`suspect: ${reason}`),
      written: (keys) => told.push(`written ${keys.join(' ')}`),
      failed: (error) => told.push(`failed: ${error}`),
    },
  })
  await synchronizer.open()
  return { synchronizer, told, listeners }
}
