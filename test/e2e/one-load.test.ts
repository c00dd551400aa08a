import { expect, onTestFinished, test } from 'vitest'
import { type Behind, startWorkers } from '../fault/outage-workers.ts'
import { serversOf, startMemcached } from '../servers/memcached.ts'
import { startRedis } from '../servers/redis.ts'
import { betterSqlite, postgres, stopServers } from '../servers/sql-drivers.ts'

/** Where four processes keep their entries, and what ends it. */
interface Opened extends Behind {
  close(): Promise<void>
}

const stores: Record<string, () => Promise<Opened>> = {
  async Redis() {
    const server = await startRedis()
    return { kind: 'redis', at: `redis://127.0.0.1:${server.port}`, close: server.stop }
  },
  async Memcached() {
    const server = await startMemcached()
    return { kind: 'memcached', at: serversOf(server), close: server.stop }
  },
  async PostgreSQL() {
    const { url, leave } = await postgres.open()
    const close = async () => {
      await leave()
      await stopServers()
    }
    return { kind: 'sql', at: url, close }
  },
  async SQLite() {
    const { url, leave } = await betterSqlite.open()
    return { kind: 'sql', at: url, close: leave }
  },
}

test.each(Object.entries(stores))(
  'of 4 processes with 1,000 callers each over %s one loads a cold key, once',
  async (_, open) => {
    const { close, ...behind } = await open()
    onTestFinished(close)
    // However busy the machine is, the store is not taken for dead.
    const workers = startWorkers(behind, { storeTimeout: '20s' })
    onTestFinished(workers.end)
    await workers.ask('get', 'warm-up')
    for (const key of ['cold', 'colder', 'coldest']) {
      expect(await workers.ask('storm', key, 1000, 30)).toEqual(Array(4).fill([key]))
    }
    const loads = await workers.ask<number>('loads')
    expect(loads.reduce((sum, each) => sum + each)).toBe(3)
  },
)
