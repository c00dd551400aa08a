import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accountOf } from './account.ts'
import { type PostgresServer, pingPostgres } from './postgres.ts'
import { startServer } from './start-server.ts'

/** A private PgBouncer before a PostgreSQL, with these settings (`name = value`) on top. */
export async function startPgbouncer(
  { port: behind }: PostgresServer,
  mode: 'session' | 'transaction',
  ...settings: string[]
): Promise<PostgresServer> {
  const fileIn = (directory: string) => join(directory, 'pgbouncer.ini')
  const server = await startServer({
    command: 'pgbouncer',
    user: accountOf('postgres'),
    prepare: ({ port, directory }) =>
      writeFile(
        fileIn(directory),
        [
          '[databases]',
          `* = host=127.0.0.1 port=${behind} user=hotset`,
          '[pgbouncer]',
          'listen_addr = 127.0.0.1',
          `listen_port = ${port}`,
          'unix_socket_dir =',
          'auth_type = any',
          `pool_mode = ${mode}`,
          ...settings,
        ].join('\n'),
      ),
    arguments: ({ directory }) => [fileIn(directory)],
    ping: pingPostgres,
  })
  return { ...server, url: `postgres://hotset@127.0.0.1:${server.port}/postgres` }
}
