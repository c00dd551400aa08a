import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BusError } from '../../src/kernel/errors.ts'
import { type ListenToTablesOptions, listenToTables, watchTables } from '../../src/orm/postgres.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { type Ears, earsAt, marks, type Place, postgresPlaces } from '../orm/postgres-place.ts'
import { startPgbouncer } from '../servers/pgbouncer.ts'
import { eventually } from '../servers/start-server.ts'
import { startProxy } from '../servers/tcp-proxy.ts'

const places = postgresPlaces()
const tables = `${marks} CREATE TABLE users (id int PRIMARY KEY, name int);
  INSERT INTO users SELECT id, 0 FROM generate_series(1, 5) AS id`
const ids = [1, 2, 3, 4, 5]
const others = `FROM pg_stat_activity WHERE application_name = 'ear' AND datname = current_database()`
const earOf = ({ url }: Place) => `${url}?application_name=ear`

const byUrl = (place: Place) => ({ database: earOf(place) })
const ways: Record<string, (place: Place) => Pick<ListenToTablesOptions, 'database'>> = {
  'by a URL': byUrl,
  'by a pool': (place) => ({ database: place.pool(earOf(place)) }),
}

interface World {
  readonly place: Place
  readonly ears: Ears
  readonly gaps: string[]
  /** Adds one to each, as somebody else. */
  write(...which: number[]): Promise<void>
  /** What the cache answers for each. */
  readAll(): Promise<unknown[]>
  expectNothingStale(): Promise<void>
}

async function world(
  way: (place: Place) => Partial<ListenToTablesOptions>,
  given?: Place,
): Promise<World> {
  const place = given ?? (await places.open(tables))
  const gaps: string[] = []
  const onGap = (reason: string) => gaps.push(reason)
  const ears = await earsAt(place, { users: ['id'] }, { ...way(place), onGap })
  onTestFinished(() => ears.close())
  const [writer, reader] = [place.pool(), place.pool()]
  const sql = 'SELECT name FROM users WHERE id = $1'
  const readAll = () => Promise.all(ids.map((id) => ears.read(reader, sql, [id])))
  return {
    place,
    ears,
    gaps,
    readAll,
    async write(...which) {
      // In order, or two of them would wait for each other.
      await writer.query(
        `WITH locked AS (SELECT id AS key FROM users WHERE id = ANY ($1) ORDER BY id FOR UPDATE)
        UPDATE users SET name = name + 1 FROM locked WHERE id = key`,
        [which],
      )
    },
    async expectNothingStale() {
      await eventually(() => ears.listener.isListening && gaps.at(-1) === 'connected again')
      await ears.heard()
      const { rows } = await reader.query('SELECT name FROM users ORDER BY id')
      expect(await readAll()).toEqual(rows.map((row) => [row]))
    },
  }
}

describe.each(Object.entries(ways))('%s', (_, way) => {
  test('a connection that is cut is a gap, after which nothing is stale', async () => {
    const { place, ears, gaps, write, readAll, expectNothingStale } = await world(way)
    await readAll()
    expect(ears.listener.isListening).toBe(true)
    // The write is committed in the moment in which the connection is cut, before there is another.
    await place.client.query(`BEGIN; UPDATE users SET name = 7 WHERE id = 1;
      SELECT pg_terminate_backend(pid) ${others}; COMMIT`)
    await eventually(() => gaps.length > 0)
    await write(2, 3)
    await expectNothingStale()
    expect(gaps).toHaveLength(2)
    await write(4)
    await ears.heard()
    expect(await readAll()).toContainEqual([{ name: 1 }])
  })

  test('a server that dies and comes back is a gap, after which nothing is stale', async () => {
    const { ears, gaps, write, readAll, expectNothingStale } = await world(way)
    await readAll()
    await places.server().kill()
    await eventually(() => gaps.length > 0)
    expect(ears.listener.isListening).toBe(false)
    await places.server().restart()
    await write(1, 5)
    await expectNothingStale()
  })

  test('a server that is frozen is a gap', async () => {
    const clock = fakeClock()
    const { ears, gaps, write, readAll, expectNothingStale } = await world((place) => ({
      ...way(place),
      clock,
    }))
    await readAll()
    await places.server().kill('SIGSTOP')
    clock.advance(2_500)
    expect(gaps).toEqual([])
    clock.advance(5_000)
    await eventually(() => gaps.length === 1)
    expect(gaps[0]).toMatch(/no sign of life/)
    expect(ears.listener.isListening).toBe(false)
    await places.server().kill('SIGCONT')
    // What is kept while nobody listens goes as well.
    await readAll()
    await write(1)
    await eventually(() => {
      clock.advance(100)
      return ears.listener.isListening
    })
    await expectNothingStale()
  })

  test('nothing stays open after close, also while the server is away', async () => {
    const { place, ears, gaps } = await world(way)
    const listeners = () => place.rows(`SELECT pid ${others}`)
    expect(await listeners()).toHaveLength(1)
    await ears.listener.close()
    await eventually(async () => (await listeners()).length === 0)
    expect(ears.listener.isListening).toBe(false)
    const changes = { changed: async () => {}, tags: ears.changes.tags }
    const options = { ...way(place), changes, tables: { users: ['id'] } }
    const second = await listenToTables(options)
    await places.server().kill()
    await second.close()
    await expect(listenToTables(options)).rejects.toThrow(BusError)
    await places.server().restart()
    const again = place.pool()
    await eventually(async () => (await again.query(`SELECT pid ${others}`)).rows.length === 0)
    expect(gaps).toEqual([])
  })
})

test('a connection that is dead without a word is found out, after which nothing is stale', async () => {
  const place = await places.open(tables)
  const proxy = await startProxy(places.server().port)
  onTestFinished(() => proxy.close())
  const clock = fakeClock()
  const database = place.url.replace(/:\d+\//, `:${proxy.port}/`)
  const { ears, gaps, write, readAll, expectNothingStale } = await world(
    () => ({ database, clock }),
    place,
  )
  await readAll()
  proxy.hold()
  await write(...ids)
  expect(await readAll()).toEqual(ids.map(() => [{ name: 0 }]))
  clock.advance(2_500)
  clock.advance(5_000)
  await eventually(() => gaps.length === 1)
  await readAll()
  await write(2)
  proxy.release()
  await eventually(() => {
    clock.advance(100)
    return ears.listener.isListening
  })
  await expectNothingStale()
})

test('whenever connections are cut, nothing stays stale', async () => {
  const { place, ears, write, readAll, expectNothingStale } = await world(byUrl)
  const cutter = place.pool()
  const cut = () => cutter.query(`SELECT pg_terminate_backend(pid) ${others}`)
  const act = fc.oneof(
    { weight: 3, arbitrary: fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1 }) },
    { weight: 1, arbitrary: fc.constant('cut' as const) },
    { weight: 2, arbitrary: fc.constant('read' as const) },
  )
  const property = fc.asyncProperty(fc.array(act, { maxLength: 8 }), async (acts) => {
    await eventually(() => ears.listener.isListening)
    await Promise.all(
      acts.map((one) => (one === 'cut' ? cut() : one === 'read' ? readAll() : write(...one))),
    )
    await cut()
    await write(1, 2)
    await eventually(() => ears.listener.isListening)
  })
  await fc.assert(property, { numRuns: 30 })
  await expectNothingStale()
})

test('an onGap that throws does not keep it from listening again', async () => {
  const place = await places.open(tables)
  const errors: unknown[] = []
  const ears = await earsAt(
    place,
    { users: ['id'] },
    {
      ...byUrl(place),
      onError: (error) => errors.push(error),
      onGap(reason) {
        throw reason
      },
    },
  )
  onTestFinished(() => ears.close())
  await place.client.query(`SELECT pg_terminate_backend(pid) ${others}`)
  await eventually(() => errors.includes('connected again'))
  expect(errors).toHaveLength(2)
  await ears.heard()
})

test('a client that was handed over hears nothing any more when it is closed, and goes on', async () => {
  const place = await places.open(tables)
  const database = await place.connect()
  const count = database.listenerCount('error')
  const { ears } = await world(() => ({ database }), place)
  await watchTables({ database, tables: { users: ['id'] }, channel: 'another' })
  await ears.listener.close()
  expect((await database.query('SELECT pg_listening_channels()')).rows).toEqual([])
  expect(database.listenerCount('error')).toBe(count)
})

test('a client that was handed over is lost for good', async () => {
  const place = await places.open(tables)
  const database = await place.connect(earOf(place))
  const { ears, gaps } = await world(() => ({ database }), place)
  await place.client.query(`SELECT pg_terminate_backend(pid) ${others}`)
  await eventually(() => gaps.length > 0)
  expect(ears.listener.isListening).toBe(false)
})

test('a notification that nobody can read counts as a change of everything', async () => {
  const { place, ears, readAll } = await world(byUrl)
  for (const payload of [
    '',
    '7',
    '{"table":7}',
    '{"table":"users","values":7}',
    '{"table":"users","values":{"id":7}}',
    'null',
    '{',
  ]) {
    await readAll()
    const { asked } = ears
    await place.client.query("SELECT pg_notify('hotset_changes', $1)", [payload])
    await ears.heard()
    await readAll()
    expect(ears.asked, payload).toBe(asked + ids.length)
  }
  // What is told of a table to which nobody listens changes nothing.
  const { asked } = ears
  await place.client.query(`SELECT pg_notify('hotset_changes', '{"table":"others"}')`)
  await ears.heard()
  await readAll()
  expect(ears.asked).toBe(asked)
})

describe('behind a pooler', () => {
  test('by transaction nobody can listen, and it says so; watching works', async () => {
    const place = await places.open(tables)
    const pooler = await startPgbouncer(places.server(), 'transaction')
    onTestFinished(() => pooler.stop())
    const database = place.url.replace(/:\d+\//, `:${pooler.port}/`)
    const watching = { database, tables: { users: ['id'] } }
    expect(await watchTables(watching)).toMatchObject([{ state: 'missing' }])
    const changes = { changed: async () => {}, tags: { columns: () => [] } as never }
    const listening = listenToTables({ ...watching, changes })
    await expect(listening).rejects.toThrow(/pooler such as PgBouncer .* by transaction/)
  })

  test('by session it listens', async () => {
    const place = await places.open(tables)
    const pooler = await startPgbouncer(places.server(), 'session')
    onTestFinished(() => pooler.stop())
    const database = place.url.replace(/:\d+\//, `:${pooler.port}/`)
    const { ears, readAll, write } = await world(() => ({ database }), place)
    await readAll()
    await write(3)
    await ears.heard()
    expect(await readAll()).toContainEqual([{ name: 1 }])
  })
})
