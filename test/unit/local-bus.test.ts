import * as files from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { doorbell } from '../../src/buses/doorbell.ts'
import { localBus } from '../../src/buses/local.ts'
import { SharedLog } from '../../src/buses/shared-log.ts'
import type { Bus } from '../../src/contracts/bus.ts'
import { BusError, ConfigError } from '../../src/kernel/errors.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

let directory: string
let buses: Bus[]
const clock = fakeClock()
const silent = { message() {}, gap() {} }

beforeEach(() => {
  directory = files.mkdtempSync(join(tmpdir(), 'hotset-local-bus-'))
  buses = []
})
afterEach(async () => {
  for (const bus of buses) await bus.close()
  files.rmSync(directory, { recursive: true })
})

function connect(options: { watch?: boolean; maxBytes?: number } = {}): Bus {
  const bus = localBus({ directory, watch: false, clock, ...options })
  buses.push(bus)
  return bus
}

async function listen(bus: Bus): Promise<string[]> {
  const told: string[] = []
  await bus.subscribe({ message: (bytes) => told.push(`${bytes}`), gap: () => told.push('gap') })
  return told
}

/** Appends as another process would: without this thread's knowledge. */
function outsider(): (text: string) => void {
  const log = new SharedLog({ directory, maxBytes: 2 ** 20, origin: 1, files })
  return (text) => log.append(Buffer.from(text), silent)
}

test('within a turn the log is read once', async () => {
  const bus = connect()
  const told = await listen(bus)
  const append = outsider()
  append('before the first poll')
  bus.poll?.()
  append('after the first poll')
  for (let poll = 0; poll < 100; poll++) bus.poll?.()
  expect(told).toEqual(['before the first poll'])
  await turn()
  bus.poll?.()
  expect(told).toEqual(['before the first poll', 'after the first poll'])
})

test('microtasks are of the same turn, until the clock has moved on', async () => {
  const bus = connect()
  const told = await listen(bus)
  const append = outsider()
  bus.poll?.()
  append('later')
  for (let poll = 0; poll < 100; poll++) {
    await Promise.resolve()
    bus.poll?.()
  }
  expect(told).toEqual([])
  clock.advance(1)
  for (let poll = 0; poll < 16; poll++) {
    await Promise.resolve()
    bus.poll?.()
  }
  expect(told).toEqual(['later'])
})

test('what this thread publishes is read in the same turn', async () => {
  const [bus, publisher] = [connect(), connect()]
  const told = await listen(bus)
  bus.poll?.()
  void publisher.publish(Buffer.from('at once'))
  bus.poll?.()
  expect(told).toEqual(['at once'])
})

test('subscribers begin at the end of the log', async () => {
  const [bus, publisher] = [connect(), connect()]
  await publisher.publish(Buffer.from('past'))
  const told = await listen(bus)
  const later = await listen(bus)
  await publisher.publish(Buffer.from('present'))
  bus.poll?.()
  expect([told, later]).toEqual([['present'], ['present']])
})

test('the directory wakes the bus', async () => {
  const append = outsider()
  const heard = new Promise<string>((resolve) => {
    const message = (bytes: Uint8Array) => resolve(`${bytes}`)
    void connect({ watch: true }).subscribe({ message, gap() {} })
  })
  append('wake up')
  expect(await heard).toBe('wake up')
})

test('a timer in the background wakes it where the directory cannot', async () => {
  const bus = connect()
  const told = await listen(bus)
  const append = outsider()
  expect(clock.pending('background')).toBe(1)
  append('wake up')
  clock.advance(24)
  expect(told).toEqual([])
  clock.advance(1)
  expect(told).toEqual(['wake up'])
  append('again')
  clock.advance(25)
  expect(told).toEqual(['wake up', 'again'])
})

test('no timer remains when nobody listens', async () => {
  const bus = connect()
  const leaves = [await bus.subscribe(silent), await bus.subscribe(silent)]
  expect(clock.pending()).toBe(1)
  await leaves[0]?.()
  expect(clock.pending()).toBe(1)
  await leaves[1]?.()
  expect(clock.pending()).toBe(0)
  await bus.subscribe(silent)
  await bus.close()
  expect(clock.pending()).toBe(0)
})

test('a directory that cannot be watched is asked on a timer', () => {
  let rings = 0
  const stop = doorbell(join(directory, 'none'), true, clock, () => {
    rings++
  })
  clock.advance(50)
  expect(rings).toBe(2)
  stop()
  clock.advance(50)
  expect(rings).toBe(2)
})

test('the log is for its owner alone', async () => {
  const place = join(directory, 'new', 'place')
  const bus = localBus({ directory: place })
  await bus.publish(Buffer.from('secret'))
  await bus.close()
  const mode = (path: string) => files.statSync(path).mode & 0o777
  expect([mode(place), mode(join(place, 'log-1'))]).toEqual([0o700, 0o600])
})

test('files of the log are bounded in size and number', async () => {
  const bus = connect({ maxBytes: 4096 })
  for (let message = 0; message < 1000; message++) await bus.publish(Buffer.alloc(100))
  const names = files.readdirSync(directory)
  expect(names.length).toBeLessThanOrEqual(4)
  for (const name of names) {
    expect(files.statSync(join(directory, name)).size).toBeLessThan(4096 + 500)
  }
})

test('a message that is too large is refused, and nothing is written', async () => {
  const bus = connect()
  const told = await listen(bus)
  const refused = bus.publish(new Uint8Array(65_537))
  await expect(refused).rejects.toThrow(BusError)
  await expect(refused).rejects.toThrow('65536')
  await bus.publish(new Uint8Array(65_536).fill(97))
  expect(told).toEqual(['a'.repeat(65_536)])
})

test('a closed bus refuses with a BusError', async () => {
  const bus = connect()
  await bus.close()
  await expect(bus.publish(Buffer.from('x'))).rejects.toThrow(BusError)
  await expect(bus.subscribe(silent)).rejects.toThrow(BusError)
})

test.each([
  [undefined, 'localBus'],
  [{}, 'directory'],
  [{ directory: '' }, 'directory'],
  [{ directory: 'd', maxBytes: 4095 }, 'maxBytes'],
  [{ directory: 'd', maxBytes: 'big' }, 'maxBytes'],
  [{ directory: 'd', watch: 1 }, 'watch'],
  [{ directory: 'd', path: 'd' }, 'path'],
])('the options %j are an error that names what is wrong', (options, name) => {
  const make = () => localBus(options as Parameters<typeof localBus>[0])
  expect(make).toThrow(ConfigError)
  expect(make).toThrow(name)
})
