import { expect, test } from 'vitest'
import type { Store } from '../../src/contracts/store.ts'
import { Backend } from '../../src/core/behind/backend.ts'
import { builtInDefaults } from '../../src/core/entry-options.ts'
import { isolations, Recollection } from '../../src/core/recollection.ts'
import { UsualEntries } from '../../src/core/usual-entries.ts'
import { ConfigError, StoreError, StoreTimeoutError } from '../../src/kernel/errors.ts'
import { stampSource } from '../../src/kernel/random.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'
import { usualCodec } from '../../src/usual-codec.ts'

/** A backend whose store, and whose opening, do as they are told. */
function backing(answer: { open?: () => Promise<void>; read?: () => Promise<void> } = {}) {
  const clock = fakeClock()
  const stamp = stampSource()
  const recollection = new Recollection({
    memory: undefined,
    usual: new UsualEntries(builtInDefaults, false),
    isolation: isolations.none,
    weigh: () => 1,
    trust: () => Infinity,
  })
  const told: string[] = []
  const deleted: string[] = []
  let opened = 0
  let closed = 0
  const memory = memoryStore({ clock })
  const store: Store = {
    ...memory,
    async getMany(keys) {
      await answer.read?.()
      return memory.getMany(keys)
    },
    async deleteMany(keys) {
      await answer.read?.()
      deleted.push(...keys)
      return memory.deleteMany(keys)
    },
  }
  const backend = new Backend({
    cache: 'default',
    clock,
    codec: usualCodec,
    stamp,
    owner: {
      ...{ clock, stamp, leaseTime: 5_000 },
      recollection,
      recent: () => clock.now(),
      failed() {},
    },
    storeTimeout: 500,
    behind: {
      local: false,
      async open() {
        opened++
        await answer.open?.()
        return { store, bus: undefined, close: async () => void closed++ }
      },
    },
    markKey: (name) => `#${name}`,
    everything: '\0',
    prefixes: [],
    target: { changed() {}, suspect() {}, written() {}, failed() {} },
    onOpen: () => void told.push('opened'),
    onChange: (up, reason) => void told.push(up ? 'up' : `down: ${reason}`),
  })
  return { backend, clock, told, deleted, answer, count: () => ({ opened, closed }) }
}

const never = () => new Promise<void>(() => {})
const fail = () => Promise.reject(new Error('no such server'))

test('it is opened once, for all who come meanwhile', async () => {
  const { backend, told, count } = backing()
  const [one, two] = await Promise.all([backend.connect(), backend.connect()])
  expect(one).toBe(two)
  expect(await backend.connect()).toBe(one)
  expect(told).toEqual(['opened'])
  expect(count().opened).toBe(1)
})

test('an opening that fails is tried again, and told as an error of the store', async () => {
  const { backend, answer, count } = backing({ open: fail })
  await expect(backend.connect()).rejects.toThrow(StoreError)
  answer.open = async () => {}
  await backend.connect()
  expect(count().opened).toBe(2)
})

test('an opening that does not end costs one caller its deadline, and the others nothing', async () => {
  const { backend, clock, told } = backing({ open: never })
  const first = expect(backend.connect()).rejects.toThrow(StoreTimeoutError)
  await clock.pass(500)
  await first
  expect(backend.passable).toBe(false)
  await expect(backend.connect()).rejects.toThrow('does not answer')
  expect(told).toHaveLength(1)
})

test('options that make no sense are no outage', async () => {
  const { backend, told } = backing({ open: () => Promise.reject(new ConfigError('Which one?')) })
  for (let i = 0; i < 5; i++) await expect(backend.connect()).rejects.toThrow(ConfigError)
  expect(backend.passable).toBe(true)
  expect(told).toEqual([])
})

test('what failed is made good before anybody passes', async () => {
  const { backend, clock, deleted, told, answer } = backing()
  await backend.connect()
  answer.read = fail
  backend.defer({ keys: [{ physicalKey: 'cache:1:a', memoryKey: 'a' }] })
  expect(backend.passable).toBe(false)
  expect(backend.unrepaired).toBe(1)
  await clock.pass(200)
  expect(backend.passable).toBe(false)
  answer.read = async () => {
    expect(backend.passable).toBe(false)
  }
  await clock.pass(400)
  expect(deleted).toEqual(['cache:1:a'])
  expect(backend.passable).toBe(true)
  expect(backend.unrepaired).toBe(0)
  expect(told).toEqual(['opened', 'down: undefined', 'up'])
})

test('a probe that finds the store silent ends by its deadline, and is followed by another', async () => {
  const { backend, clock, answer } = backing()
  await backend.connect()
  answer.read = never
  backend.failed(new StoreTimeoutError('too late'))
  await clock.pass(200 + 500)
  expect(backend.passable).toBe(false)
  answer.read = async () => {}
  await clock.pass(400)
  expect(backend.passable).toBe(true)
})

test('it is up or down for its listener once each', async () => {
  const { backend, told, clock } = backing()
  await backend.connect()
  for (let i = 0; i < 5; i++) backend.failed(new StoreError('gone'))
  await clock.pass(200)
  expect(told).toEqual(['opened', expect.stringContaining('gone'), 'up'])
})

test('closing makes good what it still can', async () => {
  const { backend, deleted, clock, count } = backing()
  await backend.connect()
  backend.defer({ keys: [{ physicalKey: 'cache:1:a', memoryKey: 'a' }] })
  await backend.close()
  await settle()
  expect(deleted).toEqual(['cache:1:a'])
  expect(count().closed).toBe(1)
  expect(clock.pending()).toBe(0)
})
