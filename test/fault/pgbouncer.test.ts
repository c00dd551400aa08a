import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type PostgresBusOptions, postgresBus } from '../../src/buses/postgres.ts'
import type { Bus } from '../../src/contracts/bus.ts'
import { BusError } from '../../src/kernel/errors.ts'
import { sqlStore } from '../../src/stores/sql.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { record, shown, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { storeCasesFor } from '../../src/testing/store-cases.ts'
import { storeWorld } from '../../src/testing/store-world.ts'
import { startPgbouncer } from '../servers/pgbouncer.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { eventually } from '../servers/start-server.ts'

/** It comes without types. */
const { Client, Pool } = createRequire(import.meta.url)('pg')

const maxBytes = 16 * 1024 * 1024
/** Fewer connections to the server than any of the clients has. */
const few = 'default_pool_size = 2'

const closing: (() => unknown)[] = []
let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
  closing.push(() => postgres.stop())
})
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function pooled(mode: 'session' | 'transaction', ...settings: string[]): Promise<string> {
  const pooler = await startPgbouncer(postgres, mode, ...settings)
  closing.push(() => pooler.stop())
  return pooler.url
}

describe('sql store behind a pooler by transaction', () => {
  let database: string
  beforeAll(async () => {
    database = await pooled('transaction', few)
  })

  const cases = storeCasesFor(sqlStore({ database: 'postgres://' }))
  test.each(cases.map((one, i) => ({ ...one, table: `table ${i}` })))(
    '$name',
    async ({ run, table }) => {
      const clock = fakeClock(Date.now())
      const store = sqlStore({ database, table, clock, maxBytes })
      try {
        await run(store, storeWorld({ clock, tooLarge: maxBytes / 8 }))
      } finally {
        await store.close()
      }
    },
  )

  test('nothing fails where all share the statements that were prepared', async () => {
    const stores = Array.from({ length: 3 }, () => sqlStore({ database, table: 'shared' }))
    await Promise.all(
      stores.map(async (store, at) => {
        onTestFinished(() => store.close())
        const lanes = Array.from({ length: 8 }, async (_, lane) => {
          const key = `${at} ${lane}`
          expect(await store.addMany?.([record(key, stamped(0))])).toEqual([true])
          for (let count = 0; count < 20; count++) {
            const swap = { key, stamp: stampFrom(count), record: record(key, stamped(count + 1)) }
            expect(await store.replaceMany?.([swap])).toEqual([true])
            const [found] = await store.getMany([key])
            expect(found && shown(found)).toBe(shown(stamped(count + 1)))
          }
          expect(await store.deleteMany([key])).toEqual([true])
        })
        await Promise.all(lanes)
      }),
    )
  })
})

describe('postgres bus', () => {
  const ways: Record<string, (url: string) => Promise<PostgresBusOptions>> = {
    'by its URL': async (url) => ({ url }),
    async 'by a pool'(connectionString) {
      const pool = new Pool({ connectionString })
      pool.on('error', () => {})
      closing.push(() => pool.end())
      return { client: pool }
    },
  }

  function open(options: PostgresBusOptions): Bus {
    const bus = postgresBus(options)
    onTestFinished(() => bus.close())
    return bus
  }

  test.each(Object.entries(ways))('%s says that it cannot listen', async (_, way) => {
    const bus = open(await way(await pooled('transaction')))
    const subscribing = bus.subscribe({ message() {}, gap() {} })
    await expect(subscribing).rejects.toThrow(/pooler such as PgBouncer .* by transaction/)
    await expect(bus.publish(Buffer.from('word'))).rejects.toThrow(BusError)
  })

  test.each(Object.entries(ways))('%s listens where sessions are kept', async (_, way) => {
    const options = await way(await pooled('session'))
    const [listener, speaker] = [open(options), open({ url: postgres.url })]
    const told: string[] = []
    await listener.subscribe({ message: (bytes) => told.push(`${Buffer.from(bytes)}`), gap() {} })
    await speaker.publish(Buffer.from('word'))
    await eventually(() => told.includes('word'))
  })

  test('over a client that is alone it notices when it is served by another', async () => {
    const connectionString = await pooled('transaction')
    const [client, other] = [new Client({ connectionString }), new Client({ connectionString })]
    for (const one of [client, other]) {
      await one.connect()
      closing.push(() => one.end())
    }
    const clock = fakeClock()
    const gaps: string[] = []
    await open({ client, clock }).subscribe({ message() {}, gap: (reason) => gaps.push(reason) })
    // Takes the connection to the server that was used last.
    await other.query('BEGIN')
    clock.advance(2_500)
    await eventually(() => gaps.length > 0)
    expect(gaps[0]).toMatch(/pooler/)
    await other.query('ROLLBACK')
  })
})
