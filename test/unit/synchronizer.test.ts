import { describe, expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { BusListener } from '../../src/contracts/bus.ts'
import { readMessage, writeMessage } from '../../src/core/behind/bus-message.ts'
import { Synchronizer } from '../../src/core/behind/synchronizer.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { openSynchronizer, syncParts } from './open-synchronizer.ts'

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
  const synchronizer = new Synchronizer(hub.connect(), syncParts().options)
  const names = Array.from({ length: 3000 }, (_, i) => `key ${i} ${'x'.repeat(40)}`)
  await synchronizer.publish('keys', names)
  expect(heard).toEqual(names)
})

/** Two synchronizers on one bus, what each tells its cache, and faults on the way of the first. */
async function together() {
  const clock = fakeClock()
  const hub = memoryHub()
  const faults = {
    deaf: false,
    mute: false,
    publish: (_: Uint8Array): Promise<void> | undefined => undefined,
  }
  const make = (origin: number) => {
    const bus = hub.connect()
    const first = origin === 1
    const { options, told } = syncParts(clock)
    const synchronizer = new Synchronizer(
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
      { ...options, origin: new Uint8Array(8).fill(origin) },
    )
    return { synchronizer, told }
  }
  const { synchronizer: one, told } = make(1)
  const { synchronizer: two, told: toldTwo } = make(2)
  await one.open()
  await two.open()
  return { clock, one, two, told, toldTwo, faults }
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

describe('what the bus did not take', () => {
  const refuse = () => Promise.reject(new Error('no'))
  const changes = (told: readonly string[]) =>
    told.filter((line) => /^(keys|tags|clear)/.test(line))

  test('is said by the next sign of life that it takes, once', async () => {
    const { clock, one, toldTwo, faults } = await together()
    faults.publish = refuse
    await one.publish('keys', ['a', 'b'])
    await one.publish('tags', ['t'])
    await one.publish('keys', ['b', 'c'])
    await one.publish('clear', ['generation'])
    await clock.pass(2_000)
    expect(changes(toldTwo)).toEqual([])
    faults.publish = () => undefined
    await clock.pass(1_000)
    expect(changes(toldTwo)).toEqual(['keys a b c', 'clear t generation'])
    await one.publish('keys', ['d'])
    await clock.pass(2_000)
    expect(changes(toldTwo).slice(2)).toEqual(['keys d'])
  })

  test('is said before the next change that it takes has been published', async () => {
    const { one, toldTwo, faults } = await together()
    faults.publish = refuse
    await one.publish('keys', ['a'])
    faults.publish = () => undefined
    await one.publish('keys', ['b'])
    expect(changes(toldTwo)).toEqual(['keys b', 'keys a'])
  })

  test('in the midst of being said again, is said once more', async () => {
    const { one, toldTwo, faults } = await together()
    faults.publish = refuse
    await one.publish('keys', ['a'])
    await one.publish('tags', ['t'])
    let published = 0
    faults.publish = () => (++published === 2 ? refuse() : undefined)
    await one.publish('keys', ['b'])
    await one.publish('keys', ['c'])
    expect(changes(toldTwo)).toEqual(['keys b', 'clear t', 'keys c', 'keys a'])
  })

  test('is said when it refuses it at last, after nobody waited any more', async () => {
    const { clock, one, toldTwo, faults } = await together()
    let reject = (_: Error) => {}
    faults.publish = () =>
      new Promise((_, rejected) => {
        reject = rejected
      })
    const published = one.publish('keys', ['a'])
    await clock.pass(500)
    await published
    reject(new Error('no'))
    faults.publish = () => undefined
    await clock.pass(2_000)
    expect(changes(toldTwo)).toEqual(['keys a'])
  })

  test('is that everything changed, where it is too much', async () => {
    const { clock, one, toldTwo, faults } = await together()
    faults.publish = refuse
    const keys = Array.from({ length: 10_000 }, (_, i) => `${i}`)
    await one.publish('keys', keys)
    faults.publish = () => undefined
    await clock.pass(1_000)
    expect(changes(toldTwo).flatMap((line) => line.split(' ').slice(1))).toEqual(keys)
    faults.publish = refuse
    await one.publish('keys', keys)
    await one.publish('tags', ['t'])
    faults.publish = () => undefined
    await clock.pass(1_000)
    expect(changes(toldTwo).at(-1)).toBe('clear all')
  })

  test('waits while nobody waits for it', async () => {
    const { clock, one, faults } = await together()
    faults.publish = refuse
    await one.publish('keys', ['a'])
    let published = 0
    faults.publish = () => {
      published++
      return new Promise(() => {})
    }
    void one.publish('keys', ['b'])
    await clock.pass(500)
    await one.publish('keys', ['c'])
    expect(published).toBe(2)
  })
})

test('a subscription that is refused, or answered too late, is made again', async () => {
  const { clock, options, told: failures } = syncParts()
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
    options,
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
