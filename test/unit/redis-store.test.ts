import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redisLocation } from '../../src/drivers/redis/location.ts'
import { keyOfRedis, patternOf, redisKey } from '../../src/drivers/redis/redis-key.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import { policyWarning, serverMemory, totalUsage } from '../../src/stores/redis/server-memory.ts'
import { type RedisStoreOptions, redisStore } from '../../src/stores/redis.ts'

/** Of units that are text, halves of characters, and what stands for them. */
const keys = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', '*', '\uffff', '\ud83d', '\ude00', 'd83d', '\ufffd', '\u{1f600}'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
})

describe('keys', () => {
  test('survive UTF-8, every one', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const sent = Buffer.from(redisKey(key)).toString()
        expect(sent).toBe(redisKey(key))
        expect(keyOfRedis(sent)).toBe(key)
      }),
    )
  })

  test('stay as they are when they are text', () => {
    for (const key of ['user:42', 'größe', '\u{1f600}', '\0\r\n', '\ufffd']) {
      expect(redisKey(key)).toBe(key)
    }
  })

  test('begin with what a scan looks for if they begin with the prefix', () => {
    fc.assert(
      fc.property(keys, fc.nat(), (key, at) => {
        const prefix = key.slice(0, at % (key.length + 1))
        const pattern = patternOf(prefix)
        const literal = pattern.slice(0, -1).replace(/\\(.)/gsu, '$1')
        expect(redisKey(key).startsWith(literal)).toBe(true)
        expect(pattern.slice(0, -1).replace(/\\./gsu, '')).not.toMatch(/[*?[\]^]/)
      }),
    )
  })
})

describe('locations', () => {
  test.each([
    ['redis://localhost', 'single', [['localhost', 6379]], {}],
    ['valkey://10.0.0.1:7000/3', 'single', [['10.0.0.1', 7000]], { database: 3 }],
    ['rediss://[::1]:7000', 'single', [['::1', 7000]], { tls: true }],
    ['valkeys://h', 'single', [['h', 6379]], { tls: true }],
    ['redis://:p%40ss@h', 'single', [['h', 6379]], { password: 'p@ss' }],
    ['redis://me:secret@h:1', 'single', [['h', 1]], { username: 'me', password: 'secret' }],
    [
      'redis+cluster://a:7000,b',
      'cluster',
      [
        ['a', 7000],
        ['b', 6379],
      ],
      {},
    ],
    [
      'rediss+cluster://u:p@a',
      'cluster',
      [['a', 6379]],
      { tls: true, username: 'u', password: 'p' },
    ],
    [
      'redis+sentinel://a,b:26380/main/2',
      'sentinel',
      [
        ['a', 26379],
        ['b', 26380],
      ],
      { primary: 'main', database: 2 },
    ],
  ] as const)('%s', (url, kind, nodes, rest) => {
    expect(redisLocation(url)).toEqual({
      kind,
      nodes: nodes.map(([host, port]) => ({ host, port })),
      tls: false,
      username: undefined,
      password: undefined,
      database: 0,
      primary: '',
      shown: url.replace(/\/\/.*@/, '//'),
      ...rest,
    })
  })

  test.each([
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://a,b',
    'redis://a/main',
    'redis://a:0',
    'redis://a:65536',
    'redis://a?x=1',
    'redis+cluster://a/1',
    'redis+cluster://a,',
    'redis+sentinel://a',
    'redis+sentinel://a/main/x',
    'redis+ring://a',
  ])('%s is none', (url) => {
    expect(() => redisLocation(url)).toThrow(ConfigError)
  })

  test('a password is not shown', () => {
    expect(() => redisLocation('redis://u:secret@a,b')).toThrow(/^((?!secret).)*$/)
  })
})

describe('options', () => {
  const client = { sendCommand: async () => 'OK' }
  test.each<[string, unknown]>([
    ['nothing', {}],
    ['both', { url: 'redis://a', client }],
    ['a URL that is none', { url: 'a' }],
    ['a client that is none', { client: { get: () => {} } }],
    ['another set of commands', { url: 'redis://a', commands: 'some' }],
    ['a listener that is none', { url: 'redis://a', onWarning: 1 }],
    ['a misspelt option', { url: 'redis://a', replica: true }],
    ['a client that changes keys', { client: { ...client, options: { keyPrefix: 'app:' } } }],
  ])('%s is refused', (_, options) => {
    expect(() => redisStore(options as RedisStoreOptions)).toThrow(ConfigError)
  })

  test('a client is taken for what it can do', () => {
    expect(redisStore({ client }).name).toBe('redis')
    const withOptions = { ...client, options: { keyPrefix: '' } }
    expect(redisStore({ client: withOptions }).name).toBe('redis')
  })
})

test('changes of one key come one after the other, whichever way each of them takes', async () => {
  const sent: string[] = []
  const answers: (() => void)[] = []
  const sendCommand = (words: readonly (string | Buffer)[]) => {
    sent.push(words.join(' '))
    return new Promise<number>((resolve) => answers.push(() => resolve(1)))
  }
  const store = redisStore({ client: { sendCommand }, onWarning: () => {} })
  const removed = store.deleteMany(['a', 'b', 'a'])
  const unlinks = () => sent.filter((command) => command.startsWith('UNLINK'))
  expect(unlinks()).toEqual(['UNLINK a', 'UNLINK b'])
  while (unlinks().length < 3) {
    answers.shift()?.()
    await new Promise(setImmediate)
  }
  expect(unlinks()).toEqual(['UNLINK a', 'UNLINK b', 'UNLINK a'])
  for (const answer of answers) answer()
  expect(await removed).toEqual([true, true, true])
})

describe('the memory of a server', () => {
  const info = (max: number, policy: string) =>
    `# Memory\r\nused_memory:2000\r\nmaxmemory:${max}\r\nmaxmemory_policy:${policy}\r\n`

  test('is read from what it tells', () => {
    expect(serverMemory(info(1000, 'allkeys-lru'))).toEqual({
      usedBytes: 2000,
      maxBytes: 1000,
      policy: 'allkeys-lru',
    })
    expect(serverMemory('')).toEqual({ usedBytes: 0, maxBytes: Infinity, policy: '' })
    expect(policyWarning(serverMemory(''))).toBeUndefined()
  })

  test('adds up, and is never beyond its bound', async () => {
    const server = async ([name]: readonly unknown[]) =>
      name === 'DBSIZE' ? 3 : Buffer.from(info(1500, 'allkeys-lru'))
    expect(await totalUsage([server, server])).toEqual({ entries: 6, bytes: 3000, maxBytes: 3000 })
  })
})
