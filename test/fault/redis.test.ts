import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterEach, describe, expect, test } from 'vitest'
import type { Store } from '../../src/contracts/store.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import { type RedisStoreOptions, redisStore } from '../../src/stores/redis.ts'
import { counted, read, record, shown, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { startRedis, tell } from '../servers/redis.ts'
import { eventually, type Server } from '../servers/start-server.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function start(...settings: string[]): Promise<Server> {
  const server = await startRedis(...settings)
  closing.push(() => server.stop())
  return server
}

function open(options: RedisStoreOptions): Store {
  const store = redisStore(options)
  closing.push(() => store.close())
  return store
}

const urlOf = ({ port }: { readonly port: number }, credentials = '') =>
  `redis://${credentials}127.0.0.1:${port}`

describe('a server that goes away', () => {
  const stores: Record<string, (server: Server) => Promise<Store>> = {
    'a URL': async (server) => open({ url: urlOf(server) }),
    async 'node-redis'(server) {
      const client = createClient({ url: urlOf(server), disableOfflineQueue: true })
      closing.push(() => client.destroy())
      await client.connect()
      return open({ client })
    },
    async ioredis(server) {
      const client = new Redis(server.port, { enableOfflineQueue: false, maxRetriesPerRequest: 0 })
      closing.push(() => client.disconnect())
      client.on('error', () => {})
      await once(client, 'ready')
      return open({ client })
    },
  }

  test.each(Object.entries(stores))(
    'costs errors until it is back, by %s',
    async (_, openStore) => {
      const server = await start()
      const store = await openStore(server)
      await store.setMany([record('a', 'before')])
      await store.setMany([record('n', counted(1, 0))])
      expect(await count(store, 'n', 1)).toEqual([shown(counted(2, 1))])
      await server.kill()
      await eventually(() => read(store, 'a').then(() => false, isStoreError))
      await expect(store.setMany([record('b', 'lost')])).rejects.toThrow(StoreError)
      await server.restart()
      await eventually(() => read(store, 'a').catch(() => false))
      expect(await read(store, 'a', 'b')).toEqual([undefined, undefined])
      // The scripts are not known any more.
      await store.setMany([record('a', stamped(1)), record('n', counted(1, 0))])
      expect(await count(store, 'n', 3)).toEqual([shown(counted(2, 3))])
      const swap = { key: 'a', stamp: stampFrom(1), record: record('a', 'after') }
      expect(await store.replaceMany?.([swap])).toEqual([true])
      expect(await read(store, 'a')).toEqual(['after'])
    },
  )

  test('may be there only later', async () => {
    const server = await start()
    await server.kill()
    const store = open({ url: urlOf(server) })
    await expect(read(store, 'a')).rejects.toThrow(/ECONNREFUSED/)
    await server.restart()
    expect(await store.setMany([record('a', 'there')])).toEqual([])
  })

  test('may be something that hangs up', async () => {
    const port = await listen((socket) => socket.destroy())
    for (const kind of ['redis', 'redis+cluster']) {
      const store = open({ url: `${kind}://127.0.0.1:${port}` })
      await expect(read(store, 'a')).rejects.toThrow(StoreError)
    }
  })

  test('rejects what was under way when it dies frozen', async () => {
    const server = await start()
    const store = open({ url: urlOf(server) })
    await store.setMany([record('a', 'there')])
    await server.kill('SIGSTOP')
    const pending = Promise.allSettled([read(store, 'a'), store.deleteMany(['a'])])
    await server.kill()
    for (const answer of await pending) {
      expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(StoreError) })
    }
  })
})

describe('a server that refuses', () => {
  test('refuses records when it is full, and keeps nothing under their keys', async () => {
    const server = await start()
    const store = open({ url: urlOf(server), onWarning: () => {} })
    await store.setMany([record('old', 'old'), record('swapped', stamped(1)), record('kept', 'x')])
    await tell(server.port, 'CONFIG', 'SET', 'maxmemory', '1')
    expect(await store.setMany([record('old', 'new'), record('new', 'new')])).toEqual([
      'old',
      'new',
    ])
    expect(await store.addMany?.([record('added', 'x')])).toEqual([false])
    const swap = { key: 'swapped', stamp: stampFrom(1), record: record('swapped', 'new', later()) }
    expect(await store.replaceMany?.([swap])).toEqual([false])
    expect(await read(store, 'old', 'new', 'added', 'swapped', 'kept')).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'x',
    ])
    expect(await store.deleteMany(['kept'])).toEqual([true])
  })

  test('does not count when it is full, and leaves the counter as it is', async () => {
    const server = await start()
    const store = open({ url: urlOf(server), onWarning: () => {} })
    await store.setMany([record('n', counted(1, 1))])
    await tell(server.port, 'CONFIG', 'SET', 'maxmemory', '1')
    await expect(count(store, 'n', 1)).rejects.toThrow(StoreError)
    expect(await read(store, 'n')).toEqual([shown(counted(1, 1))])
  })

  test('says that it is a replica', async () => {
    const primary = await start()
    const replica = await start('--replicaof', '127.0.0.1', `${primary.port}`)
    const store = open({ url: urlOf(replica) })
    await expect(store.setMany([record('a', 'x')])).rejects.toThrow(/READONLY/)
    await expect(store.setMany([record('a', 'x')])).rejects.toThrow(StoreError)
  })

  test('says who may not use it, and the password is not shown', async () => {
    const server = await start('--requirepass', 'secret')
    await expect(read(open({ url: urlOf(server) }), 'a')).rejects.toThrow(/NOAUTH/)
    const wrong = open({ url: urlOf(server, ':wrong@') })
    await expect(read(wrong, 'a')).rejects.toThrow(/^((?!:wrong).)*WRONGPASS/)
    const cluster = open({ url: urlOf(server).replace('redis:', 'redis+cluster:') })
    await expect(read(cluster, 'a')).rejects.toThrow(/NOAUTH/)
    const right = open({ url: urlOf(server, ':secret@') })
    expect(await right.setMany([record('a', 'x')])).toEqual([])
  })

  test('has something else under the key', async () => {
    const server = await start()
    await tell(server.port, 'RPUSH', 'list', 'x')
    const store = open({ url: urlOf(server) })
    expect(await read(store, 'list')).toEqual([undefined])
    expect(await read(store, 'list', 'none')).toEqual([undefined, undefined])
    expect(await store.getHeads?.(['list', 'none'], 9)).toEqual([undefined, undefined])
    expect(await count(store, 'list', 1)).toEqual([undefined])
    expect(await read(open({ url: urlOf(server), commands: 'plain' }), 'list')).toEqual([undefined])
    const swap = { key: 'list', stamp: stampFrom(1), record: record('list', 'new') }
    expect(await store.replaceMany?.([swap])).toEqual([false])
    expect(await store.addMany?.([record('list', 'new')])).toEqual([false])
    expect(await store.setMany([record('list', 'new')])).toEqual([])
    expect(await read(store, 'list')).toEqual(['new'])
  })
})

test('a part of a stamp is none', async () => {
  const store = open({ url: urlOf(await start()) })
  await store.setMany([record('a', '0123abc')])
  const swap = { key: 'a', stamp: Buffer.from('abc'), record: undefined }
  expect(await store.replaceMany?.([swap])).toEqual([false])
  expect(await read(store, 'a')).toEqual(['0123abc'])
})

test('counting leaves the expiry as it is', async () => {
  const server = await start()
  const store = open({ url: urlOf(server) })
  await store.setMany([record('n', counted(1, 0), later()), record('forever', counted(1, 0))])
  expect(await count(store, 'n', 1)).toEqual([shown(counted(2, 1))])
  expect(await count(store, 'forever', 1)).toEqual([shown(counted(2, 1))])
  expect(Number(await tell(server.port, 'PTTL', 'n'))).toBeGreaterThan(50_000)
  expect(await tell(server.port, 'PTTL', 'forever')).toBe(-1)
})

test('heads come from the replica that is named', async () => {
  const [primary, replica] = [await start(), await start()]
  const store = open({ url: urlOf(primary), replicas: urlOf(replica) })
  await store.setMany([record('a', 'written')])
  await tell(replica.port, 'SET', 'a', 'replicated')
  const heads = await store.getHeads?.(['a', 'b'], 4)
  expect(heads?.map((head) => head && shown(head))).toEqual(['repl', undefined])
})

test('a server from before 6.2 is told how long a record lives', async () => {
  const server = await start()
  const old = await withoutInstants(server.port)
  const store = open({ url: urlOf(old) })
  await store.setMany([record('a', 'x', later()), record('b', stamped(1), later())])
  const swap = { key: 'b', stamp: stampFrom(1), record: record('b', 'new', later()) }
  expect(await store.replaceMany?.([swap])).toEqual([true])
  expect(await store.addMany?.([record('c', 'x', later())])).toEqual([true])
  for (const key of ['a', 'b', 'c']) {
    expect(Number(await tell(server.port, 'PTTL', key))).toBeGreaterThan(50_000)
  }
})

test('reads come from the replica that is named, and everything else from the primary', async () => {
  const primary = await start()
  const replica = await start()
  const store = open({ url: urlOf(primary), replicas: urlOf(replica) })
  await store.setMany([record('a', 'written')])
  expect(await read(store, 'a')).toEqual([undefined])
  await tell(replica.port, 'SET', 'a', 'replicated')
  expect(await read(store, 'a')).toEqual(['replicated'])
  expect(await store.deleteMany(['a'])).toEqual([true])
})

test('a client that was handed over stays open and keeps the process alive', async () => {
  const server = await start()
  const client = createClient({ url: urlOf(server) })
  closing.push(() => client.destroy())
  await client.connect()
  for (let i = 0; i < 20; i++) await redisStore({ client }).close()
  expect(client.listenerCount('error')).toBe(1)
  expect(await client.ping()).toBe('PONG')
})

test('a store that is closed says so', async () => {
  const server = await start()
  const store = redisStore({ url: urlOf(server) })
  const first = read(store, 'a')
  await store.close()
  await expect(first).rejects.toThrow(StoreError)
  await expect(read(store, 'a')).rejects.toThrow(/closed/)
  await eventually(async () => {
    const clients = `${await tell(server.port, 'CLIENT', 'LIST', 'TYPE', 'normal')}`
    return clients.trim().split('\n').length === 1
  })
})

describe('how the server makes room', () => {
  const warnings = async (policy: string, maxmemory: string): Promise<string[]> => {
    const server = await start('--maxmemory-policy', policy, '--maxmemory', maxmemory)
    const told: string[] = []
    const store = open({ url: urlOf(server), onWarning: (message) => told.push(message) })
    for (let i = 0; i < 3; i++) await store.setMany([record('a', 'x')])
    return told
  }

  test.each([
    ['noeviction', '100mb', 1],
    ['volatile-lru', '100mb', 1],
    ['allkeys-lru', '100mb', 0],
    ['noeviction', '0', 0],
  ])('%s with a bound of %s is worth %i warnings', async (policy, maxmemory, count) => {
    const told = await warnings(policy, maxmemory)
    expect(told.length).toBe(count)
    for (const warning of told) expect(warning).toContain(policy)
  })
})

test('in plain commands it asks for nothing that an engine which is no Redis may lack', async () => {
  const server = await start()
  await tell(
    server.port,
    ...'ACL SETUSER default reset on nopass ~* +get +set +del +exists'.split(' '),
  )
  const store = open({ url: urlOf(server), commands: 'plain' })
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  expect(
    await store.setMany([record('a', all, later()), record('b', ''), record('c', 'x')]),
  ).toEqual([])
  expect(await store.addMany?.([record('a', 'no'), record('d', 'yes', later())])).toEqual([
    false,
    true,
  ])
  expect(await store.addMany?.([record('a', 'dead', 0), record('e', 'dead', 0)])).toEqual([
    false,
    true,
  ])
  expect(await store.deleteMany(['c', 'e'])).toEqual([true, false])
  const found = await store.getMany(['a', 'b', 'c', 'd', 'e'])
  expect(found.map((value) => value && [...value])).toEqual([
    [...all],
    [],
    undefined,
    [...Buffer.from('yes')],
    undefined,
  ])
  expect(await tell(server.port, 'GET', 'a')).toBe(Buffer.from(all).toString('base64'))
  const { replaceMany, incrementMany, getHeads, scan, usage } = store
  expect({ replaceMany, incrementMany, getHeads, scan, usage }).toEqual({})
})

/** Adds to a counter; answers what it is then, under the stamp of 2. */
async function count(store: Store, key: string, by: number): Promise<(string | undefined)[]> {
  const answers = (await store.incrementMany?.([{ key, by, stamp: stampFrom(2) }])) ?? []
  return answers.map((value) => value && shown(value))
}

function later(): number {
  return Date.now() + 60_000
}

function isStoreError(error: unknown): boolean {
  return error instanceof StoreError
}

/** A way to the server on which it does not understand PXAT. */
async function withoutInstants(port: number): Promise<{ port: number }> {
  const own = await listen((inner) => {
    const outer = connect(port, '127.0.0.1')
    inner.on('data', (data) => {
      outer.write(data.toString('latin1').replaceAll('PXAT', 'NONE'), 'latin1')
    })
    outer.on('data', (data) => inner.write(data))
    inner.on('close', () => outer.destroy()).on('error', () => {})
    outer.on('close', () => inner.destroy()).on('error', () => {})
  })
  return { port: own }
}

async function listen(answer: (socket: Socket) => void): Promise<number> {
  const listener = createServer(answer).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  closing.push(() => listener.close())
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a port')
  return address.port
}
