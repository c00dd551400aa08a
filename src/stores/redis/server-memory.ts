import type { StoreUsage } from '../../contracts/store.ts'
import type { Send } from '../../drivers/redis/connection.ts'

/** What `INFO memory` tells. */
export interface ServerMemory {
  readonly usedBytes: number
  /** `Infinity` where the server has no bound. */
  readonly maxBytes: number
  readonly policy: string
}

export function serverMemory(info: unknown): ServerMemory {
  const fields = new Map(
    String(info)
      .split('\r\n')
      .map((line) => [line.split(':', 1)[0] ?? '', line.slice(line.indexOf(':') + 1)]),
  )
  return {
    usedBytes: Number(fields.get('used_memory') ?? 0),
    maxBytes: Number(fields.get('maxmemory') ?? 0) || Infinity,
    policy: fields.get('maxmemory_policy') ?? '',
  }
}

/** What is wrong with how the server makes room, for something that is used as a cache. */
export function policyWarning({ maxBytes, policy }: ServerMemory): string | undefined {
  if (maxBytes === Infinity || !/^(noeviction|volatile-)/.test(policy)) return undefined
  const flaw =
    policy === 'noeviction'
      ? 'refuses writes when it is full'
      : 'gives up only what has an expiry, and refuses writes when there is none of that left'
  return `with maxmemory-policy ${policy} it ${flaw}: allkeys-lru or allkeys-lfu suit a cache`
}

/** What some servers hold together, whoever put it there. */
export async function totalUsage(servers: readonly Send[]): Promise<StoreUsage> {
  const each = await Promise.all(
    servers.map(async (send) => {
      const [entries, info] = await Promise.all([send(['DBSIZE']), send(['INFO', 'memory'])])
      return { entries: Number(entries), ...serverMemory(info) }
    }),
  )
  const sum = (pick: (server: (typeof each)[number]) => number) =>
    each.reduce((total, server) => total + pick(server), 0)
  const maxBytes = sum((server) => server.maxBytes)
  // Replies that are on their way count as used, even beyond the bound.
  return {
    entries: sum((server) => server.entries),
    bytes: Math.min(
      sum((server) => server.usedBytes),
      maxBytes,
    ),
    maxBytes,
  }
}
