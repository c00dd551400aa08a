import { describe, expect, test } from 'vitest'
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
function backing(
  answer: { open?: () => Promise<void>; read?: () => Promise<void> } = {},
  has: 'store' | 'neither' | 'nothing' = 'store',
) {
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
    behind:
      has === 'nothing'
        ? undefined
        : {
            local: false,
            async open() {
              opened++
              await answer.open?.()
              const close = async () => void closed++
              return { store: has === 'store' ? store : undefined, bus: undefined, close }
            },
          },
    markKey: (name) => `#${name}`,
    everything: '\0',
    prefixes: [],
    target: { changed() {}, suspect() {}, written() {}, failed() {} },
    onOpen: () => void told.push('opened'),
    onChange: (up, reason) => {
      const left = backend.unrepaired > 0 ? ', with work left' : ''
      told.push(up ? `up${left}` : `down: ${reason}`)
    },
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

describe('what is left alone', () => {
  test('has failed three times in a row: an answer between them begins anew', () => {
    const { backend } = backing()
    const gone = new StoreError('gone')
    for (const times of [2, 2]) {
      for (let i = 0; i < times; i++) backend.failed(gone)
      expect(backend.passable).toBe(true)
      backend.succeeded()
    }
    for (let i = 0; i < 3; i++) backend.failed(gone)
    expect(backend.passable).toBe(false)
  })

  test('is probed after ever longer pauses, of two seconds at most', async () => {
    const { backend, clock, answer } = backing()
    await backend.connect()
    const begun = clock.now()
    const probes: number[] = []
    answer.read = () => {
      probes.push(clock.now() - begun)
      return fail()
    }
    backend.failed(new StoreTimeoutError('too late'))
    await clock.pass(7_000)
    expect(probes).toEqual([200, 600, 1_400, 3_000, 5_000, 7_000])
  })

  test('and has no store is asked for again once it can be opened', async () => {
    const { backend, clock, answer } = backing({ open: fail }, 'neither')
    for (let i = 0; i < 3; i++) await expect(backend.connect()).rejects.toThrow('no such server')
    expect(backend.passable).toBe(false)
    answer.open = async () => {}
    await clock.pass(200)
    expect(backend.passable).toBe(true)
    expect((await backend.connect()).store).toBeUndefined()
  })
})

test('where nothing is behind memory, there is neither store nor bus, and nothing to close', async () => {
  const { backend } = backing({}, 'nothing')
  expect(backend.exists).toBe(false)
  const connection = await backend.connect()
  expect(connection.backing).toMatchObject({ store: undefined, bus: undefined })
  await backend.close()
})

test('what is deferred at the last moment of a repair is made good before anybody passes', async () => {
  for (let turns = 0; turns < 40; turns++) {
    const { backend, clock, deleted, told, answer } = backing()
    await backend.connect()
    backend.defer({ keys: [{ physicalKey: 'cache:1:a', memoryKey: 'a' }] })
    let isFirst = true
    const deferLater = async () => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      // Who has not been told that it is up again has not passed.
      if (!told.includes('up')) {
        backend.defer({ keys: [{ physicalKey: 'cache:1:b', memoryKey: 'b' }] })
        expected.push('cache:1:b')
      }
    }
    const expected = ['cache:1:a']
    answer.read = async () => {
      if (isFirst) void deferLater()
      isFirst = false
    }
    await clock.pass(10_000)
    expect([...new Set(deleted)]).toEqual(expected)
    expect(backend.passable).toBe(true)
    expect(told).toEqual(['opened', 'down: undefined', 'up'])
  }
})
