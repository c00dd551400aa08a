import { expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { BusListener } from '../../src/contracts/bus.ts'
import { readMessage, writeMessage } from '../../src/core/behind/bus-message.ts'
import { Synchronizer } from '../../src/core/behind/synchronizer.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { openSynchronizer } from './open-synchronizer.ts'

/** A synchronizer, what it tells its cache, and a way to let it hear a message. */
async function hearing() {
  const { told, listeners } = await openSynchronizer()
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
  const synchronizer = new Synchronizer(hub.connect(), {
    cache: 'default',
    origin,
    clock,
    storeTimeout: 500,
    prefixes: [],
    target,
  })
  const names = Array.from({ length: 3000 }, (_, i) => `key ${i} ${'x'.repeat(40)}`)
  await synchronizer.publish('keys', names)
  expect(heard).toEqual(names)
})

/** Two synchronizers on one bus, what the first tells its cache, and faults on its way. */
async function together() {
  const clock = fakeClock()
  const hub = memoryHub()
  const faults = {
    deaf: false,
    mute: false,
    publish: (_: Uint8Array): Promise<void> | undefined => undefined,
  }
  const told: string[] = []
  const make = (origin: number, tell: (line: string) => void) => {
    const bus = hub.connect()
    const first = origin === 1
    return new Synchronizer(
      {
        ...bus,
        publish: async (bytes) => {
          if (!first && faults.mute) return
          await ((first && faults.publish(bytes)) || bus.publish(bytes))
        },
        subscribe: (listener) =>
          bus.subscribe({
            message: (bytes) => !(first && faults.deaf) && listener.message(bytes),
            gap: (reason) => listener.gap(reason),
          }),
      },
      {
        cache: 'default',
        origin: new Uint8Array(8).fill(origin),
        clock,
        storeTimeout: 500,
        prefixes: [],
        target: {
          changed: (kind, names) => tell(`${kind} ${names.join(' ')}`),
          suspect: (reason) => tell(`suspect: ${reason}`),
          written: () => {},
          failed: (error) => tell(String(error)),
        },
      },
    )
  }
  const one = make(1, (line) => told.push(line))
  const two = make(2, () => {})
  await one.open()
  await two.open()
  return { clock, one, two, told, faults }
}

test('who hears neither itself nor others for three beats is not healthy, until it does again', async () => {
  const { clock, one, told, faults } = await together()
  await clock.pass(10_000)
  expect(told).toEqual([])
  faults.deaf = true
  await clock.pass(3_000)
  expect(one.healthy).toBe(true)
  await clock.pass(1_000)
  expect(one.healthy).toBe(false)
  expect(told).toContain('suspect: the bus is silent')
  faults.deaf = false
  await clock.pass(1_000)
  expect(one.healthy).toBe(true)
  expect(told.at(-1)).toBe('suspect: heard again')
})

test('a change whose word is lost shows at the next sign of life', async () => {
  const { clock, two, told, faults } = await together()
  await clock.pass(2_000)
  faults.deaf = true
  await two.publish('keys', ['a'])
  faults.deaf = false
  expect(told).toEqual([])
  await clock.pass(1_000)
  expect(told).toEqual(['suspect: missing message'])
})

test('who falls silent may have said something that was missed', async () => {
  const { clock, one, told, faults } = await together()
  await clock.pass(2_000)
  faults.mute = true
  await clock.pass(10_000)
  expect(told).toEqual(['suspect: another process is silent'])
  expect(one.healthy).toBe(true)
})

test('who takes its leave has not', async () => {
  const { clock, two, told } = await together()
  await clock.pass(2_000)
  await two.close()
  await clock.pass(10_000)
  expect(told).toEqual([])
})

test('a bus that does not answer costs one publication its deadline, and the next ones nothing', async () => {
  const { clock, one, told, faults } = await together()
  faults.publish = () => new Promise(() => {})
  let published = 0
  void one.publish('keys', ['a']).then(() => published++)
  await clock.pass(499)
  expect(published).toBe(0)
  await clock.pass(1)
  expect(published).toBe(1)
  expect(told).toEqual([expect.stringContaining('No answer for more than 500 ms')])
  await one.publish('keys', ['b'])
  faults.publish = () => undefined
  await clock.pass(1_000)
  faults.publish = () => new Promise(() => {})
  void one.publish('keys', ['c']).then(() => published++)
  await clock.pass(499)
  expect(published).toBe(1)
})

test('a subscription that is refused, or answered too late, is made again', async () => {
  const clock = fakeClock()
  const failures: string[] = []
  const late: ((leave: () => Promise<void>) => void)[] = []
  let left = 0
  const listeners: BusListener[] = []
  const answers = [
    () => Promise.reject(new Error('not yet')),
    () => new Promise<() => Promise<void>>((resolve) => late.push(resolve)),
  ]
  const hub = memoryHub()
  const bus = hub.connect()
  const synchronizer = new Synchronizer(
    {
      ...bus,
      subscribe: (listener) => {
        listeners.push(listener)
        return answers.shift()?.() ?? bus.subscribe(listener)
      },
    },
    {
      cache: 'default',
      origin: new Uint8Array(8),
      clock,
      storeTimeout: 500,
      prefixes: [],
      target: {
        changed() {},
        suspect() {},
        written() {},
        failed: (error) => failures.push(String(error)),
      },
    },
  )
  await synchronizer.open()
  expect(synchronizer.healthy).toBe(false)
  await clock.pass(1_000 + 500)
  expect(failures).toHaveLength(2)
  // What is heard on the one that will be left says nothing of the one that is to come.
  const origin = '00'.repeat(8)
  const alive = writeMessage({ origin, sequence: 0, cache: 'default', kind: 'alive', names: [] })
  for (const { message } of listeners) message(alive)
  expect(synchronizer.healthy).toBe(false)
  await clock.pass(1_000)
  expect(synchronizer.healthy).toBe(true)
  late[0]?.(async () => void left++)
  await clock.pass(0)
  expect(left).toBe(1)
})

test('closing does not wait for a bus that does not answer', async () => {
  const { clock, one, faults } = await together()
  faults.publish = () => new Promise(() => {})
  let closed = false
  void one.close().then(() => {
    closed = true
  })
  await clock.pass(500)
  expect(closed).toBe(true)
})
