import { onTestFinished } from 'vitest'
import { temporaryDirectory } from '../unit/temporary-directory.ts'
import { startRedis } from './redis.ts'
import { postgres, stopServers } from './sql-drivers.ts'

/** Stores that several processes share: each makes an empty one, gone after the test, and answers its URL. */
export const sharedStores: Readonly<
  Record<'LMDB' | 'Redis' | 'PostgreSQL', () => Promise<string>>
> = {
  LMDB: async () => `lmdb:${temporaryDirectory()}`,
  async Redis() {
    const server = await startRedis()
    onTestFinished(server.stop)
    return `redis://127.0.0.1:${server.port}`
  },
  async PostgreSQL() {
    const { url, leave } = await postgres.open()
    onTestFinished(async () => {
      await leave()
      await stopServers()
    })
    return url
  },
}
