import { expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { BusListener } from '../../src/contracts/bus.ts'
import { readMessage, writeMessage } from '../../src/core/bus-message.ts'
import { Synchronizer } from '../../src/core/synchronizer.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

/** A synchronizer, what it tells its cache, and a way to let it hear a message. */
async function hearing() {
  const told: string[] = []
  const listeners: BusListener[] = []
  const bus = {
    ...memoryHub().connect(),
    async subscribe(listener: BusListener) {
      listeners.push(listener)
      return async () => {}
    },
  }
  const synchronizer = new Synchronizer(bus, {
    cache: 'default',
    origin: new Uint8Array(8),
    clock: fakeClock(),
    storeTimeout: 500, prefixes: [],
    target: {
      changed: (kind, names) => told.push(`${kind} ${names.join(' ')}`),
      suspect: (reason) => told.push(`suspect: ${reason}`),
      written: (keys) => told.push(`written ${keys.join(' ')}`),
      failed: (error) => told.push(`failed: ${error}`),
    },
  })
  await synchronizer.open()
  const hear = (sequence: number, name: string, cache = 'default', origin = '1'.repeat(16)) => {
    const message = { origin, sequence, cache, kind: 'keys', names: [name] } as const
    for (const listener of listeners) listener.message(writeMessage(message))
  }
  return { told, hear, listeners }
}

test('a missing number makes what was learned before it suspect', async () => {
  const { told, hear } = await hearing()
  hear(7, 'a')
  hear(8, 'b')
  hear(10, 'd')
  expect(told).toEqual(['keys a', 'keys b', 'suspect: missing message', 'keys d'])
})

test('a message that comes late or twice counts', async () => {
  const { told, hear } = await hearing()
  hear(1, 'a')
  hear(3, 'c')
  hear(2, 'b')
  hear(2, 'b')
  hear(4, 'd')
  expect(told).toEqual([
    'keys a',
    'suspect: missing message',
    'keys c',
    'keys b',
    'keys b',
    'keys d',
  ])
})

test('own messages and those of other caches are not for it; noise makes everything suspect', async () => {
  const { told, hear, listeners } = await hearing()
  hear(1, 'own', 'default', '0'.repeat(16))
  hear(1, 'other', 'other')
  expect(told).toEqual([])
  for (const listener of listeners) listener.message(new Uint8Array([1, 2, 3]))
  expect(told).toEqual(['suspect: unreadable message'])
})

test('many names go in several messages', async () => {
  const hub = memoryHub()
  const heard: string[] = []
  await hub.connect().subscribe({
    message: (bytes) => heard.push(...(readMessage(bytes)?.names ?? [])),
    gap: () => {},
  })
  const nothing = () => {}
  const target = { changed: nothing, suspect: nothing, written: nothing, failed: nothing }
  const clock = fakeClock()
  const origin = new Uint8Array(8)
  const synchronizer = new Synchronizer(hub.connect(), { cache: 'default', origin, clock, storeTimeout: 500, prefixes: [], target })
  const names = Array.from({ length: 3000 }, (_, i) => `key ${i} ${'x'.repeat(40)}`)
  await synchronizer.publish('keys', names)
  expect(heard).toEqual(names)
})
