import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { postgresBus } from '../../src/buses/postgres.ts'
import { type RedisClient, redisBus } from '../../src/buses/redis.ts'
import { redisTrackingBus } from '../../src/buses/redis-tracking.ts'
import type { Bus } from '../../src/contracts/bus.ts'
import type { Store } from '../../src/contracts/store.ts'
import { BusError, StoreError } from '../../src/kernel/errors.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { sqlStore } from '../../src/stores/sql.ts'
import { read, record } from '../../src/testing/store-case.ts'
import { processPeer } from '../e2e/peers.ts'
import { accountOf } from '../servers/account.ts'
import { type Certificates, makeCertificates, trusting } from '../servers/certificates.ts'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis, tell } from '../servers/redis.ts'
import { eventually, freePort, type Server } from '../servers/start-server.ts'

const closing: (() => unknown)[] = []
let files: Certificates
beforeAll(() => {
  files = makeCertificates(accountOf('postgres'))
  closing.push(files.remove)
})
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

function closed<T extends Store | Bus>(thing: T): T {
  onTestFinished(() => thing.close())
  return thing
}

async function expectKept(store: Store): Promise<void> {
  expect(await store.setMany([record('key', 'x'.repeat(100_000))])).toEqual([])
  expect(await read(store, 'key')).toEqual(['x'.repeat(100_000)])
}

async function expectHeard(bus: Bus): Promise<void> {
  const told: string[] = []
  await bus.subscribe({ message: (bytes) => told.push(`${Buffer.from(bytes)}`), gap() {} })
  await bus.publish(Buffer.from('word'))
  await eventually(() => told.includes('word'))
}

async function expectRefused(
  attempt: Promise<unknown>,
  error: typeof StoreError | typeof BusError,
) {
  const outcome = await attempt.catch((cause) => cause)
  expect(outcome).toBeInstanceOf(error)
  expect(`${outcome}`).toMatch(/self-signed certificate|unable to verify/)
}

const subscribing = (bus: Bus) => closed(bus).subscribe({ message() {}, gap() {} })

describe('redis', () => {
  let server: Server
  let port: number
  beforeAll(async () => {
    const { certificate, key, authority } = files
    port = await freePort()
    server = await startRedis(
      ...['--tls-port', `${port}`, '--tls-auth-clients', 'no', '--tls-ca-cert-file', authority],
      ...['--tls-cert-file', certificate, '--tls-key-file', key],
    )
    closing.push(() => server.stop())
  })
  const url = () => `rediss://localhost:${port}`

  const clients: Record<string, (authority: string) => Promise<RedisClient>> = {
    async 'node-redis'(authority) {
      const client = createClient({ url: url(), socket: { tls: true, ...trusting(authority) } })
      client.on('error', () => {})
      onTestFinished(() => client.destroy())
      await client.connect()
      return client
    },
    async ioredis(authority) {
      const client = new Redis(url(), { tls: trusting(authority), maxRetriesPerRequest: 0 })
      client.on('error', () => {})
      onTestFinished(() => client.disconnect())
      return client
    },
  }

  test.each(Object.entries(clients))(
    'a client of %s is duplicated with its TLS',
    async (_, open) => {
      const client = await open(files.authority)
      await expectKept(closed(redisStore({ client })))
      await expectHeard(closed(redisBus({ client })))
      const tracking = closed(redisTrackingBus({ client }))
      const changed: string[] = []
      tracking.watch?.(['shop:'], (keys) => changed.push(...keys))
      await expectHeard(tracking)
      await tell(server.port, 'SET', 'shop:1', 'x')
      await eventually(() => changed.includes('shop:1'))
    },
  )

  test('a URL trusts what the process trusts', async () => {
    vi.stubEnv('NODE_EXTRA_CA_CERTS', files.authority)
    onTestFinished(() => void vi.unstubAllEnvs())
    const [one, two] = ['pubsub', 'tracking'].map((bus) => {
      const peer = processPeer({
        store: `${url()}?bus=${bus}`,
        memory: { trust: '1d' },
        storeTimeout: '20s',
      })
      onTestFinished(() => peer.kill())
      return peer
    })
    for (const value of ['first', 'second']) {
      await one?.ask('set', 'key', value)
      await eventually(async () => (await two?.ask('get', 'key')) === value)
    }
    await two?.ask('set', 'key', 'third')
    await eventually(async () => (await one?.ask('get', 'key')) === 'third')
  })

  test('a certificate that nobody trusts is refused', async () => {
    await expectRefused(read(closed(redisStore({ url: url() })), 'key'), StoreError)
    await expectRefused(subscribing(redisBus({ url: url() })), BusError)
    await expectRefused(subscribing(redisTrackingBus({ url: url() })), BusError)
    const client = await (clients.ioredis as (authority: string) => Promise<RedisClient>)(
      files.stranger,
    )
    await expectRefused(subscribing(redisBus({ client })), BusError)
  })
})

describe('postgres', () => {
  let server: Server
  beforeAll(async () => {
    server = await startPostgres(
      ...['ssl=on', `ssl_cert_file=${files.certificate}`, `ssl_key_file=${files.key}`],
    )
    closing.push(() => server.stop())
  })
  const url = (authority: string) =>
    `postgres://hotset@localhost:${server.port}/postgres?sslmode=verify-full&sslrootcert=${authority}`

  test('a URL says whom to trust', async () => {
    await expectKept(closed(sqlStore({ database: url(files.authority) })))
    await expectHeard(closed(postgresBus({ url: url(files.authority) })))
  })

  test('a certificate of somebody else is refused', async () => {
    const store = closed(sqlStore({ database: url(files.stranger) }))
    await expectRefused(read(store, 'key'), StoreError)
    await expectRefused(subscribing(postgresBus({ url: url(files.stranger) })), BusError)
  })
})
