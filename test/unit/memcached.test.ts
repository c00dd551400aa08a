import { expect, test } from 'vitest'
import { ConfigError, StoreError } from '../../src/kernel/errors.ts'
import { readConfiguration } from '../../src/stores/memcached/discovery.ts'
import { nameOf, serverAddresses } from '../../src/stores/memcached/server-address.ts'
import {
  type MemcachedClient,
  type MemcachedStoreOptions,
  memcachedStore,
} from '../../src/stores/memcached.ts'

const silent: MemcachedClient = {
  keys: 'ascii',
  get: async (keys) => keys.map(() => undefined),
  set: async (writes) => writes.map(() => 'done'),
  delete: async (removals) => removals.map(() => false),
}

test.each([
  ['a', ['a:11211']],
  ['a:1,b', ['a:1', 'b:11211']],
  [' a , b:65535 ', ['a:11211', 'b:65535']],
  ['Cache-1.Example.COM:11212', ['cache-1.example.com:11212']],
  ['10.0.0.1,[::1],[fe80::1]:11212', ['10.0.0.1:11211', '::1:11211', 'fe80::1:11212']],
  ['/run/memcached.sock', ['/run/memcached.sock']],
  [
    ['a', '/run/with,comma.sock'],
    ['a:11211', '/run/with,comma.sock'],
  ],
])('the servers %j are understood', (servers, names) => {
  expect(serverAddresses(servers).map(nameOf)).toEqual(names)
})

test.each([
  undefined,
  '',
  [],
  'a,',
  'a b',
  'a:0',
  'a:65536',
  'a:b',
  '::1',
  'memcached://a',
  'a,a:11211',
  [1],
  7,
])('the servers %j are refused', (servers) => {
  expect(() => serverAddresses(servers)).toThrow(ConfigError)
})

test.each<[string, object]>([
  ['nothing', {}],
  ['servers beside a client', { client: silent, servers: 'a' }],
  ['failover of a client', { client: silent, failover: true }],
  ['a client that cannot set', { client: { ...silent, set: undefined } }],
  ['failover that is no boolean', { servers: 'a', failover: 'yes' }],
  ['discover that is no boolean', { servers: 'a', discover: 1 }],
  ['connect that is no function', { servers: 'a', connect: {} }],
  ['what is misspelt', { servers: 'a', server: 'b' }],
])('%s is refused', (_, options) => {
  expect(() => memcachedStore(options as MemcachedStoreOptions)).toThrow(ConfigError)
})

test('a client can do as much as it has methods for', async () => {
  const simple = memcachedStore({ client: silent })
  expect([simple.addMany, simple.replaceMany, simple.usage]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  const able = memcachedStore({
    client: {
      ...silent,
      gets: silent.get as never,
      usage: async () => ({ entries: 1, bytes: 2, maxBytes: 3 }),
    },
  })
  expect(able.addMany && able.replaceMany).toBeDefined()
  expect(await able.usage?.()).toEqual({ entries: 1, bytes: 2, maxBytes: 3 })
})

test('what a client fails with is a StoreError', async () => {
  const broken = async () => {
    throw new Error('no route')
  }
  const store = memcachedStore({ client: { ...silent, get: broken, set: broken } })
  await expect(store.getMany(['a'])).rejects.toThrow(StoreError)
  await expect(store.deleteMany(['a'])).rejects.toThrow(/no route/)
  await expect(
    store.setMany([{ key: 'a', value: Buffer.of(1), expiresAt: Infinity }]),
  ).rejects.toThrow(StoreError)
})

const told = (value: string) => [
  { code: 'CONFIG', opaque: -1, cas: '', value: Buffer.from(value), line: 'CONFIG cluster 0 9' },
]

test('the nodes of a cluster are understood', () => {
  const text = '12\nb.cache.example|10.0.0.2|11211 a.cache.example||11212\n'
  expect(readConfiguration(told(text))).toEqual({
    version: 12,
    addresses: [
      { host: 'b.cache.example', ip: '10.0.0.2', port: 11_211 },
      { host: 'a.cache.example', ip: undefined, port: 11_212 },
    ],
  })
})

test.each(['', '12', '12\n\n', 'x\na||1\n', '12\na|b\n', '12\na|b|c\n', '12\n|1.1.1.1|1\n'])(
  'the configuration %j is refused',
  (text) => {
    expect(() => readConfiguration(told(text))).toThrow(StoreError)
  },
)
