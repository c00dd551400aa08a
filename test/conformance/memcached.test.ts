import { afterAll, beforeAll, describe, test } from 'vitest'
import { systemClock } from '../../src/kernel/system-clock.ts'
import { MetaClient } from '../../src/stores/memcached/meta-client.ts'
import { connectPlain, serverAddresses } from '../../src/stores/memcached/server-address.ts'
import { type MemcachedClient, memcachedStore } from '../../src/stores/memcached.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { storeCasesFor } from '../../src/testing/store-cases.ts'
import { storeWorld } from '../../src/testing/store-world.ts'
import { serversOf, startMemcached } from '../servers/memcached.ts'
import type { Server } from '../servers/start-server.ts'

const tooLarge = 2 * 1024 * 1024
const cases = storeCasesFor(memcachedStore({ servers: 'nowhere' }))
let servers: Server[] = []

beforeAll(async () => {
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
})
afterAll(() => Promise.all(servers.map((server) => server.stop())))

/** The server's own clock as well: what it forgets too early would be missing. */
describe('memcached store on one server, in real time', () => {
  test.concurrent.each(cases)('$name', async ({ run }) => {
    const [first] = servers as [Server]
    const store = memcachedStore({ servers: serversOf(first) })
    try {
      await run(store, storeWorld({ tooLarge }))
    } finally {
      await store.close()
    }
  })
})

describe('memcached store on three servers', () => {
  test.each(cases)('$name', async ({ run }) => {
    const clock = fakeClock(Date.now())
    const store = memcachedStore({ servers: serversOf(...servers), clock })
    try {
      await run(store, storeWorld({ clock, tooLarge }))
    } finally {
      await store.close()
    }
  })
})

/** Clients of somebody else: one that takes fewer keys, and one that knows no tokens either. */
describe.each(['with', 'without'])('memcached store on a client %s tokens', (tokens) => {
  const plain = memcachedStore({ client: foreignClient(tokens === 'with') })
  test.each(storeCasesFor(plain))('$name', async ({ run }) => {
    const clock = fakeClock(Date.now())
    const store = memcachedStore({ client: foreignClient(tokens === 'with'), clock })
    await run(store, storeWorld({ clock, tooLarge }))
  })
})

let shared: MetaClient | undefined
afterAll(() => shared?.close())

function foreignClient(tokens: boolean): MemcachedClient {
  const client = () => {
    shared ??= new MetaClient({
      addresses: serverAddresses(serversOf(...servers)),
      failover: false,
      discover: false,
      connect: connectPlain,
      clock: systemClock,
    })
    return shared
  }
  const printable = (keys: readonly string[]) => {
    for (const key of keys) if (!/^[!-~]{1,250}$/.test(key)) throw new Error(`Not a key: ${key}`)
  }
  return {
    keys: 'ascii',
    async get(keys) {
      printable(keys)
      return client().get(keys)
    },
    set: (writes) => client().set(writes),
    delete: (removals) => client().delete(removals),
    ...(tokens && { gets: (keys) => client().gets(keys) }),
  }
}
