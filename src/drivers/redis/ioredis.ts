import type { Connection, Send, Word } from './connection.ts'
import { ioredisEar } from './ioredis-ear.ts'
import { overOneServer } from './one-server.ts'

/** What a client has under each name, its own overloads aside. */
type Method = (...words: never[]) => Promise<unknown>

/** What is needed of a client of the package `ioredis`; with sentinels it is the same. */
export interface IoredisClient {
  cluster: Method
  dbsize: Method
  del: Method
  eval: Method
  evalsha: Method
  exists: Method
  getBuffer: Method
  getrangeBuffer: Method
  info: Method
  mgetBuffer: Method
  publish: Method
  scanBuffer: Method
  setBuffer: Method
  spublish: Method
  unlink: Method
}

/** The slice of a `Cluster` of `ioredis` that is used. */
export interface IoredisCluster extends IoredisClient {
  nodes(role: 'master'): IoredisClient[]
}

/** What the types of the package leave out. */
interface Untyped {
  evalBuffer: Method
  evalshaBuffer: Method
}

/**
 * What answers strings, as buffers. `callBuffer` would do for all, but loses the name of the command
 * where the client pipelines by itself.
 */
const methods = {
  CLUSTER: 'cluster',
  DBSIZE: 'dbsize',
  DEL: 'del',
  EVAL: 'evalBuffer',
  EVALSHA: 'evalshaBuffer',
  EXISTS: 'exists',
  GET: 'getBuffer',
  GETRANGE: 'getrangeBuffer',
  INFO: 'info',
  MGET: 'mgetBuffer',
  PUBLISH: 'publish',
  SCAN: 'scanBuffer',
  SET: 'setBuffer',
  SPUBLISH: 'spublish',
  UNLINK: 'unlink',
} as const

export function overIoredis(client: IoredisClient): Connection {
  return overOneServer(senderTo(client), () => ioredisEar(client))
}

/** Replicas are read from where the client was made with `scaleReads`. */
export function overIoredisCluster(client: IoredisCluster): Connection {
  const send = senderTo(client)
  return {
    oneServer: false,
    read: (_, command) => send(command),
    write: (_, command) => send(command),
    primaries: async () => client.nodes('master').map(senderTo),
    ears: async () => client.nodes('master').map(ioredisEar),
  }
}

function senderTo(client: IoredisClient): Send {
  return ([name, ...rest]) => {
    const method = (client as IoredisClient & Untyped)[methods[name]] as (
      ...words: Word[]
    ) => Promise<unknown>
    return method.apply(client, rest)
  }
}
