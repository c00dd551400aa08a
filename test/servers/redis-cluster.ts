import { startRedis, tell } from './redis.ts'
import { eventually, freePort, type Server } from './start-server.ts'

const slots = 16_384

export interface RedisCluster {
  readonly primaries: readonly Server[]
  /** The replica at an index follows the primary at this index. */
  readonly replicas: readonly Server[]
  stop(): Promise<void>
}

/** Three primaries and a replica of each. A dead one is noticed after a second. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: 6 }, startNode))
  const primaries = nodes.slice(0, 3)
  const replicas = nodes.slice(3)
  const each = (act: (node: Node, index: number) => Promise<unknown>) => Promise.all(nodes.map(act))
  await each(({ port }, index) => tell(port, 'CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`))
  await Promise.all(
    primaries.map(({ port }, index) => {
      const first = Math.ceil((slots * index) / 3)
      const last = Math.ceil((slots * (index + 1)) / 3) - 1
      return tell(port, 'CLUSTER', 'ADDSLOTSRANGE', `${first}`, `${last}`)
    }),
  )
  await each(async (node) => {
    for (const { port, busPort } of nodes.filter((other) => other !== node)) {
      await tell(node.port, 'CLUSTER', 'MEET', '127.0.0.1', `${port}`, `${busPort}`)
    }
  })
  await each(({ port }) =>
    untilSays(port, 'CLUSTER NODES', /^((?!.*handshake).* connected.*\n){6}/),
  )
  const ids = await Promise.all(primaries.map(({ port }) => tell(port, 'CLUSTER', 'MYID')))
  await Promise.all(
    replicas.map(({ port }, index) => tell(port, 'CLUSTER', 'REPLICATE', `${ids[index]}`)),
  )
  await each(({ port }) => untilSays(port, 'CLUSTER INFO', /cluster_state:ok/))
  await Promise.all(
    replicas.map(({ port }) => untilSays(port, 'INFO replication', /master_link_status:up/)),
  )
  // All must know who is a replica of whom before one can fail.
  await each(({ port }) => untilSays(port, 'CLUSTER NODES', /(slave [\s\S]*){3}/))
  return { primaries, replicas, stop: async () => void (await each((node) => node.stop())) }
}

/** A primary more, which has no slots yet. */
export async function startRedisPrimary({ primaries }: RedisCluster): Promise<Server> {
  const node = await startNode()
  for (const { port } of primaries)
    await tell(port, 'CLUSTER', 'MEET', '127.0.0.1', `${node.port}`, `${node.busPort}`)
  await untilSays(node.port, 'CLUSTER NODES', /^((?!.*handshake).* connected.*\n){7}/)
  await untilSays(node.port, 'CLUSTER INFO', /cluster_state:ok/)
  return node
}

/** Moves a slot and what is in it, as a rebalancing tool does: key by key, while it is in use. */
export async function moveSlot(slot: number, from: Server, to: Server): Promise<void> {
  const [source, target] = [
    await tell(from.port, 'CLUSTER', 'MYID'),
    await tell(to.port, 'CLUSTER', 'MYID'),
  ]
  const setSlot = ({ port }: Server, ...words: string[]) =>
    tell(port, 'CLUSTER', 'SETSLOT', `${slot}`, ...words)
  await setSlot(to, 'IMPORTING', `${source}`)
  await setSlot(from, 'MIGRATING', `${target}`)
  for (;;) {
    const keys = await tell(from.port, 'CLUSTER', 'GETKEYSINSLOT', `${slot}`, '1')
    const [key] = keys as string[]
    if (key === undefined) break
    await tell(from.port, 'MIGRATE', '127.0.0.1', `${to.port}`, key, '0', '5000')
  }
  await setSlot(to, 'NODE', `${target}`)
  await setSlot(from, 'NODE', `${target}`)
}

interface Node extends Server {
  readonly busPort: number
}

async function startNode(): Promise<Node> {
  const busPort = await freePort()
  const server = await startRedis(
    ...['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`],
    ...['--cluster-node-timeout', '1000', '--cluster-replica-validity-factor', '0'],
  )
  return { ...server, busPort }
}

async function untilSays(port: number, command: string, text: RegExp): Promise<void> {
  await eventually(
    async () => `${await tell(port, ...command.split(' '))}`,
    (reply) => text.test(reply),
  )
}
