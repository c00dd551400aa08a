import { ConfigError } from '../../kernel/errors.ts'
import { invalid } from '../../kernel/expect.ts'
import type { Connection } from './connection.ts'
import {
  type IoredisClient,
  type IoredisCluster,
  overIoredis,
  overIoredisCluster,
} from './ioredis.ts'
import {
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
  overNodeRedis,
  overNodeRedisCluster,
  overNodeRedisSentinel,
} from './node-redis.ts'

/** A client of the package `redis` or `ioredis`: for one server, a cluster, or what sentinels watch. */
export type RedisClient =
  | NodeRedisClient
  | NodeRedisCluster
  | NodeRedisSentinel
  | IoredisClient
  | IoredisCluster

/** Tells clients apart by what they can do: nothing of their packages is loaded. */
export function connectionOver(client: RedisClient): Connection {
  if (typeof client !== 'object' || client === null) throw notAClient(client)
  expectNoPrefix(client)
  if ('getBuffer' in client) {
    return 'nodes' in client ? overIoredisCluster(client) : overIoredis(client)
  }
  if (!('sendCommand' in client)) throw notAClient(client)
  if ('nodeClient' in client) return overNodeRedisCluster(client)
  if ('getMasterNode' in client) return overNodeRedisSentinel(client)
  return overNodeRedis(client)
}

/** One package prefixes raw commands, the other does not, and neither what a scan finds. */
function expectNoPrefix(client: object): void {
  if (!('options' in client)) return
  const { options } = client
  if (typeof options !== 'object' || options === null || !('keyPrefix' in options)) return
  if (options.keyPrefix === undefined || options.keyPrefix === '') return
  throw new ConfigError(
    "Expected `client` to have no keyPrefix of its own: hand over client.duplicate({ keyPrefix: '' })",
  )
}

function notAClient(client: unknown): ConfigError {
  return invalid('client', 'a client of the package redis or ioredis', client)
}
