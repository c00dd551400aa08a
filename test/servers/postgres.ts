import { execFile } from 'node:child_process'
import { chmodSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { accountOf } from './account.ts'
import { ask, eventually, type Place, type Server, startServer } from './start-server.ts'

/** Where Debian puts each major version; any will do. */
const versions = '/usr/lib/postgresql'
const programs = join(versions, readdirSync(versions).sort().at(-1) as string, 'bin')
const run = promisify(execFile)

export interface PostgresServer extends Server {
  /** Of an empty database, for somebody who may do everything. */
  readonly url: string
}

/** A private PostgreSQL that waits for no disk, with these settings (`name=value`) on top. */
export async function startPostgres(...settings: string[]): Promise<PostgresServer> {
  const user = accountOf('postgres')
  const server = await startServer({
    command: join(programs, 'postgres'),
    user,
    async prepare({ directory }) {
      const data = join(directory, 'data')
      const options = ['--auth=trust', '--username=hotset', '--encoding=UTF8', '--no-sync']
      await run(join(programs, 'initdb'), ['--pgdata', data, ...options], {
        ...user,
        cwd: directory,
      })
      chmodSync(directory, 0o755)
    },
    arguments: ({ port, directory }) => [
      ...['-D', join(directory, 'data'), '-k', directory, '-h', '127.0.0.1', '-p', `${port}`],
      ...['fsync=off', 'full_page_writes=off', ...settings].flatMap((setting) => ['-c', setting]),
    ],
    ping: pingPostgres,
  })
  return {
    ...server,
    url: `postgres://hotset@127.0.0.1:${server.port}/postgres`,
    async restart() {
      await eventually(() => !isAtWork(join(server.directory, 'data')))
      await server.restart()
    },
  }
}

/** Whether a process is left that works there: they outlive for a moment the one that was killed. */
function isAtWork(directory: string): boolean {
  return readdirSync('/proc').some((process) => {
    try {
      return readlinkSync(`/proc/${process}/cwd`) === directory
    } catch {
      return false
    }
  })
}

/** Rejects as long as whoever comes is not let in. */
export async function pingPostgres({ port }: Place): Promise<void> {
  const answer = await ask(port, startup)
  if (!answer.startsWith('R')) throw new Error(`Expected to be let in, got ${answer}`)
}

/** The first message of protocol 3.0: length, version, parameters. */
const startup = message('user\0hotset\0database\0postgres\0\0')

function message(parameters: string): string {
  const length = 8 + parameters.length
  return String.fromCharCode(0, 0, length >> 8, length & 255, 0, 3, 0, 0) + parameters
}
