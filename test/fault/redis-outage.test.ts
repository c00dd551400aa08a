import { describe, test } from 'vitest'
import { tell } from '../servers/redis.ts'
import { endure, frozen, killed, type Outage } from './redis-outages.ts'

/** Each reply waits for the end of such a span. */
const slownessMs = 40
describe('four processes while Redis', () => {
  const outages: Record<string, Outage> = {
    'is frozen, by a URL': frozen,
    'is frozen, by node-redis': { ...frozen, kind: 'node-redis' },
    'is frozen, by ioredis': { ...frozen, kind: 'ioredis' },
    'is killed and comes back empty, by a URL': killed,
    'is killed and comes back empty, by node-redis': { ...killed, kind: 'node-redis' },
    'is killed and comes back empty, by ioredis': { ...killed, kind: 'ioredis' },
    'is behind a network that swallows everything': {
      async begin({ proxy }) {
        proxy.hold()
        return () => proxy.release()
      },
    },
    'is slow': {
      async begin({ proxy }) {
        proxy.hold()
        const pulse = setInterval(() => {
          proxy.release()
          proxy.hold()
        }, slownessMs)
        return () => {
          clearInterval(pulse)
          proxy.release()
        }
      },
      isOutage: false,
    },
    'has its replies cut in half': {
      async begin({ proxy }) {
        proxy.cutAfter = 1000
        return () => {
          proxy.cutAfter = Infinity
        }
      },
    },
    'has no room': {
      async begin({ server }) {
        await tell(server.port, 'CONFIG', 'SET', 'maxmemory', '1')
        return () => tell(server.port, 'CONFIG', 'SET', 'maxmemory', '0')
      },
      isOutage: false,
    },
    'is a replica that takes no writes': {
      async begin({ server }) {
        await tell(server.port, 'REPLICAOF', '127.0.0.1', '1')
        return () => tell(server.port, 'REPLICAOF', 'NO', 'ONE')
      },
    },
  }

  test.each(Object.entries(outages))('%s', (_, outage) => endure(outage))
})
