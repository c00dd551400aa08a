import { describe, expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { Bus, BusListener } from '../../src/contracts/bus.ts'
import type { Bytes } from '../../src/contracts/store.ts'
import { readMessage, writeMessage } from '../../src/core/behind/bus-message.ts'
import { Synchronizer } from '../../src/core/behind/synchronizer.ts'
import { syncParts } from './open-synchronizer.ts'

/** How a synchronizer begins and ends with its bus, and whom it believes in between. */

function synchronizerOn(bus: Bus) {
  const { clock, told, options } = syncParts()
  return { clock, told, synchronizer: new Synchronizer(bus, options) }
}

/** A synchronizer on a bus with some parts replaced, what it says there, and a way to say something. */
function scene(parts: Partial<Bus> = {}) {
  const hub = memoryHub().connect()
  const said: string[] = []
  const listeners: BusListener[] = []
  const bus: Bus = {
    ...hub,
    name: 'this one',
    async publish(bytes) {
      said.push(kindOf(bytes))
      await hub.publish(bytes)
    },
    subscribe(listener) {
      listeners.push(listener)
      return hub.subscribe(listener)
    },
    ...parts,
  }
  const say = (sequence: number, kind: 'keys' | 'alive' = 'keys', origin = '1'.repeat(16)) =>
    hub.publish(writeMessage({ origin, sequence, cache: 'default', kind, names: [] }))
  return { ...synchronizerOn(bus), bus, said, listeners, say }
}

function kindOf(bytes: Bytes): string {
  return readMessage(bytes)?.kind ?? 'unreadable'
}

/** It can do what its owner asks only as long as that is its owner. */
class PolledBus implements Bus {
  readonly name = 'polled'
  readonly published: string[] = []
  polls = 0
  readonly #hub = memoryHub().connect()
  publish(bytes: Bytes): Promise<void> {
    this.published.push(kindOf(bytes))
    return this.#hub.publish(bytes)
  }
  subscribe(listener: BusListener): Promise<() => Promise<void>> {
    return this.#hub.subscribe(listener)
  }
  poll(): void {
    this.polls++
  }
  close(): Promise<void> {
    return this.#hub.close()
  }
}

describe('a bus that is asked', () => {
  test('hears of no signs of life, and of no leave', async () => {
    const bus = new PolledBus()
    const { clock, synchronizer } = synchronizerOn(bus)
    await synchronizer.open()
    await clock.pass(10_000)
    await synchronizer.publish('keys', ['a'])
    await synchronizer.close()
    expect(bus.published).toEqual(['keys'])
    expect(clock.pending()).toBe(0)
  })

  test('is asked as itself', async () => {
    const bus = new PolledBus()
    const { synchronizer } = synchronizerOn(bus)
    await synchronizer.open()
    synchronizer.poll?.()
    expect(bus.polls).toBe(1)
    expect(scene().synchronizer.poll).toBeUndefined()
  })

  test('that has lost something is still heard, and that it lost it is told of once', async () => {
    const { synchronizer, told, said, say, listeners } = scene({ poll() {} })
    await synchronizer.open()
    await say(1)
    listeners[0]?.gap('overrun')
    await say(5)
    expect(told).toEqual(['keys ', 'suspect: overrun', 'keys '])
    expect([said, synchronizer.healthy]).toEqual([[], true])
  })

  test('is waited for by the first who publishes', async () => {
    const bus = new PolledBus()
    bus.publish = () => new Promise(() => {})
    const { clock, synchronizer } = synchronizerOn(bus)
    await synchronizer.open()
    let published = false
    void synchronizer.publish('keys', ['a']).then(() => (published = true))
    await clock.pass(499)
    expect(published).toBe(false)
    await clock.pass(1)
    expect(published).toBe(true)
  })
})

describe('a bus that sees what is written', () => {
  test('tells so once, from the first attempt until it is closed', async () => {
    let changed: (keys: readonly string[]) => void = () => {}
    const watched: string[] = []
    const attempts = [() => Promise.reject(new Error('not yet'))]
    const { bus } = scene()
    const { clock, told, synchronizer } = scene({
      subscribe: (listener) => attempts.pop()?.() ?? bus.subscribe(listener),
      watch(prefixes, tell) {
        watched.push(prefixes.join())
        changed = tell
        return () => watched.push('no more')
      },
    })
    await synchronizer.open()
    await clock.pass(1_000)
    changed(['default:1:k'])
    await synchronizer.close()
    expect(watched).toEqual(['default:', 'no more'])
    expect(told).toEqual([
      'failed: BusError: Subscribing to bus "this one" failed: Error: not yet',
      'written default:1:k',
    ])
  })
})

describe('closing', () => {
  test('takes its leave, and says nothing more', async () => {
    const { clock, said, synchronizer, told } = scene()
    await synchronizer.open()
    await synchronizer.close()
    expect(said).toEqual(['alive', 'gone'])
    await clock.pass(10_000)
    expect(said).toEqual(['alive', 'gone'])
    expect(clock.pending()).toBe(0)
    expect(told).toEqual([])
  })

  test('says nothing where nothing was subscribed to', async () => {
    const { said, synchronizer, told } = scene()
    await synchronizer.close()
    expect(said).toEqual([])
    expect(told).toEqual([])
  })

  test('during an attempt to subscribe ends that: it is left, or not made again', async () => {
    for (const isRefused of [false, true]) {
      let answer: () => void = () => {}
      let left = 0
      const { clock, said, synchronizer } = scene({
        subscribe: () =>
          new Promise((resolve, reject) => {
            answer = () => (isRefused ? reject(new Error('no')) : resolve(async () => void left++))
          }),
      })
      const opening = synchronizer.open()
      await synchronizer.close()
      answer()
      await opening
      await clock.pass(0)
      expect(left).toBe(isRefused ? 0 : 1)
      expect(clock.pending()).toBe(0)
      expect(said).toEqual([])
      expect(synchronizer.healthy).toBe(false)
    }
  })
})

test('nothing that it does by itself keeps a process alive', async () => {
  for (const parts of [{}, { subscribe: () => Promise.reject(new Error('no')) }]) {
    const { clock, synchronizer } = scene(parts)
    await synchronizer.open()
    await clock.pass(0)
    expect(clock.pending('background')).toBe(1)
    expect(clock.pending('foreground')).toBe(0)
  }
})

test('it has the name of its bus, in what it tells of failures too', async () => {
  const { synchronizer, told } = scene({ publish: () => Promise.reject(new Error('no')) })
  expect(synchronizer.busName).toBe('this one')
  await synchronizer.publish('keys', ['a'])
  expect(told).toEqual(['failed: BusError: Publishing on bus "this one" failed: Error: no'])
})

test('a gap on a subscription that came too late is none', async () => {
  const { clock, listeners, told, synchronizer } = scene({
    subscribe(listener) {
      listeners.push(listener)
      return new Promise(() => {})
    },
  })
  void synchronizer.open()
  await clock.pass(500)
  told.length = 0
  listeners[0]?.gap('reconnected')
  expect(told).toEqual([])
})

test('who has lost its connection hears nobody, until it hears itself', async () => {
  let lost = false
  const { synchronizer, bus, told, listeners, said } = scene({
    async publish(bytes) {
      said.push(kindOf(bytes))
      if (!lost) listeners[0]?.message(bytes)
    },
  })
  await synchronizer.open()
  expect([bus.name, synchronizer.healthy]).toEqual(['this one', true])
  lost = true
  said.length = 0
  listeners[0]?.gap('the connection ended')
  await Promise.resolve()
  expect([said, synchronizer.healthy]).toEqual([['alive'], false])
  lost = false
  listeners[0]?.gap('connected again')
  await Promise.resolve()
  expect(synchronizer.healthy).toBe(true)
  const suspicions = ['the connection ended', 'connected again', 'heard again']
  expect(told).toEqual(suspicions.map((reason) => `suspect: ${reason}`))
})

describe('a number that is missing', () => {
  test('because of a gap, which was told of, is not told of again', async () => {
    const { synchronizer, told, say, listeners } = scene()
    await synchronizer.open()
    await say(1)
    listeners[0]?.gap('reconnected')
    await say(5)
    expect(told).toEqual(['keys ', 'suspect: reconnected', 'suspect: heard again', 'keys '])
  })

  test('before the first word of somebody who came late is told of', async () => {
    const { clock, synchronizer, told, say } = scene()
    await synchronizer.open()
    await clock.pass(3_001)
    await say(5)
    expect(told).toEqual(['suspect: missing message', 'keys '])
  })

  test('perhaps, before the first word at the beginning, is told of once', async () => {
    const { clock, synchronizer, told, say } = scene()
    await synchronizer.open()
    await say(5, 'alive')
    for (let beat = 0; beat < 10; beat++) {
      await clock.pass(1_000)
      await say(5, 'alive')
    }
    expect(told).toEqual(['suspect: the beginning may have been missed'])
  })
})

test('that the bus is silent is told once, until it has been heard again', async () => {
  let isDeaf = false
  const { bus } = scene()
  const { clock, synchronizer, told } = scene({
    publish: async (bytes) => (isDeaf ? undefined : bus.publish(bytes)),
    subscribe: (listener) => bus.subscribe(listener),
  })
  await synchronizer.open()
  isDeaf = true
  await clock.pass(20_000)
  expect(told).toEqual(['suspect: the bus is silent'])
  isDeaf = false
  await clock.pass(1_000)
  expect(told.at(-1)).toBe('suspect: heard again')
})

test('among many publishers each gives its sign more rarely: a hundred a second in all', async () => {
  const { clock, synchronizer, say, said } = scene()
  await synchronizer.open()
  for (let i = 0; i < 500; i++) await say(0, 'alive', `${i}`.padStart(16, 'f'))
  await clock.pass(1_000)
  expect(said).toEqual(['alive', 'alive'])
  await clock.pass(4_999)
  expect(said).toHaveLength(2)
  await clock.pass(1)
  expect(said).toHaveLength(3)
})
