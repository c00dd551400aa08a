import type { Send } from '../../drivers/redis/connection.ts'
import { redisLocation } from '../../drivers/redis/location.ts'
import { openRedis } from '../../drivers/redis/open.ts'
import { policyWarning, serverMemory } from '../../stores/redis/server-memory.ts'
import { clockFinding, type Finding, isAtLeast, versionFinding } from './finding.ts'

/** Of the options in a URL, those that are the store's. */
const ours = /\?.*$/s

/** What servers of Redis or Valkey tell of themselves. */
export async function* redisFindings(url: string): AsyncGenerator<Finding> {
  const location = redisLocation(url.replace(ours, ''))
  const opened = await openRedis(location, { replicas: false, plain: false })
  try {
    await opened.connect()
    for (const server of await opened.connection.primaries()) yield* ofServer(server)
  } finally {
    await opened.destroy()
  }
}

async function* ofServer(send: Send): AsyncGenerator<Finding> {
  const before = Date.now()
  const told = fieldsOf(await send(['INFO', 'server']))
  const after = Date.now()
  const valkey = told.get('valkey_version')
  const version = valkey ?? told.get('redis_version') ?? '0'
  yield versionFinding(valkey === undefined ? 'Redis' : 'Valkey', version, '6.0')
  if (told.get('redis_mode') === 'cluster' && !isAtLeast(version, '7.0')) {
    const advice = 'use Redis 7 or later, or `bus=none`'
    const found = 'a cluster of this version has no channels that the bus could use'
    yield { check: 'bus', severity: 'error', found, advice }
  }
  const microseconds = Number(told.get('server_time_usec'))
  if (microseconds > 0) yield clockFinding(microseconds / 1000, before, after)
  yield* memoryFindings(await send(['INFO', 'memory']))
  const replication = fieldsOf(await send(['INFO', 'replication']))
  if (replication.get('role') === 'slave') {
    const advice = 'name the primary, or sentinels: redis+sentinel://…'
    yield { check: 'role', severity: 'error', found: 'it is a replica: it takes no writes', advice }
  }
}

function* memoryFindings(info: unknown): Generator<Finding> {
  const memory = serverMemory(info)
  const check = 'eviction'
  const flaw = policyWarning(memory)
  const advice = 'CONFIG SET maxmemory-policy allkeys-lfu'
  if (flaw !== undefined) {
    // The policy that the server comes with refuses writes: then nothing new is cached at all.
    const severity = memory.policy === 'noeviction' ? 'error' : 'warning'
    yield { check, severity, found: flaw, advice }
  } else if (memory.maxBytes === Infinity) {
    const found = 'maxmemory is not set: it grows until the machine has no memory left'
    const both = `CONFIG SET maxmemory 1gb, and ${advice}`
    yield { check, severity: 'warning', found, advice: both }
  } else {
    yield { check, severity: 'ok', found: `maxmemory-policy ${memory.policy}` }
  }
}

function fieldsOf(info: unknown): Map<string, string> {
  return new Map(
    String(info)
      .split('\r\n')
      .map((line) => [line.split(':', 1)[0] ?? '', line.slice(line.indexOf(':') + 1)]),
  )
}
