import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/contracts/store.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import { createTable, type SqlStoreOptions, sqlStore } from '../../src/stores/sql.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { read, record, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { type SqlPlace, sqlDrivers, stopServers } from '../servers/sql-drivers.ts'
import { eventually } from '../servers/start-server.ts'

type SqlStore = Required<Store>

const callers = 8
const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`)

afterAll(stopServers)

describe.each(sqlDrivers)('sql stores over $name', ({ open }) => {
  let place: SqlPlace
  const stores: SqlStore[] = []
  const store = (options: Partial<SqlStoreOptions> = {}): SqlStore => {
    const opened = sqlStore({ database: place.connect(), ...options })
    stores.push(opened as SqlStore)
    return opened as SqlStore
  }
  const crowd = (table: string) => Array.from({ length: callers }, () => store({ table }))

  beforeAll(async () => {
    place = await open()
  })
  afterEach(async () => {
    for (const opened of stores.splice(0)) await opened.close()
  })
  afterAll(() => place.leave())

  test('make one table together', async () => {
    const together = crowd('made together')
    await Promise.all(together.map((one, i) => one.setMany([record(`${i}`, `${i}`)])))
    const all = together.map((_, i) => `${i}`)
    for (const one of together) expect(await read(one, ...all)).toEqual(all)
  })

  test('let one of them add, replace and remove a record', async () => {
    const together = crowd('won once')
    const winners = async (act: (one: SqlStore, i: number) => Promise<boolean[]>) => {
      const answers = await Promise.all(together.map(act))
      return keys.map((_, at) => answers.flatMap((won, i) => (won[at] ? [i] : [])))
    }
    for (let round = 0; round < 5; round++) {
      const added = await winners((one, i) =>
        one.addMany(shuffled(keys, i).map((key) => record(key, stamped(i)))).then(unshuffle(i)),
      )
      expect(added.map(({ length }) => length)).toEqual(keys.map(() => 1))
      const stamps = added.map(([i]) => stampFrom(i as number))
      const replaced = await winners((one, i) =>
        one
          .replaceMany(
            shuffled([...keys.keys()], i).map((at) => {
              const key = keys[at] as string
              const next = i % 2 ? undefined : record(key, stamped(100 + i))
              return { key, stamp: stamps[at] as Uint8Array, record: next }
            }),
          )
          .then(unshuffle(i)),
      )
      expect(replaced.map(({ length }) => length)).toEqual(keys.map(() => 1))
      const left = replaced.map(([i]) => ((i as number) % 2 ? 0 : 1))
      const removed = await winners((one, i) =>
        one.deleteMany(shuffled(keys, i)).then(unshuffle(i)),
      )
      expect(removed.map(({ length }) => length)).toEqual(left)
    }
  })

  test('do not stop each other by batches in opposite orders', async () => {
    const together = crowd('crossed')
    const turns = Array.from({ length: 12 }, (_, turn) => turn)
    const act = async (one: SqlStore, i: number) => {
      for (const turn of turns) {
        const order = (i + turn) % 2 ? keys : keys.toReversed()
        const batch = order.map((key) => record(key, stamped(i)))
        if (turn % 4 === 0) await one.deleteMany(order)
        else if (turn % 4 === 1) await one.addMany(batch)
        else if (turn % 4 === 2) await one.setMany(batch)
        else {
          await one.replaceMany(
            batch.map((next) => ({ key: next.key, stamp: stampFrom(turn % 8), record: next })),
          )
        }
      }
    }
    await Promise.all(together.map(act))
    expect(await (together[0] as SqlStore).setMany([record('after', 'all')])).toEqual([])
  })

  test('remove what has expired, page by page', async () => {
    const clock = fakeClock(Date.now())
    const one = store({ clock, table: 'pruned' })
    const batch = Array.from({ length: 2500 }, (_, i) => record(`k${i}`, 'x', clock.now() + 1000))
    await one.setMany([...batch, record('kept', 'x')])
    await clock.pass(1000)
    expect(await one.prune()).toBe(2500)
    expect((await one.usage()).entries).toBe(1)
  })

  test('keep the bound, oldest first, and what is to be kept last', async () => {
    const clock = fakeClock(Date.now())
    const maxBytes = 1024 ** 2
    const one = store({ clock, table: 'bounded', maxBytes })
    const value = new Uint8Array(4000)
    await one.setMany([{ ...record('kept', 'x'), keep: true }])
    const written = Array.from({ length: 800 }, (_, i) => `k${i}`)
    for (let i = 0; i < written.length; i += 20) {
      clock.advance(1)
      await one.setMany(written.slice(i, i + 20).map((key) => record(key, value)))
    }
    await eventually(
      async () => (await one.usage()).bytes,
      (bytes) => bytes <= maxBytes * 1.15,
    )
    await one.prune()
    const { entries, bytes } = await one.usage()
    expect(bytes).toBeLessThanOrEqual(maxBytes)
    expect(entries).toBeGreaterThan(200)
    const found = await one.getMany(['kept', ...written])
    expect(found[0]).toBeDefined()
    const first = found.indexOf(found.slice(1).find((value) => value !== undefined))
    expect(found.slice(first).every((value) => value !== undefined)).toBe(true)
    expect(found.slice(1, first).every((value) => value === undefined)).toBe(true)
  })

  test('make the upkeep by turns, one of all at a time', async () => {
    const clock = fakeClock(Date.now())
    const table = 'kept up'
    const together = Array.from({ length: 3 }, () => store({ clock, table }))
    const [one] = together as [SqlStore]
    for (const each of together) await each.getMany(['k'])
    for (let round = 0; round < 3; round++) {
      await one.setMany([record(`k${round}`, 'x', clock.now() + 1000)])
      const look = place.look()
      const name = look.dialect === 'mysql' ? '`kept up`' : '"kept up"'
      await eventually(async () => {
        // Who is still at the last round's upkeep lets a turn go by.
        clock.advance(60_000)
        const { rows } = await look.query(`SELECT count(*) AS n FROM ${name}`, [])
        return Number(rows[0]?.n) === 1
      })
    }
    expect(await one.prune()).toBe(0)
    expect((await one.usage()).entries).toBe(0)
    const all: string[] = []
    for await (const key of one.scan('')) all.push(key)
    expect(all).toEqual([])
  })

  test('estimate a large table', async () => {
    const one = store({ table: 'large' })
    const value = new Uint8Array(100)
    for (let i = 0; i < 5; i++) {
      await one.setMany(keys.flatMap((key) => keys.map((end) => record(`${i}${key}${end}`, value))))
    }
    const { entries, bytes } = await eventually(
      () => one.usage(),
      (usage) => usage.entries > 4000,
    )
    expect(entries).toBeLessThan(16_000)
    expect(bytes / entries).toBeGreaterThan(200)
    expect(bytes / entries).toBeLessThan(400)
  })

  test('answer every key of a scan once, however many there are', async () => {
    const one = store({ table: 'scanned' })
    const wanted = Array.from({ length: 600 }, (_, i) => `a${i % 2 ? '\u00ff' : '\u4e16'}${i}`)
    const long = ['a\u00ff'.padEnd(900, 'x'), 'b'.padEnd(900, 'x')]
    await one.setMany([...wanted, ...long, 'b'].map((key) => record(key, 'x')))
    const scanned = async (prefix: string) => {
      const found: string[] = []
      for await (const key of one.scan(prefix)) found.push(key)
      return found.toSorted()
    }
    expect(await scanned('a')).toEqual([...wanted, long[0]].toSorted())
    expect(await scanned('a\u00ff')).toEqual(
      [...wanted, long[0] as string].filter((key) => key.startsWith('a\u00ff')).toSorted(),
    )
    expect(await scanned('')).toHaveLength(603)
  })

  test('take a batch of more rows than one statement can', async () => {
    const one = store({ table: 'many' })
    const many = Array.from({ length: 12_000 }, (_, i) => record(`k${i}`, `${i}`))
    const names = many.map(({ key }) => key)
    expect(await one.setMany(many)).toEqual([])
    expect((await one.addMany(many)).some(Boolean)).toBe(false)
    expect(await read(one, ...names)).toEqual(names.map((_, i) => `${i}`))
    const stamp = stampFrom(1)
    const swaps = names.map((key) => ({ key, stamp, record: record(key, stamped(2)) }))
    expect((await one.replaceMany(swaps)).some(Boolean)).toBe(false)
    await one.setMany(names.map((key) => record(key, stamped(1))))
    expect((await one.replaceMany(swaps)).every(Boolean)).toBe(true)
    expect((await one.deleteMany(names)).every(Boolean)).toBe(true)
  })

  test('take a batch of more bytes than one statement can', async () => {
    const one = store({ table: 'heavy' })
    const value = new Uint8Array(1_500_000).fill(7)
    const names = Array.from({ length: 20 }, (_, i) => `k${i}`)
    expect(await one.setMany(names.map((key) => record(key, value)))).toEqual([])
    const found = await one.getMany(names)
    expect(found.map((bytes) => bytes?.length)).toEqual(names.map(() => value.length))
  })

  test('migrate an older table in place, several at once', async () => {
    const look = place.look()
    const [name, bytes, key] = {
      postgres: ['"older"', 'bytea', 'bytea'],
      mysql: ['`older`', 'longblob', 'varbinary(700)'],
      sqlite: ['"older"', 'blob', 'blob'],
    }[look.dialect] as [string, string, string]
    await look.query(
      `CREATE TABLE ${name} (key_bytes ${key} NOT NULL PRIMARY KEY, value ${bytes} NOT NULL, expires_at bigint NOT NULL, long_key ${bytes})`,
      [],
    )
    const mark = look.dialect === 'postgres' ? ['$1', '$2', '$3'] : ['?', '?', '?']
    await look.query(`INSERT INTO ${name} (key_bytes, value, expires_at) VALUES (${mark.join()})`, [
      Buffer.from('\0old'),
      Buffer.from('there'),
      Date.now() + 60_000,
    ])
    const strict = store({ table: 'older', createTable: false })
    await expect(strict.getMany(['old'])).rejects.toThrow('hotset create-table')
    const together = crowd('older')
    const found = await Promise.all(together.map((one) => read(one, 'old')))
    expect(found).toEqual(together.map(() => ['there']))
    await strict.setMany([{ ...record('new', 'x'), keep: true }])
    expect(await read(strict, 'old', 'new')).toEqual(['there', 'x'])
    expect(await createTable(place.url, { table: 'older' })).toBe('current')
  })

  test('want a table, and theirs', async () => {
    const strict = store({ table: 'nowhere', createTable: false })
    await expect(strict.getMany(['k'])).rejects.toThrow(/nowhere.*hotset create-table/)
    expect(await createTable(place.url, { table: 'nowhere' })).toBe('missing')
    expect(await createTable(place.url, { table: 'nowhere' })).toBe('current')
    expect(await read(strict, 'k')).toEqual([undefined])
    const look = place.look()
    await look.query('CREATE TABLE customers (id integer, name varchar(20))', [])
    const theirs = store({ table: 'customers' })
    await expect(theirs.setMany([record('k', 'x')])).rejects.toThrow(/other columns/)
    await expect(createTable(place.url, { table: 'customers' })).rejects.toThrow(/other columns/)
  })

  test('make the table again when somebody has dropped it', async () => {
    const one = store({ table: 'dropped' })
    await one.setMany([record('k', 'x')])
    await place.look().query('DROP TABLE dropped', [])
    await expect(one.getMany(['k'])).rejects.toThrow(StoreError)
    expect(await read(one, 'k')).toEqual([undefined])
  })

  test('live in another schema', async () => {
    const look = place.look()
    const [schema, create] = {
      postgres: ['other "one"', 'CREATE SCHEMA "other ""one"""'],
      mysql: ['other `one`', 'CREATE OR REPLACE DATABASE `other ``one```'],
      sqlite: ['main', 'SELECT 1'],
    }[look.dialect] as [string, string]
    await look.query(create, [])
    expect(await createTable(place.url, { table: 'my "t`', schema })).toBe('missing')
    const [one, other] = [store({ table: 'my "t`', schema }), store({ table: 'my "t`' })]
    await one.setMany([record('k', 'x')])
    expect((await one.usage()).entries).toBe(1)
    expect(await read(other, 'k')).toEqual([look.dialect === 'sqlite' ? 'x' : undefined])
    expect(await createTable(place.url, { table: 'my "t`', schema })).toBe('current')
  })

  test('open a URL by themselves, and close it', async () => {
    const one = store({ database: place.url, table: 'by url' })
    expect(await one.setMany([record('k', 'x')])).toEqual([])
    const other = store({ table: 'by url' })
    expect(await read(other, 'k')).toEqual(['x'])
    await one.close()
    await expect(one.getMany(['k'])).rejects.toThrow('closed')
    expect(await read(other, 'k')).toEqual(['x'])
  })
})

/** The same items in an order of one's own. */
function shuffled<T>(items: readonly T[], by: number): T[] {
  return items.map((_, at) => items[place(at, by, items.length)] as T)
}

/** Answers in the order of the items before they were shuffled. */
function unshuffle(by: number): (answers: boolean[]) => boolean[] {
  return (answers) => {
    const back: boolean[] = []
    answers.forEach((answer, at) => {
      back[place(at, by, answers.length)] = answer
    })
    return back
  }
}

function place(at: number, by: number, length: number): number {
  const turned = (at * 7 + by * 11) % length
  return by % 2 ? turned : length - 1 - turned
}
