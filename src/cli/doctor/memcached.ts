import { systemClock } from '../../kernel/system-clock.ts'
import { lines, statistics } from '../../stores/memcached/commands.ts'
import { Connection } from '../../stores/memcached/connection.ts'
import { connectPlain, nameOf, serverAddresses } from '../../stores/memcached/server-address.ts'
import { clockFinding, type Finding, versionFinding } from './finding.ts'

/** It tells its time in whole seconds. */
const resolutionMs = 1000

/** What servers of Memcached tell of themselves. */
export async function* memcachedFindings(url: string): AsyncGenerator<Finding> {
  const servers = url.replace(/^memcached:(\/\/)?/, '').replace(/\?.*$/s, '')
  for (const address of serverAddresses(servers)) {
    const connection = new Connection(nameOf(address), () => connectPlain(address), systemClock)
    try {
      yield* ofServer(connection)
    } finally {
      await connection.close()
    }
  }
}

async function* ofServer(connection: Connection): AsyncGenerator<Finding> {
  const before = Date.now()
  const told = statistics(await connection.run(lines('stats')))
  const after = Date.now()
  const settings = statistics(await connection.run(lines('stats settings')))
  yield versionFinding('Memcached', told.get('version') ?? '0', '1.6')
  yield clockFinding(Number(told.get('time')) * 1000, before - resolutionMs, after)
  if (settings.get('evictions') === 'off') {
    const found = 'it refuses writes when it is full'
    yield { check: 'eviction', severity: 'error', found, advice: 'start it without -M' }
  } else {
    const found = `it evicts what was used longest ago: ${told.get('evictions')} so far`
    yield { check: 'eviction', severity: 'ok', found }
  }
  const refused = Number(told.get('listen_disabled_num'))
  if (refused > 0) {
    const found = `it had no connection left ${refused} times`
    yield { check: 'connections', severity: 'warning', found, advice: 'start it with a larger -c' }
  }
}
