import { execFile } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { accountOf } from './account.ts'
import { ask, type Place, type Server, startServer } from './start-server.ts'

const run = promisify(execFile)

export interface MariadbServer extends Server {
  /** Of an empty database, for somebody who may do everything. */
  readonly url: string
}

/** A private MariaDB that waits for no disk, with these options (`--name=value`) on top. */
export async function startMariadb(...settings: string[]): Promise<MariadbServer> {
  const user = accountOf('mysql')
  const server = await startServer({
    command: 'mariadbd',
    user,
    async prepare(place) {
      const { directory } = place
      const options = ['--auth-root-authentication-method=normal']
      await run('mariadb-install-db', [...common(place), ...options], { ...user, cwd: directory })
      chmodSync(directory, 0o755)
    },
    arguments: (place) => [
      ...common(place),
      ...[`--port=${place.port}`, '--bind-address=127.0.0.1'],
      ...['socket', 'pid-file'].map((file) => `--${file}=${join(place.directory, file)}`),
      ...['--innodb-flush-log-at-trx-commit=2', '--innodb-use-native-aio=0', ...settings],
    ],
    // It greets whoever connects, once it is ready; what is sent makes no difference.
    ping: async ({ port }) => {
      const greeting = await ask(port, '')
      if (!greeting.includes('MariaDB')) throw new Error(`Expected a greeting, got ${greeting}`)
    },
  })
  return { ...server, url: `mysql://root@127.0.0.1:${server.port}/test` }
}

/** Servers that share a directory for temporary tables delete those of each other. */
function common({ directory }: Place): string[] {
  return [
    ...['--no-defaults', `--datadir=${join(directory, 'data')}`, `--tmpdir=${directory}`],
    ...['--skip-name-resolve', '--innodb-flush-method=nosync'],
  ]
}
