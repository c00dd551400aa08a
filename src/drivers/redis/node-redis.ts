import type { Connection, Send, Word } from './connection.ts'
import type { OpenEar } from './ear.ts'
import { nodeRedisEar } from './node-redis-ear.ts'
import { overOneServer } from './one-server.ts'

/** What is needed of a client of the package `redis` for one server, or of a pool of them. */
export interface NodeRedisClient {
  sendCommand(words: readonly Word[], options?: object): Promise<unknown>
}

/** The slice of a cluster of `redis` that is used. */
export interface NodeRedisCluster {
  readonly masters: readonly unknown[]
  sendCommand(
    key: Word,
    readOnly: boolean,
    words: readonly Word[],
    options?: object,
  ): Promise<unknown>
  nodeClient(master: never): Promise<NodeRedisClient>
}

/** The slice of a sentinel client of `redis` that is used. */
export interface NodeRedisSentinel {
  getMasterNode(): unknown
  getReplicaNodes(): { readonly size: number }
  sendCommand(readOnly: boolean, words: readonly Word[], options?: object): Promise<unknown>
}

/** By what RESP marks strings: `$`. */
const blob = 36
/**
 * Strings of the server come as they are. The client's own timeout costs more than half of its speed,
 * and does not cover a command that has been written.
 */
const raw = { typeMapping: { [blob]: Buffer }, timeout: 0 }

export function overNodeRedis(client: NodeRedisClient): Connection {
  return overOneServer(senderTo(client), () => nodeRedisEar(client))
}

/** Replicas are read from where the client was made with `useReplicas`. */
export function overNodeRedisCluster(client: NodeRedisCluster): Connection {
  return {
    oneServer: false,
    read: (key, command) => client.sendCommand(key, true, command, raw),
    write: (key, command) => client.sendCommand(key, false, command, raw),
    primaries: () =>
      Promise.all(
        client.masters.map(async (node) => senderTo(await client.nodeClient(node as never))),
      ),
    ears: () =>
      Promise.all(
        client.masters.map(async (node) => nodeRedisEar(await client.nodeClient(node as never))),
      ),
  }
}

/** Replicas are read from, while there are some, where the client was made with a `replicaPoolSize`. */
export function overNodeRedisSentinel(
  client: NodeRedisSentinel,
  ear: () => OpenEar = () => nodeRedisEar(client),
): Connection {
  const write: Send = (command) => client.sendCommand(false, command, raw)
  return {
    oneServer: true,
    read: (_, command) => client.sendCommand(client.getReplicaNodes().size > 0, command, raw),
    write: (_, command) => write(command),
    primaries: async () => [write],
    ears: async () => [ear()],
  }
}

function senderTo(client: NodeRedisClient): Send {
  return (command) => client.sendCommand(command, raw)
}
