import { memoryHub } from '../../src/buses/memory.ts'
import type { BusListener } from '../../src/contracts/bus.ts'
import { Synchronizer, type SynchronizerOptions } from '../../src/core/behind/synchronizer.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'

/** What a synchronizer needs beside its bus, and what it tells its cache. */
export function syncParts(clock: FakeClock = fakeClock()): {
  readonly clock: FakeClock
  readonly told: string[]
  readonly options: SynchronizerOptions
} {
  const told: string[] = []
  const options: SynchronizerOptions = {
    cache: 'default',
    origin: new Uint8Array(8),
    clock,
    storeTimeout: 500,
    prefixes: ['default:'],
    everything: 'all',
    target: {
      changed: (kind, names) => told.push(`${kind} ${names.join(' ')}`),
      suspect: (reason) => told.push(`suspect: ${reason}`),
      written: (keys) => told.push(`written ${keys.join(' ')}`),
      failed: (error) => told.push(`failed: ${error}`),
    },
  }
  return { clock, told, options }
}

/** An open synchronizer, what it tells its cache, and those who hear its bus; `leave` ends a subscription. */
export async function openSynchronizer(leave: () => Promise<void> = async () => {}): Promise<{
  readonly synchronizer: Synchronizer
  readonly told: string[]
  readonly listeners: BusListener[]
}> {
  const listeners: BusListener[] = []
  const bus = {
    ...memoryHub().connect(),
    async subscribe(listener: BusListener) {
      listeners.push(listener)
      return leave
    },
  }
  const { options, told } = syncParts()
  const synchronizer = new Synchronizer(bus, options)
  await synchronizer.open()
  return { synchronizer, told, listeners }
}
