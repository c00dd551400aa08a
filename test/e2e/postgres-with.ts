import { createRequire } from 'node:module'
import { afterAll, beforeAll } from 'vitest'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'

interface Client {
  connect(): Promise<unknown>
  query<Row>(text: string): Promise<{ readonly rows: readonly Row[] }>
  end(): Promise<unknown>
}

/** It comes without types. */
const { Client } = createRequire(import.meta.url)('pg') as {
  readonly Client: new (options: { connectionString: string }) => Client
}

/** A server with what `statements` make in it, for all tests of a file; it is there when they run. */
export function postgresWith(statements: string): {
  url(): string
  rows<Row extends object>(query: string): Promise<readonly Row[]>
} {
  let server: PostgresServer
  let client: Client
  beforeAll(async () => {
    server = await startPostgres()
    client = new Client({ connectionString: server.url })
    await client.connect()
    await client.query(statements)
  })
  afterAll(async () => {
    await client?.end()
    await server?.stop()
  })
  return {
    url: () => server.url,
    rows: async <Row extends object>(query: string) => (await client.query<Row>(query)).rows,
  }
}
