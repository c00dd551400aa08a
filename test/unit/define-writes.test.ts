import { expect, onTestFinished, test } from 'vitest'
import type { Definition } from '../../src/contracts/cache.ts'
import type { WriteLog } from '../../src/contracts/log.ts'
import type { BehindOptions, DeadLetter } from '../../src/contracts/writing.ts'
import type { CacheOptions } from '../../src/core/cache-options.ts'
import { createCache } from '../../src/index.ts'
import { LogError } from '../../src/kernel/errors.ts'
import { memoryLog } from '../../src/logs/memory.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock, settle } from '../../src/testing/fake-clock.ts'

type Row = { readonly n: number } | undefined

/** A database of rows by id that says what was asked of it. */
function database() {
  const rows = new Map<number, Row>()
  const calls: string[] = []
  let failing: (call: string) => unknown = () => undefined
  const call = (text: string) => {
    calls.push(text)
    const error = failing(text)
    if (error !== undefined) throw error
  }
  return {
    rows,
    calls,
    fail(when: (call: string) => unknown) {
      failing = when
    },
    async load(id: number): Promise<Row> {
      call(`load ${id}`)
      return rows.get(id)
    },
    async loadMany(ids: readonly number[]) {
      call(`load ${ids.join()}`)
      return new Map(ids.filter((id) => rows.has(id)).map((id) => [id, rows.get(id)]))
    },
    async save(id: number, value: Row) {
      call(`save ${id}=${value?.n}`)
      rows.set(id, value)
    },
    async saveMany(saves: readonly { id: number; value: Row }[]) {
      call(`save ${saves.map(({ id, value }) => `${id}=${value?.n}`).join()}`)
      for (const { id, value } of saves) rows.set(id, value)
    },
    async remove(id: number) {
      call(`remove ${id}`)
      rows.delete(id)
    },
  }
}

type Database = ReturnType<typeof database>

interface Setup {
  readonly cache?: CacheOptions
  readonly definition?: Partial<Definition<number, Row>>
  readonly log?: WriteLog
  readonly behind?: Partial<BehindOptions<number, Row>>
}

function define(db: Database, clock: FakeClock, setup: Setup = {}) {
  const cache = createCache({ clock, random: () => 0, ...setup.cache })
  onTestFinished(async () => {
    const closed = cache.close()
    await clock.pass(60_000)
    await closed
  })
  const { load, save, remove } = db
  return cache.define<number, Row>({
    ...{ name: 'row', load, save, remove, key: String },
    ...setup.definition,
  })
}

function behind(db: Database, clock: FakeClock, setup: Setup = {}) {
  const { log = memoryLog(), behind, definition } = setup
  return define(db, clock, {
    ...setup,
    definition: {
      ...{ write: 'behind', saveMany: db.saveMany, behind: { log, ...behind } },
      ...definition,
    },
  })
}

test('calls of get in one turn are one bulk load; a call by itself is one load', async () => {
  const db = database()
  for (const id of [1, 2, 3]) db.rows.set(id, { n: id })
  const rows = define(db, fakeClock(), { definition: { loadMany: db.loadMany } })
  const found = await Promise.all([1, 2, 2, 3].map((id) => rows.get(id)))
  expect(found.map((row) => row?.n)).toEqual([1, 2, 2, 3])
  expect(db.calls).toEqual(['load 1,2,3'])
  db.rows.set(4, { n: 4 })
  expect(await rows.get(4)).toEqual({ n: 4 })
  expect(db.calls).toEqual(['load 1,2,3', 'load 4'])
})

test('an id that the bulk load leaves out is answered as load answers it', async () => {
  const db = database()
  db.rows.set(1, { n: 1 })
  const rows = define(db, fakeClock(), { definition: { loadMany: db.loadMany } })
  expect(await Promise.all([rows.get(1), rows.get(2)])).toEqual([{ n: 1 }, undefined])
  expect(db.calls).toEqual(['load 1,2', 'load 2'])
})

test('a call that fails fails alone', async () => {
  const db = database()
  db.rows.set(1, { n: 1 })
  const rows = define(db, fakeClock(), { definition: { loadMany: db.loadMany } })
  db.fail((call) => (call === 'load 2' ? new Error('no such row') : undefined))
  const [one, two] = await Promise.allSettled([rows.get(1), rows.get(2)])
  expect(one).toMatchObject({ value: { n: 1 } })
  expect(two).toMatchObject({ reason: { message: 'no such row' } })
})

test('through: the source first, and the cache only if that succeeded', async () => {
  const db = database()
  const rows = define(db, fakeClock())
  await rows.set(1, { n: 1 })
  expect(db.calls).toEqual(['save 1=1'])
  expect(rows.getSync(1)).toEqual({ n: 1 })
  const down = new Error('down')
  db.fail(() => down)
  await expect(rows.set(1, { n: 2 })).rejects.toBe(down)
  await expect(rows.delete(1)).rejects.toBe(down)
  expect(await rows.get(1)).toEqual({ n: 1 })
  db.fail(() => undefined)
  expect(await rows.delete(1)).toBe(true)
  expect(rows.getSync(1)).toBe(undefined)
  expect(db.rows.size).toBe(0)
})

test('through: writes of one id come one after the other, whole batches too', async () => {
  const db = database()
  const log: string[] = []
  const save = async (id: number, value: Row) => {
    log.push(`> ${id}=${value?.n}`)
    await settle()
    log.push(`< ${id}=${value?.n}`)
    await db.save(id, value)
  }
  const rows = define(db, fakeClock(), { definition: { save } })
  const first = rows.setMany([
    [1, { n: 1 }],
    [2, { n: 1 }],
  ])
  const second = rows.setMany([
    [2, { n: 2 }],
    [1, { n: 2 }],
  ])
  await Promise.all([first, second, rows.set(1, { n: 3 })])
  const ofFirst = log.filter((line) => line.includes(' 1='))
  expect(ofFirst).toEqual(['> 1=1', '< 1=1', '> 1=2', '< 1=2', '> 1=3', '< 1=3'])
  expect(db.rows.get(1)).toEqual({ n: 3 })
  expect(rows.getSync(1)).toEqual({ n: 3 })
})

test('around: the source, and the entry is deleted', async () => {
  const db = database()
  const rows = define(db, fakeClock(), { definition: { write: 'around' } })
  db.rows.set(1, { n: 1 })
  await rows.get(1)
  await rows.set(1, { n: 2 })
  expect(rows.getSync(1)).toBe(undefined)
  expect(await rows.get(1)).toEqual({ n: 2 })
  expect(db.calls).toEqual(['load 1', 'save 1=2', 'load 1'])
})

test('a write with an older version does not replace a newer one in the cache', async () => {
  const db = database()
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const definition = { version: (row: Row) => row?.n ?? 0 }
  const [one, two] = [1, 2].map(() => define(db, clock, { cache: { store }, definition })) as [
    ReturnType<typeof define>,
    ReturnType<typeof define>,
  ]
  await one.set(1, { n: 5 })
  await two.set(1, { n: 4 })
  expect(await one.get(1)).toEqual({ n: 5 })
  expect(await two.get(1)).toEqual({ n: 5 })
  await two.set(1, { n: 6 })
  expect(await two.get(1)).toEqual({ n: 6 })
})

test('what a replica that is behind answers does not replace a newer version', async () => {
  const db = database()
  const clock = fakeClock()
  const definition = {
    version: (row: Row) => row?.n ?? 0,
    options: { ttl: 1000, staleIfError: '1h' },
  } as const
  const rows = define(db, clock, { definition })
  await rows.set(1, { n: 5 })
  db.rows.set(1, { n: 4 })
  await clock.pass(1500)
  expect(await rows.get(1)).toEqual({ n: 5 })
  expect(db.calls.at(-1)).toBe('load 1')
})

test('behind: the last write of an id reaches the source, after the interval, together with others', async () => {
  const db = database()
  const clock = fakeClock()
  const rows = behind(db, clock, { behind: { interval: 500 } })
  await rows.set(1, { n: 1 })
  await rows.set(2, { n: 2 })
  await rows.set(1, { n: 3 })
  await clock.pass(499)
  expect(db.calls).toEqual([])
  expect(rows.backlog()).toMatchObject({ pending: 2, coalesced: 1, oldest: 499 })
  await clock.pass(1)
  expect(db.calls).toEqual(['save 1=3,2=2'])
  expect(rows.backlog()).toMatchObject({ pending: 0, written: 2, oldest: 0 })
  expect(rows.getSync(1)).toEqual({ n: 3 })
})

test('behind: as soon as a batch is full it goes', async () => {
  const db = database()
  const clock = fakeClock()
  const rows = behind(db, clock, { behind: { batchSize: 2 } })
  await rows.setMany([1, 2, 3].map((id) => [id, { n: id }]))
  await settle()
  expect(db.calls).toEqual(['save 1=1,2=2'])
})

test('behind: without coalescing every write reaches the source, in order', async () => {
  const db = database()
  const clock = fakeClock()
  const rows = behind(db, clock, { behind: { coalesce: false } })
  for (const n of [1, 2, 3]) await rows.set(1, { n })
  await rows.delete(1)
  await rows.set(1, { n: 4 })
  await rows.flush()
  expect(db.calls).toEqual(['save 1=1', 'save 1=2', 'save 1=3', 'remove 1', 'save 1=4'])
})

test('behind: reads see what is pending, whatever memory and source have', async () => {
  const db = database()
  const clock = fakeClock()
  const cache = { memory: { maxEntries: 1 }, defaults: { ttl: 10 } }
  const rows = behind(db, clock, { cache, behind: { interval: '1h' } })
  db.rows.set(1, { n: 0 })
  db.rows.set(2, { n: 0 })
  await rows.set(1, { n: 1 })
  await rows.delete(2)
  await clock.pass(60_000)
  for (let id = 10; id < 20; id++) await rows.get(id)
  db.calls.length = 0
  expect(await rows.get(1)).toEqual({ n: 1 })
  expect(rows.getSync(1)).toEqual({ n: 1 })
  expect(await rows.refresh(1)).toEqual({ n: 1 })
  expect(await rows.get(2)).toBe(undefined)
  expect(await rows.getMany([1, 2])).toEqual(new Map([[1, { n: 1 }]]))
  expect(db.calls).toEqual([])
  await rows.flush()
  expect([...db.rows]).toEqual([[1, { n: 1 }]])
})

test('behind: a write that fails is tried again, later each time, and is read meanwhile', async () => {
  const db = database()
  const clock = fakeClock()
  const errors: unknown[] = []
  const cache: CacheOptions = {
    onEvent: (event) => event.type === 'error' && errors.push(event.error),
  }
  const rows = behind(db, clock, { cache, behind: { interval: 0, backoff: 100, maxBackoff: 300 } })
  const attempts: number[] = []
  db.fail((call) => {
    if (!call.startsWith('save')) return undefined
    attempts.push(clock.now())
    return attempts.length < 6 ? new Error('down') : undefined
  })
  await rows.set(1, { n: 1 })
  await clock.pass(5000)
  const pauses = attempts.slice(1).map((at, i) => at - (attempts[i] as number))
  expect(pauses).toEqual([100, 200, 300, 300, 300])
  expect(errors).toHaveLength(5)
  expect(db.rows.get(1)).toEqual({ n: 1 })
  expect(rows.backlog()).toMatchObject({ failures: 5, written: 1, pending: 0 })
})

test('behind: one bad write is found out, and does not keep the others', async () => {
  const db = database()
  const clock = fakeClock()
  const letters: DeadLetter<number, Row>[] = []
  const rows = behind(db, clock, {
    behind: { attempts: 3, onDeadLetter: (letter) => letters.push(letter) },
  })
  db.fail((call) => (/\b7=/.test(call) ? new Error('bad row') : undefined))
  for (let id = 0; id < 20; id++) await rows.set(id, { n: id })
  await clock.pass(60_000)
  expect(db.rows.size).toBe(19)
  expect(letters).toMatchObject([{ kind: 'save', id: 7, value: { n: 7 }, reason: 'bad row' }])
  expect(rows.deadLetters()).toEqual(letters)
  expect(rows.backlog()).toMatchObject({ pending: 0, deadLetters: 1 })
  db.fail(() => undefined)
  await letters[0]?.retry()
  expect(rows.deadLetters()).toEqual([])
  await rows.flush()
  expect(db.rows.get(7)).toEqual({ n: 7 })
})

test('behind: a newer write takes the place of one that fails', async () => {
  const db = database()
  const clock = fakeClock()
  const rows = behind(db, clock)
  db.fail((call) => (call === 'save 1=1' ? new Error('bad row') : undefined))
  await rows.set(1, { n: 1 })
  await clock.pass(2000)
  await rows.set(1, { n: 2 })
  await clock.pass(60_000)
  expect(db.rows.get(1)).toEqual({ n: 2 })
  expect(rows.backlog()).toMatchObject({ pending: 0, deadLetters: 0 })
})

test('behind: dead letters and what is pending survive the process, with their idempotency keys', async () => {
  const db = database()
  const clock = fakeClock()
  const log = memoryLog()
  const keys: string[] = []
  const saveMany = async (saves: readonly { id: number; idempotencyKey: string }[]) => {
    for (const { id, idempotencyKey } of saves) if (id === 2) keys.push(idempotencyKey)
    throw new Error('down')
  }
  const setup = { log, definition: { saveMany, save: undefined } }
  const first = behind(db, clock, { ...setup, behind: { attempts: 1 } })
  await first.set(1, { n: 1 })
  await clock.pass(5000)
  expect(first.deadLetters()).toHaveLength(1)
  const second = behind(db, clock, { ...setup, behind: { interval: '1h' } })
  await second.set(2, { n: 2 })
  await expect(second.flush()).rejects.toThrow('down')
  const third = behind(db, clock, { ...setup, behind: { interval: '1h' } })
  expect(await third.get(2)).toEqual({ n: 2 })
  expect(third.deadLetters()).toMatchObject([{ id: 1, value: { n: 1 }, reason: 'down' }])
  await expect(third.flush()).rejects.toThrow('down')
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size).toBe(1)
  third.deadLetters()[0]?.discard()
  const fourth = behind(db, clock, { log })
  await fourth.get(1)
  expect(fourth.deadLetters()).toEqual([])
})

const bounds = [
  { by: 'number', log: () => memoryLog(), maxPending: 2 },
  { by: 'bytes', log: () => memoryLog({ maxBytes: 150 }), maxPending: 1000 },
]

test.each(bounds)('behind, bounded by $by: reject says so', async ({ log, maxPending }) => {
  const db = database()
  const rows = behind(db, fakeClock(), { log: log(), behind: { maxPending, full: 'reject' } })
  await rows.setMany([1, 2].map((id) => [id, { n: id }]))
  await expect(rows.set(3, { n: 3 })).rejects.toMatchObject({ code: 'ERR_CACHE_LOG_FULL' })
  await rows.flush()
  await rows.set(3, { n: 3 })
})

test.each(bounds)('behind, bounded by $by: block waits for room', async ({ log, maxPending }) => {
  const db = database()
  const clock = fakeClock()
  const rows = behind(db, clock, { log: log(), behind: { maxPending, interval: '1h' } })
  let most = 0
  db.fail(() => {
    most = Math.max(most, rows.backlog().pending)
  })
  await Promise.all(Array.from({ length: 50 }, (_, id) => rows.set(id, { n: id })))
  await rows.flush()
  expect(db.rows.size).toBe(50)
  expect(most).toBeLessThanOrEqual(3)
})

test.each(bounds)('behind, bounded by $by: through waits for the source', async (bound) => {
  const db = database()
  const clock = fakeClock()
  const { log, maxPending } = bound
  const rows = behind(db, clock, {
    log: log(),
    behind: { maxPending, full: 'through', interval: '1h' },
  })
  await rows.set(1, { n: 1 })
  await rows.set(2, { n: 2 })
  expect(db.rows.size).toBe(0)
  const down = new Error('down')
  db.fail((call) => (call.includes('3=') ? down : undefined))
  const failing = rows.set(3, { n: 3 })
  const caught = expect(failing).rejects.toBe(down)
  await clock.pass(1000)
  await caught
  expect(db.rows.size).toBe(2)
  expect(rows.backlog().pending).toBe(0)
})

test('behind: where only what cannot be sent is left, a full log is said to be full', async () => {
  const rows = behind(database(), fakeClock(), { log: memoryLog({ maxBytes: 50 }) })
  await expect(rows.set(1, { n: 1 })).rejects.toMatchObject({ code: 'ERR_CACHE_LOG_FULL' })
})

test('behind: close writes what is pending, and no more is taken', async () => {
  const db = database()
  const clock = fakeClock()
  const cache = createCache({ clock })
  const { load, saveMany } = db
  const rows = cache.define<number, Row>({
    ...{ name: 'row', load, saveMany, write: 'behind' },
    behind: { log: 'memory:', interval: '1h' },
  })
  await rows.set(1, { n: 1 })
  await cache.close()
  expect(db.rows.get(1)).toEqual({ n: 1 })
  await expect(rows.set(2, { n: 2 })).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
})

test('behind: what a log in memory loses when it is closed is told', async () => {
  const db = database()
  const clock = fakeClock()
  const letters: unknown[] = []
  const cache = createCache({ clock })
  const { load, save } = db
  const rows = cache.define<number, Row>({
    ...{ name: 'row', load, save, write: 'behind' },
    behind: { log: 'memory:', drainTimeout: 100, onDeadLetter: (letter) => letters.push(letter) },
  })
  await rows.set(1, { n: 1 })
  db.fail(() => new Error('down'))
  const closed = cache.close()
  await clock.pass(200)
  await closed
  expect(letters).toMatchObject([{ id: 1, value: { n: 1 }, reason: 'the cache was closed' }])
})

test('behind: a log that cannot be opened is tried again, and reads go on meanwhile', async () => {
  const db = database()
  const clock = fakeClock()
  const log = memoryLog()
  await behind(db, clock, { log, behind: { interval: '1h' } }).set(1, { n: 1 })
  let owned = true
  const open = async () => {
    if (owned) throw new LogError('it belongs to another process')
    return log.open()
  }
  const rows = behind(db, clock, { log: { ...log, open } })
  expect(await rows.get(1)).toBe(undefined)
  await expect(rows.set(2, { n: 2 })).rejects.toMatchObject({ code: 'ERR_CACHE_LOG' })
  owned = false
  await clock.pass(40_000)
  expect(db.rows.get(1)).toEqual({ n: 1 })
})

test('behind: flush waits for what the process before has left', async () => {
  const db = database()
  const clock = fakeClock()
  const log = memoryLog()
  await behind(db, clock, { log, behind: { interval: '1h' } }).set(1, { n: 1 })
  await behind(db, clock, { log }).flush()
  expect(db.rows.get(1)).toEqual({ n: 1 })
})

test('behind: what is pending is isolated as memory is', async () => {
  const db = database()
  const cache: CacheOptions = { memory: { isolation: 'clone' } }
  const rows = behind(db, fakeClock(), { cache, behind: { interval: '1h' } })
  const value = { n: 1 }
  await rows.set(1, value)
  value.n = 2
  const read = (await rows.get(1)) as { n: number }
  read.n = 3
  expect(await rows.get(1)).toEqual({ n: 1 })
})

test('a definition without writers writes to the cache alone', async () => {
  const db = database()
  const rows = define(db, fakeClock(), { definition: { save: undefined, remove: undefined } })
  await rows.set(1, { n: 1 })
  expect(await rows.get(1)).toEqual({ n: 1 })
  expect(await rows.delete(1)).toBe(true)
  expect(db.calls).toEqual([])
})

test.each([
  [{ write: 'sideways' }, '`write`'],
  [{ write: 'behind' }, '`behind`'],
  [{ write: 'behind', behind: { log: 'memory:', batch: 1 } }, '`batch`'],
  [{ write: 'behind', behind: { log: 'memory:', maxPending: 0 } }, '`behind.maxPending`'],
  [{ save: 'x' }, '`save`'],
])('a definition that makes no sense is refused: %j', (some, message) => {
  const cache = createCache()
  const definition = { name: 'row', load: () => undefined, ...some } as never
  expect(() => cache.define(definition)).toThrow(message)
})
