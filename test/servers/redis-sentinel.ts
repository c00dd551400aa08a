import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pingRedis, startRedis, tell } from './redis.ts'
import { eventually, type Server, startServer } from './start-server.ts'

export interface RedisSentinels {
  readonly primary: Server
  readonly replica: Server
  readonly sentinels: readonly Server[]
  stop(): Promise<void>
}

/** A primary called `main`, its replica, and three sentinels that notice a dead one after half a second. */
export async function startRedisSentinels(): Promise<RedisSentinels> {
  const primary = await startRedis()
  const replica = await startRedis('--replicaof', '127.0.0.1', `${primary.port}`)
  await eventually(async () =>
    `${await tell(replica.port, 'INFO', 'replication')}`.includes('master_link_status:up'),
  )
  const sentinels = await Promise.all(Array.from({ length: 3 }, () => startSentinel(primary.port)))
  for (const { port } of sentinels) {
    await eventually(async () => {
      const state = `${await tell(port, 'INFO', 'sentinel')}`
      return state.includes('slaves=1,sentinels=3')
    })
  }
  return {
    primary,
    replica,
    sentinels,
    stop: async () =>
      void (await Promise.all([...sentinels, replica, primary].map((server) => server.stop()))),
  }
}

function startSentinel(primary: number): Promise<Server> {
  const fileIn = (directory: string) => join(directory, 'sentinel.conf')
  return startServer({
    command: 'redis-server',
    arguments: ({ directory }) => [fileIn(directory), '--sentinel'],
    ping: pingRedis,
    prepare: ({ port, directory }) =>
      writeFile(
        fileIn(directory),
        [
          `port ${port}`,
          'bind 127.0.0.1',
          `dir ${directory}`,
          `sentinel monitor main 127.0.0.1 ${primary} 2`,
          'sentinel down-after-milliseconds main 500',
          'sentinel failover-timeout main 3000',
        ].join('\n'),
      ),
  })
}
