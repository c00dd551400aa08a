import { afterAll, beforeAll, describe, test } from 'vitest'
import { type HandedClient, sqlStore } from '../../src/stores/sql.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { storeCasesFor } from '../../src/testing/store-cases.ts'
import { storeWorld } from '../../src/testing/store-world.ts'
import { type SqlPlace, sqlDrivers, stopServers } from '../servers/sql-drivers.ts'

const maxBytes = 16 * 1024 * 1024
const cases = storeCasesFor(sqlStore({ database: 'sqlite:./unopened.db' }))
const strange = 'a `strange` "table", it\'s'

afterAll(stopServers)

describe.each(sqlDrivers)('sql store over $name', ({ open }) => {
  let place: SqlPlace
  let database: HandedClient
  beforeAll(async () => {
    place = await open()
    database = place.connect()
  })
  afterAll(() => place.leave())

  test.each(cases.map((one, i) => ({ ...one, table: `${strange} ${i}` })))(
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
})
