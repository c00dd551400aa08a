import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Store, StoreRecord } from '../../src/contracts/store.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import {
  longestSilenceMs,
  mostBytes,
  mostCommands,
  pausesMs,
} from '../../src/stores/memcached/connection.ts'
import { lookEveryMs } from '../../src/stores/memcached/discovery.ts'
import { chosen, hashOf } from '../../src/stores/memcached/rendezvous.ts'
import { connectPlain } from '../../src/stores/memcached/server-address.ts'
import {
  type MemcachedStoreOptions,
  memcachedStore,
  type ServerAddress,
} from '../../src/stores/memcached.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { makeCertificates, trusting } from '../servers/certificates.ts'
import { serversOf, startMemcached } from '../servers/memcached.ts'
import { startScripted } from '../servers/scripted-server.ts'
import { ask, eventually, type Server, startServer } from '../servers/start-server.ts'
import { startProxy } from '../servers/tcp-proxy.ts'

let clock: FakeClock
let cleanUps: (() => Promise<unknown>)[] = []

beforeEach(() => {
  clock = fakeClock(Date.now())
})
afterEach(async () => {
  const latestFirst = cleanUps.toReversed()
  cleanUps = []
  for (const cleanUp of latestFirst) await cleanUp()
})

function open(servers: string, options: MemcachedStoreOptions = {}): Required<Store> {
  const store = memcachedStore({ servers, clock, ...options }) as Required<Store>
  cleanUps.push(async () => {
    const closed = store.close()
    // A server that is stopped does not answer what it was asked.
    await clock.pass(3 * longestSilenceMs)
    await closed
  })
  return store
}

function record(key: string, value: string | Uint8Array = 'there'): StoreRecord {
  return { key, value: Buffer.from(value), expiresAt: Infinity }
}

/** Keys of which each server has some, by the place of their server. */
function keysOf(servers: readonly Server[], each = 5): string[][] {
  const candidates = servers.map((server) => ({ server, seed: hashOf(serversOf(server)) }))
  const keys: string[][] = servers.map(() => [])
  for (let i = 0; keys.some(({ length }) => length < each); i++) {
    const key = `${crypto.randomUUID()}:${i}`
    const owner = candidates.indexOf(chosen(key, candidates) as (typeof candidates)[0])
    if ((keys[owner] as string[]).length < each) keys[owner]?.push(key)
  }
  return keys
}

async function texts(store: Store, keys: readonly string[]): Promise<(string | undefined)[]> {
  return (await store.getMany(keys)).map((value) => value && Buffer.from(value).toString())
}

/** After its first answer a store asks what the server takes; the next comes after that. */
async function learnt(store: Store): Promise<void> {
  await store.getMany(['a'])
  await store.getMany(['a'])
}

/** As often as somebody else was refused, whoever tried before has been, too. */
function refused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => setImmediate(() => resolve(true)))
  })
}

/** What became of it: a text if it failed. */
function outcome<T>(promise: Promise<T>): Promise<T | string> {
  return promise.catch((error: unknown) => {
    expect(error).toBeInstanceOf(StoreError)
    return String(error)
  })
}

/** Lets the store try again, in its own time, until the operation is carried out. */
function untilBack<T>(operation: () => Promise<T>): Promise<T> {
  return eventually(
    async () => {
      const answer = await outcome(operation())
      if (typeof answer === 'string') await clock.pass(pausesMs.first)
      return answer
    },
    (answer) => typeof answer !== 'string',
  ) as Promise<T>
}

describe('three servers', () => {
  let servers: Server[]
  let keys: string[][]
  let all: string[]

  beforeEach(async () => {
    servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
    cleanUps.push(() => Promise.all(servers.map((server) => server.stop())))
    keys = keysOf(servers)
    all = keys.flat()
  })
  const at = (place: number) => [servers[place], keys[place]] as [Server, string[]]

  test('have the keys that belong to them', async () => {
    const store = open(serversOf(...servers))
    await store.setMany(all.map((key) => record(key)))
    for (const place of [0, 1, 2]) {
      const alone = open(serversOf(at(place)[0]))
      const found = await texts(alone, all)
      expect(all.filter((_, i) => found[i])).toEqual(keys[place])
    }
  })

  test('tell one of many stores that it was the one', async () => {
    const stores = Array.from({ length: 8 }, () => open(serversOf(...servers)))
    const stamp = (i: number) => Buffer.alloc(8, i)
    const value = (i: number) => Buffer.alloc(12, i)
    for (let round = 1; round <= 20; round++) {
      const [key] = at(round % 3)[1] as [string]
      const added = await Promise.all(
        stores.map((store, i) => store.addMany([record(key, value(i))])),
      )
      const winner = added.findIndex(([won]) => won)
      const swap = (i: number) => ({
        key,
        stamp: stamp(winner),
        record: record(key, value(100 + i)),
      })
      const swapped = await Promise.all(stores.map((store, i) => store.replaceMany([swap(i)])))
      const second = swapped.findIndex(([won]) => won)
      const [found] = await (stores[0] as Store).getMany([key])
      expect([...(found ?? [])]).toEqual([...value(100 + second)])
      const removed = await Promise.all(stores.map((store) => store.deleteMany([key])))
      for (const told of [added, swapped, removed]) {
        expect(told.flat().filter(Boolean).length).toBe(1)
      }
    }
  })

  test('replace what still carries the stamp, however often it is renewed meanwhile', async () => {
    const [one, other] = [open(serversOf(...servers)), open(serversOf(...servers))]
    const [stamp, next] = [Buffer.alloc(8, 1), Buffer.alloc(8, 2)]
    const carrying = (key: string, bytes: Buffer) =>
      record(key, Buffer.concat([bytes, bytes]).subarray(4))
    for (const key of all) {
      await one.setMany([carrying(key, stamp)])
      let filled = false
      const renew = async () => {
        while (!filled) await one.replaceMany([{ key, stamp, record: carrying(key, stamp) }])
      }
      const fill = async () => {
        const answers = await other.replaceMany([{ key, stamp, record: carrying(key, next) }])
        filled = true
        return answers
      }
      const [, , answer] = await Promise.all([renew(), renew(), fill()])
      expect(answer).toEqual([true])
    }
  })

  test('never remove what was written after the look at it', async () => {
    const [one, other] = [open(serversOf(...servers)), open(serversOf(...servers))]
    const stamp = Buffer.alloc(8, 1)
    for (let round = 0; round < 200; round++) {
      const key = all[round % all.length] as string
      await one.setMany([record(key, Buffer.alloc(12, 1))])
      const write = async () => {
        await one.getMany([key])
        await one.setMany([record(key, 'new')])
      }
      await Promise.all([write(), other.replaceMany([{ key, stamp, record: undefined }])])
      expect(await texts(one, [key])).toEqual(['new'])
    }
  })

  test('hold nothing of what had expired when it was written', async () => {
    const store = open(serversOf(...servers))
    const [key, added, set] = [...at(0)[1]] as [string, string, string]
    const dead = (name: string) => ({ ...record(name), expiresAt: clock.now() })
    await store.setMany([record(key), dead(set)])
    expect(await store.setMany([dead(key)])).toEqual([])
    expect(await store.addMany([dead(added)])).toEqual([true])
    for (const name of [key, added, set]) {
      expect(await ask(at(0)[0].port, `mg ${name}\r\n`)).toBe('EN\r\n')
    }
  })

  test('one that is killed is an error for its keys, never a miss, and comes back empty', async () => {
    const store = open(serversOf(...servers))
    await store.setMany(all.map((key) => record(key)))
    const [dead, lost] = at(1)
    // In the midst of use: each answer is an error or what was written.
    let stop = false
    const users = Array.from({ length: 8 }, async () => {
      while (!stop) {
        const found = await outcome(texts(store, lost))
        if (typeof found !== 'string') expect(found).toEqual(lost.map(() => 'there'))
        await new Promise(setImmediate)
      }
    })
    await dead.kill()
    expect(
      await eventually(
        () => outcome(texts(store, lost)),
        (f) => typeof f === 'string',
      ),
    ).toMatch(/^StoreError: The Memcached server 127\.0\.0\.1:\d+ failed: /)
    stop = true
    await Promise.all(users)
    await expect(store.getMany(all)).rejects.toThrow(StoreError)
    await expect(store.setMany([record(lost[0] as string)])).rejects.toThrow(StoreError)
    await expect(store.deleteMany(lost)).rejects.toThrow(StoreError)
    await expect(store.addMany([record(lost[0] as string)])).rejects.toThrow(StoreError)
    for (const place of [0, 2]) {
      expect(await texts(store, at(place)[1])).toEqual(lost.map(() => 'there'))
    }
    await dead.restart()
    expect(await untilBack(() => texts(store, lost))).toEqual(lost.map(() => undefined))
    await store.setMany(lost.map((key) => record(key, 'again')))
    expect(await texts(store, lost)).toEqual(lost.map(() => 'again'))
  })

  test('one that is killed is replaced by the others where failover is allowed', async () => {
    const store = open(serversOf(...servers), { failover: true })
    await store.setMany(all.map((key) => record(key)))
    const [dead, lost] = at(2)
    await dead.kill()
    await eventually(
      () => outcome(texts(store, lost)),
      (found) => typeof found === 'string' || !found.includes('there'),
    )
    expect(await texts(store, all)).toEqual(
      all.map((key) => (lost.includes(key) ? undefined : 'there')),
    )
    await store.setMany(lost.map((key) => record(key, 'elsewhere')))
    expect(await texts(store, lost)).toEqual(lost.map(() => 'elsewhere'))
    await dead.restart()
    await eventually(
      async () => {
        await clock.pass(pausesMs.first)
        return texts(store, lost)
      },
      (found) => found.every((text) => text === undefined),
    )
    expect((await ask(dead.port, 'stats\r\n')).includes('STAT cmd_get')).toBe(true)
  })

  test('all of them dead is an error with failover too', async () => {
    const store = open(serversOf(...servers), { failover: true })
    await store.setMany(all.map((key) => record(key)))
    await Promise.all(servers.map((server) => server.kill()))
    await eventually(
      () => outcome(texts(store, all)),
      (f) => typeof f === 'string',
    )
    await eventually(
      () => outcome(texts(store, all)),
      (f) => typeof f === 'string',
    )
    await expect(store.getMany(all.slice(0, 1))).rejects.toThrow(StoreError)
  })

  test('one that is stopped keeps nobody waiting for ever, and answers again when it goes on', async () => {
    const store = open(serversOf(...servers))
    await store.setMany(all.map((key) => record(key)))
    const [stopped, waiting] = at(0)
    await stopped.kill('SIGSTOP')
    const asked = Array.from({ length: 10 }, () => outcome(texts(store, waiting)))
    await texts(store, at(1)[1])
    await clock.pass(2 * longestSilenceMs)
    for (const answer of await Promise.all(asked))
      expect(answer).toMatch(/did not answer for 3000 ms/)
    // The kernel still accepts connections for it; nobody is let wait on one.
    await clock.pass(pausesMs.first)
    await expect(store.getMany(waiting)).rejects.toThrow(/did not answer/)
    expect(await texts(store, at(1)[1])).toEqual(waiting.map(() => 'there'))
    await stopped.kill('SIGCONT')
    expect(await untilBack(() => texts(store, waiting))).toEqual(waiting.map(() => 'there'))
  })

  test('take 1,000 keys in one round trip each', async () => {
    const proxies = await Promise.all(servers.map(({ port }) => startProxy(port)))
    for (const proxy of proxies) cleanUps.push(() => proxy.close())
    const store = open(proxies.map(({ port }) => `127.0.0.1:${port}`).join())
    const many = Array.from({ length: 1000 }, (_, i) => `many:${i}`)
    /** Nobody is answered before all has been asked: a second round trip would never be made. */
    const inOne = async <T>(command: string, operation: () => Promise<T>): Promise<T> => {
      const asked = () =>
        proxies.reduce((sum, one) => sum + one.asked.split(`${command} many:`).length - 1, 0)
      const before = asked()
      for (const proxy of proxies) proxy.hold()
      const answer = operation()
      await eventually(
        () => asked() - before,
        (count) => count === 1000,
      )
      for (const proxy of proxies) proxy.release()
      return answer
    }
    await store.getMany(many)
    expect(await inOne('ms', () => store.setMany(many.map((key) => record(key, key))))).toEqual([])
    const found = await inOne('mg', () => store.getMany(many))
    expect(found.map((value) => Buffer.from(value ?? []).toString())).toEqual(many)
    const added = await inOne('ms', () => store.addMany(many.map((key) => record(`${key}:new`))))
    expect(added).toEqual(many.map(() => true))
    for (const proxy of proxies) expect(proxy.asked).toContain('ms many:')
  })
})

describe('one server', () => {
  let server: Server
  beforeAll(async () => {
    server = await startMemcached('-I', '512k')
  })
  afterAll(() => server.stop())

  test('refuses what is over its limit, keeps nothing under the key, and the connection', async () => {
    const sockets: Socket[] = []
    const store = open(serversOf(server), {
      connect(address) {
        const socket = connectPlain(address)
        sockets.push(socket)
        return socket
      },
    })
    await learnt(store)
    const stamped = (text: string, length: number) => Buffer.alloc(length, text)
    const stamp = Buffer.alloc(8, 'o')
    for (const length of [600_000, 524_250]) {
      // The first time nobody knows the limit yet, and the server has to say it.
      for (const known of [false, true]) {
        const [small, large, added, replaced] = [1, 2, 3, 4].map(
          (i) => `limit:${length}:${known}:${i}`,
        )
        const value = Buffer.alloc(length, 'x')
        const one = known ? store : open(serversOf(server))
        const old = [large, replaced].map((key) => record(key as string, stamped('o', 100)))
        await open(serversOf(server)).setMany(old)
        const both = [record(small as string), record(large as string, value)]
        const wide = record(replaced as string, value)
        const [refused, gained, changed] = await Promise.all([
          one.setMany(both),
          one.addMany([record(added as string, value)]),
          one.replaceMany([{ key: wide.key, stamp, record: wide }]),
        ])
        expect([refused, gained, changed]).toEqual([[large], [false], [false]])
        const keys = [small, large, added, replaced] as string[]
        expect(await texts(one, keys)).toEqual(['there', undefined, undefined, undefined])
      }
    }
    expect(sockets.length).toBe(1)
  })

  test('is given so much to do and no more', async () => {
    const proxy = await startProxy(server.port)
    cleanUps.push(() => proxy.close())
    const store = open(`127.0.0.1:${proxy.port}`)
    proxy.hold()
    const batch = Array.from({ length: 1000 }, (_, i) => `bound:${i}`)
    // The greeting counts as well.
    const most = mostCommands / 1000 - 1
    const many = Array.from({ length: most }, () => outcome(store.getMany(batch)))
    await expect(store.getMany(batch)).rejects.toThrow(/gets no more/)
    proxy.release()
    for (const answer of await Promise.all(many)) expect(answer).toEqual(batch.map(() => undefined))

    proxy.hold()
    const value = Buffer.alloc(400_000)
    const large = Array.from({ length: Math.ceil(mostBytes / value.length) }, (_, i) =>
      outcome(store.setMany([record(`bound:${i}`, value)])),
    )
    await expect(store.getMany(['a'])).rejects.toThrow(/gets no more/)
    await clock.pass(3 * longestSilenceMs)
    for (const answer of await Promise.all(large)) expect(answer).toMatch(/did not answer/)
    proxy.release()
    expect(await untilBack(() => store.getMany(['a']))).toEqual([undefined])
  })

  test('is given time for what takes long to send', async () => {
    const proxy = await startProxy(server.port)
    cleanUps.push(() => proxy.close())
    const store = open(`127.0.0.1:${proxy.port}`)
    await learnt(store)
    proxy.hold()
    const value = Buffer.alloc(400_000)
    const large = Array.from({ length: 20 }, (_, i) => record(`long:${i}`, value))
    const written = store.setMany(large)
    await clock.pass(3 * longestSilenceMs)
    proxy.release()
    expect(await written).toEqual([])
  })

  test('keeps a key apart from what it is called on the way', async () => {
    const store = open(serversOf(server))
    const [key, coded] = ['schlüssel é', Buffer.from('schlüssel é').toString('base64')]
    await store.setMany([record(key, 'one'), record(coded, 'other')])
    expect(await texts(store, [key, coded])).toEqual(['one', 'other'])
    const hashed = 'x'.repeat(300)
    const name = `sha256:${createHash('sha256').update(hashed, 'utf16le').digest('hex')}`
    await store.setMany([record(hashed, 'one'), record(name, 'other')])
    expect(await texts(store, [hashed, name])).toEqual(['one', 'other'])
    expect(await ask(server.port, `mg ${name} v\r\n`)).toMatch(/one\r\n$/)
  })

  test('leaves what is there where what should be added is too large', async () => {
    const store = open(serversOf(server))
    await learnt(store)
    await store.setMany([record('occupied')])
    expect(await store.addMany([record('occupied', Buffer.alloc(600_000))])).toEqual([false])
    expect(await texts(store, ['occupied'])).toEqual(['there'])
  })

  test('answers right or not at all when it is cut off in the middle of a reply', async () => {
    const proxy = await startProxy(server.port)
    cleanUps.push(() => proxy.close())
    const values = ['short', 'VA 3 O1\r\nabc\r\n'.repeat(100), '', 'x'.repeat(100_000)]
    const keys = values.map((_, i) => `cut:${i}`)
    await open(serversOf(server)).setMany(keys.map((key, i) => record(key, values[i] as string)))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.nat(6000), fc.nat(220_000)), async (cut) => {
        proxy.cutAfter = cut
        const store = open(`127.0.0.1:${proxy.port}`)
        const batches = [keys, keys.slice(0, 2), [...keys.toReversed(), 'cut:none']]
        const found = await Promise.all(batches.map((batch) => outcome(texts(store, batch))))
        for (const [i, batch] of batches.entries()) {
          if (typeof found[i] === 'string') continue
          expect(found[i]).toEqual(batch.map((key) => values[keys.indexOf(key)]))
        }
        proxy.cutAfter = Infinity
        expect(await untilBack(() => texts(store, keys))).toEqual(values)
        await store.close()
      }),
      { numRuns: 60 },
    )
  })

  test('keeps the process alive only while somebody waits for it', async () => {
    const refs: string[] = []
    const store = open(serversOf(server), {
      connect(address) {
        const socket = connectPlain(address)
        const { ref, unref } = socket
        socket.ref = () => {
          refs.push('ref')
          return ref.call(socket)
        }
        socket.unref = () => {
          refs.push('unref')
          return unref.call(socket)
        }
        return socket
      },
    })
    const asked = store.getMany(['a'])
    expect(refs.at(-1)).toBe('ref')
    await asked
    await eventually(
      () => refs.at(-1),
      (last) => last === 'unref',
    )
    const again = store.getMany(['a'])
    expect(refs.at(-1)).toBe('ref')
    await again
    expect(refs.at(-1)).toBe('unref')
  })

  test('is connected to again where it closed a connection that nobody used', async () => {
    const sockets: Socket[] = []
    const store = open(serversOf(server), {
      connect(address) {
        const socket = connectPlain(address)
        sockets.push(socket)
        return socket
      },
    })
    await store.setMany([record('idle')])
    await store.getMany(['idle'])
    const [idle] = sockets as [Socket]
    const closed = once(idle, 'close')
    idle.destroy()
    await closed
    expect(await texts(store, ['idle'])).toEqual(['there'])
    expect(sockets.length).toBe(2)
  })

  test('finishes what was asked when the store is closed, and nothing after that', async () => {
    const store = open(serversOf(server))
    const asked = store.setMany([record('last')])
    const closed = store.close()
    expect(await asked).toEqual([])
    await closed
    await store.close()
    await expect(store.getMany(['last'])).rejects.toThrow(/not in use any more/)
    expect(clock.pending()).toBe(0)
  })

  test('tells how much all servers hold', async () => {
    const store = open(serversOf(server))
    await store.setMany([record('held')])
    const { entries, bytes, maxBytes } = await store.usage()
    expect(entries).toBeGreaterThan(0)
    expect(bytes).toBeGreaterThan(0)
    expect(maxBytes).toBe(64 * 1024 ** 2)
  })
})

test('a Unix socket serves as well', async () => {
  const pathIn = (directory: string) => join(directory, 'memcached.sock')
  const server = await startServer({
    command: 'memcached',
    arguments: ({ directory }) => ['-u', 'root', '-s', pathIn(directory)],
    ping: ({ directory }) =>
      new Promise((resolve, reject) => {
        const socket = connect(pathIn(directory), () => resolve(socket.destroy()))
        socket.on('error', reject)
      }),
  })
  cleanUps.push(() => server.stop())
  const store = open(pathIn(server.directory))
  await store.setMany([record('a')])
  expect(await texts(store, ['a', 'b'])).toEqual(['there', undefined])
  rmSync(pathIn(server.directory), { force: true })
})

test('TLS is a stream like any other', async () => {
  const { certificate, key, authority, stranger, remove } = makeCertificates()
  cleanUps.push(async () => remove())
  const openTls = ({ port }: { port: number }, trusted: string) =>
    connectTls({ port, host: '127.0.0.1', servername: 'localhost', ...trusting(trusted) })
  const server = await startServer({
    command: 'memcached',
    arguments: ({ port }) => [
      ...['-u', 'root', '-l', '127.0.0.1', '-p', `${port}`, '-Z'],
      ...['-o', `ssl_chain_cert=${certificate},ssl_key=${key}`],
    ],
    ping: (place) =>
      new Promise((resolve, reject) => {
        const socket = openTls(place, authority)
        socket.on('error', reject).on('secureConnect', () => resolve(socket.destroy()))
      }),
  })
  cleanUps.push(() => server.stop())
  const store = open(serversOf(server), { connect: () => openTls(server, authority) })
  await store.setMany([record('secret', 'x'.repeat(100_000))])
  expect(await texts(store, ['secret', 'none'])).toEqual(['x'.repeat(100_000), undefined])
  // Without it nobody understands anything.
  await expect(open(serversOf(server)).getMany(['secret'])).rejects.toThrow(StoreError)
  const wrong = open(serversOf(server), { connect: () => openTls(server, stranger) })
  await expect(wrong.getMany(['secret'])).rejects.toThrow(/unable to verify/)
})

describe('what is no Memcached', () => {
  /** Greets as Memcached does, and answers so to whoever reads. */
  const reading = (answer: string) => (line: string) =>
    line === 'mn' ? 'MN\r\n' : line.startsWith('mg') ? answer : 'END\r\n'

  test.each([
    ['too old', () => 'ERROR\r\n', /answered "ERROR"/],
    ['a web server', () => 'HTTP/1.1 400 Bad Request\r\n', /answered "HTTP/],
    ['one that answers twice', () => 'MN\r\nMN\r\n', /answered/],
    [
      'one that answers other questions',
      reading('VA 1 O99\r\nx\r\n'),
      /belongs to another question/,
    ],
    ['one that answers out of order', reading('EN O0\r\n'), /belongs to another question/],
    [
      'one that does not say what it answers',
      reading('VA 1\r\nx\r\n'),
      /belongs to another question/,
    ],
    ['one that talks of something else', reading('HD O2\r\n'), /answered "HD"/],
    ['one that fails', reading('SERVER_ERROR broken\r\n'), /SERVER_ERROR broken/],
  ])('%s is an error', async (_, answer, message) => {
    const scripted = await startScripted(answer)
    cleanUps.push(() => scripted.close())
    const store = open(`127.0.0.1:${scripted.port}`)
    await expect(store.getMany(['a'])).rejects.toThrow(message)
    await expect(store.getMany(['a'])).rejects.toThrow(StoreError)
  })

  test('garbage is an error, in the end', async () => {
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc
          .constantFrom(
            'MN\r\n',
            'VA 3 O0\r\nabc\r\n',
            'HD O0\r\n',
            'EN\r\n',
            'END\r\n',
            'VA ',
            '\r\n',
          )
          .map((text) => Buffer.from(text)),
      ),
      { maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(pieces, async (said) => {
        const scripted = await startScripted(() => '', Buffer.concat(said))
        const store = open(`127.0.0.1:${scripted.port}`)
        const found = outcome(store.getMany(['a', 'b']))
        let settled = false
        void found.then(() => {
          settled = true
        })
        await eventually(async () => {
          if (!settled) await clock.pass(longestSilenceMs)
          return settled
        })
        expect(await found).toMatch(/^StoreError: The Memcached server/)
        await store.close()
        await scripted.close()
      }),
      { numRuns: 60 },
    )
  })

  test('nobody at all is an error', async () => {
    const server = await startMemcached()
    await server.stop()
    const store = open(serversOf(server))
    await expect(store.getMany(['a'])).rejects.toThrow(/ECONNREFUSED/)
    await clock.pass(pausesMs.first)
    await expect(store.getMany(['a'])).rejects.toThrow(/ECONNREFUSED/)
    await store.close()
    expect(clock.pending()).toBe(0)
  })

  test('nobody is tried again and again, less and less often', async () => {
    const server = await startMemcached()
    await server.stop()
    let attempts = 0
    const store = open(serversOf(server), {
      connect(address) {
        attempts++
        return connectPlain(address)
      },
    })
    await outcome(store.getMany(['a']))
    for (const pause of [50, 100, 200, 400, 800, 1600, 3000, 3000]) {
      const before = attempts
      await clock.pass(pause - 1)
      expect(attempts).toBe(before)
      await clock.pass(1)
      expect(attempts).toBe(before + 1)
      // When it has failed, what is left is the timer for the next one.
      await eventually(async () => {
        await clock.pass(0)
        return clock.pending() === 1 && (await refused(server.port))
      })
    }
  })

  test('what cannot be tried is told to whoever asks', async () => {
    const store = open('a', {
      connect() {
        throw new Error('no certificate')
      },
    })
    await expect(store.getMany(['a'])).rejects.toThrow(/no certificate/)
    await expect(store.getMany(['a'])).rejects.toThrow(StoreError)
  })
})

describe('a cluster that tells its nodes', () => {
  let servers: Server[]
  let told: string
  let asked: number
  let endpoint: string

  const configuration = (version: number, ...nodes: Server[]) =>
    `${version}\n${nodes.map(({ port }, i) => `127.0.0.1|${i % 2 ? '' : '127.0.0.1'}|${port}`).join(' ')}\n`

  beforeEach(async () => {
    servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
    asked = 0
    const scripted = await startScripted((line) => {
      if (line === 'mn') return 'MN\r\n'
      if (line !== 'config get cluster') return 'ERROR\r\n'
      asked++
      return told && `CONFIG cluster 0 ${told.length}\r\n${told}\r\nEND\r\n`
    })
    endpoint = `127.0.0.1:${scripted.port}`
    cleanUps.push(
      () => scripted.close(),
      () => Promise.all(servers.map((server) => server.stop())),
    )
  })

  /** By asking them: which servers have the key. */
  const holders = async (key: string) => {
    const replies = await Promise.all(servers.map(({ port }) => ask(port, `mg ${key}\r\n`)))
    return servers.filter((_, i) => replies[i]?.startsWith('HD'))
  }
  const all = Array.from({ length: 30 }, (_, i) => `node:${i}`)
  const used = async (store: Store) => {
    await store.setMany(all.map((key) => record(key)))
    const found = await Promise.all(all.map(holders))
    return servers.filter((server) => found.some((some) => some.includes(server)))
  }
  const lookAgain = async () => {
    const before = asked
    await eventually(async () => {
      await clock.pass(lookEveryMs / 60)
      return asked > before
    })
  }

  test('is used on the nodes that it tells, and on others when it tells others', async () => {
    const [a, b, c] = servers as [Server, Server, Server]
    told = configuration(3, a, b)
    const store = open(endpoint, { discover: true })
    expect(await used(store)).toEqual([a, b])
    expect(asked).toBe(1)
    told = configuration(2, c)
    await lookAgain()
    await store.deleteMany(all)
    expect(await used(store)).toEqual([a, b])
    await store.deleteMany(all)
    told = configuration(4, b, c)
    await lookAgain()
    await eventually(
      () => used(store),
      (some) => some.includes(c),
    )
    await Promise.all([a, b, c].flatMap(({ port }) => all.map((key) => ask(port, `md ${key}\r\n`))))
    expect(await used(store)).toEqual([b, c])
  })

  test('is followed to new addresses, and what is not part of it any more is let go', async () => {
    const [a, b] = servers as [Server, Server, Server]
    const opened: { address: ServerAddress; socket: Socket }[] = []
    const store = open(endpoint, {
      discover: true,
      connect(address) {
        const socket = connectPlain(address)
        opened.push({ address, socket })
        return socket
      },
    })
    const to = ({ port }: Server) =>
      opened.filter(({ address }) => 'port' in address && address.port === port)
    told = `1\nlocalhost|127.0.0.1|${a.port} localhost|127.0.0.1|${b.port}\n`
    await store.getMany(all)
    told = `2\nlocalhost||${b.port}\n`
    await lookAgain()
    await eventually(() => to(a).every(({ socket }) => socket.destroyed))
    await store.getMany(all)
    const ips = to(b).map(({ address }) => 'ip' in address && address.ip)
    expect(ips).toEqual(['127.0.0.1', undefined])
    expect(to(b).map(({ socket }) => socket.destroyed)).toEqual([true, false])
  })

  test('goes on with the nodes that it knows while it tells none', async () => {
    const [a, b] = servers as [Server, Server, Server]
    told = configuration(1, a, b)
    const store = open(endpoint, { discover: true })
    expect(await used(store)).toEqual([a, b])
    told = 'nonsense'
    await lookAgain()
    expect(await texts(store, all)).toEqual(all.map(() => 'there'))
    told = configuration(2, b)
    await lookAgain()
    await eventually(
      () => outcome(texts(store, all)),
      (found) => found.includes(undefined as never),
    )
  })

  test('is an error as long as it tells none at first', async () => {
    told = 'nonsense'
    const store = open(endpoint, { discover: true })
    await expect(store.getMany(['a'])).rejects.toThrow(/tells none of its nodes/)
    told = configuration(1, ...servers)
    expect(await store.getMany(['a'])).toEqual([undefined])
    await store.close()
    expect(clock.pending()).toBe(0)
  })

  test('a server that is no cluster says so', async () => {
    const store = open(serversOf(...servers), { discover: true })
    await expect(store.getMany(['a'])).rejects.toThrow(/tells none of its nodes/)
  })
})
