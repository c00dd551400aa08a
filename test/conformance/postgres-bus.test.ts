import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type PostgresBusOptions, postgresBus } from '../../src/buses/postgres.ts'
import { busCases } from '../../src/testing/bus-cases.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'

/** It comes without types. */
const { Client, Pool } = createRequire(import.meta.url)('pg')

let server: PostgresServer
const closing: (() => unknown)[] = []
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await server.stop()
})

let channels = 0

const ways: Record<string, () => Promise<() => Promise<PostgresBusOptions>>> = {
  'by its URL': async () => async () => ({ url: server.url }),
  async 'by a pool'() {
    const pool = new Pool({ connectionString: server.url })
    pool.on('error', () => {})
    closing.push(() => pool.end())
    return async () => ({ client: pool })
  },
  'by clients': async () => async () => {
    const client = new Client({ connectionString: server.url })
    client.on('error', () => {})
    await client.connect()
    closing.push(() => client.end())
    return { client }
  },
}

describe.each(Object.entries(ways))('%s', (_, prepare) => {
  test.each(busCases)('$name', async ({ run }) => {
    const options = await prepare()
    const channel = `A "channel" of 'ours' ${channels++}`
    await run(async () => postgresBus({ ...(await options()), channel }))
  })
})
