// Uses a cache over a store, and then has nothing more to do: how, URL. It says what it did.
import { createInterface } from 'node:readline'
import { createCache } from 'hotset'
import { sqlStore } from 'hotset/sql'

const [how, url] = process.argv.slice(2)

async function use(store) {
  // However busy the machine is: a warning would be on stderr.
  const cache = createCache({ store, storeTimeout: '30s' })
  await cache.set('key', 1, { tags: ['tag'] })
  await cache.invalidate('tag')
  console.log(await cache.getOrSet('key', () => 2))
  return cache
}

const ways = {
  async close() {
    const cache = await use(url)
    await cache.close()
  },
  async leave() {
    await use(url)
  },
  async client() {
    const client = await connect()
    const store = sqlStore({ database: client })
    const cache = await use(store)
    await cache.close()
    await store.close()
    await (client.end ?? client.close).call(client)
  },
  async 'leave the store'() {
    const cache = await use(sqlStore({ database: url }))
    await cache.close()
  },
  /** A word on the input says that the server answers no more. */
  async 'close in the middle'() {
    const store = sqlStore({ database: url })
    const key = 'key'
    const value = Buffer.alloc(12)
    await store.setMany([{ key, value, expiresAt: Infinity }])
    console.log('ready')
    const input = createInterface({ input: process.stdin })
    await new Promise((resolve) => input.once('line', resolve))
    input.close()
    process.stdin.destroy()
    const answer = store.deleteMany([key]).then(String, (error) => error.name)
    await store.close()
    console.log(await answer)
  },
}

async function connect() {
  const [scheme] = url.split(':', 1)
  if (scheme === 'postgres') {
    const { default: pg } = await import('pg')
    return new pg.Pool({ connectionString: url })
  }
  if (scheme === 'mysql') {
    const { createPool } = await import('mysql2/promise')
    return createPool(url)
  }
  const { default: Database } = await import('better-sqlite3')
  return new Database(url.slice('sqlite:'.length))
}

await ways[how]()
