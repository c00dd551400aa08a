import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type LogEventsOptions, type LogLevel, logEvents } from '../../src/telemetry/log-events.ts'
import { Repetitions } from '../../src/telemetry/repetitions.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

const allLevels = ['debug', 'info', 'warn', 'error'] as const

/** A logger that remembers, as `console` or as pino takes its arguments. */
function logger(style: 'message first' | 'object first' = 'message first') {
  const lines: { level: LogLevel; text: string; fields: Record<string, unknown> }[] = []
  const methods = Object.fromEntries(
    allLevels.map((level) => [
      level,
      (...[first, second]: unknown[]) => {
        const [text, fields] = style === 'message first' ? [first, second] : [second, first]
        lines.push({ level, text: text as string, fields: fields as Record<string, unknown> })
      },
    ]),
  ) as Record<LogLevel, (...message: unknown[]) => void>
  return Object.assign(methods, {
    lines,
    ...(style === 'object first' && { bindings: () => ({}) }),
  })
}

function log(options?: LogEventsOptions, style?: 'message first' | 'object first') {
  const clock = fakeClock()
  const to = logger(style)
  onTestFinished(logEvents(to, { clock, ...options }))
  return { clock, lines: to.lines, cache: createCache({ clock, store: memoryStore({ clock }) }) }
}

const down = () => Promise.reject(new Error('cannot load user:42 of a@example.org'))

for (const style of ['message first', 'object first'] as const) {
  test(`writes a sentence and its fields, ${style}`, async () => {
    const { cache, lines } = log({}, style)
    await cache.getOrSet('user:42', () => 'secret')
    await cache.getOrSet('user:43', down).catch(() => {})
    await cache.invalidate(['user:42'])
    expect(lines.map(({ level, text }) => [level, text])).toEqual([
      ['debug', 'cache default: loaded'],
      ['warn', 'cache default: a load failed'],
      ['debug', 'cache default: invalidate'],
    ])
    expect(lines[0]?.fields).toMatchObject({
      type: 'load',
      cache: 'default',
      key: 'user:{id}',
      durationMs: 0,
    })
    expect(lines[2]?.fields.tags).toEqual(['user:{id}'])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })
}

test('levels are chosen by type; what is off is not even heard', async () => {
  const { cache, lines } = log({ levels: { read: 'info', load: 'off' } })
  await cache.getOrSet('a', () => 1)
  await cache.getOrSet('b', down).catch(() => {})
  expect(lines.map(({ level, text }) => [level, text])).toEqual([
    ['info', 'cache default: miss'],
    ['info', 'cache default: miss'],
  ])
})

test('failures that are alike are told of once in a while, with how many there were', async () => {
  const { cache, clock, lines } = log({ every: '1m', levels: { gap: 'off' } })
  const fail = async (key: string, error: Error) => {
    await cache.getOrSet(key, () => Promise.reject(error)).catch(() => {})
  }
  for (let i = 0; i < 10; i++) await fail(`user:${i}`, new Error(`no user ${i}`))
  await fail('page:1', new Error('no page 1'))
  expect(lines.map(({ fields }) => [fields.key, fields.repeated])).toEqual([
    ['user:{id}', undefined],
    ['page:{id}', undefined],
  ])
  await clock.pass(60_000)
  await fail('user:11', new Error('no user 11'))
  await fail('user:12', new Error('no user 12'))
  expect(lines.slice(2).map(({ fields }) => [fields.key, fields.repeated])).toEqual([
    ['user:{id}', 9],
  ])
})

test('however many kinds of failures there are, few are remembered', () => {
  const repetitions = new Repetitions(60_000, fakeClock())
  expect([repetitions.count('first'), repetitions.count('first')]).toEqual([0, undefined])
  for (let i = 0; i < 1_000; i++) expect(repetitions.count(`${i}`)).toBe(0)
  expect(repetitions.count('999')).toBe(undefined)
  expect(repetitions.count('first')).toBe(0)
})

test('no key is in a line unless that is asked for, also not in the message of an error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.stringMatching(/^[a-z]{3,8}:[0-9]{3,8}$/), async (key) => {
      const { cache, lines } = log({
        levels: { read: 'debug', call: 'debug', write: 'debug', delete: 'debug', error: 'error' },
      })
      const [, id = ''] = key.split(':')
      await cache.set(key, key, { ttl: 10, staleIfError: 1000 })
      await cache
        .getOrSet(key, () => Promise.reject(new Error(`cannot load ${key}`)), { refresh: true })
        .catch(() => {})
      await cache
        .getOrSet(key, () => cache.getOrSet(key, () => 1), { refresh: true })
        .catch(() => {})
      await cache.delete(key)
      expect(lines.length).toBeGreaterThan(5)
      const shown = lines.map(({ fields: { durationMs, age, ...fields }, text }) => [text, fields])
      expect(JSON.stringify(shown)).not.toContain(id)
    }),
    { numRuns: 50 },
  )
})

test('all of it is shown where that is asked for, and a function may decide', async () => {
  const plain = log({ redact: false })
  await plain.cache.getOrSet('user:42', down).catch(() => {})
  expect(plain.lines[0]?.fields).toMatchObject({ key: 'user:42', error: expect.any(Error) })
  const own = log({ redact: (key, namespace) => `${namespace}/${key.length}` })
  await own.cache.namespace('shop').getOrSet('user:42', () => 1)
  expect(own.lines[0]?.fields.key).toBe('shop/7')
})

test('an outage is told of when it begins and when it ends', async () => {
  const clock = fakeClock()
  const to = logger()
  onTestFinished(logEvents(to, { clock }))
  const store = memoryStore({ clock })
  const { getMany } = store
  const cache = createCache({ clock, store, memory: false })
  store.getMany = () => Promise.reject(new Error('disk on fire'))
  for (let i = 0; i < 5; i++) await cache.get(`user:${i}`)
  store.getMany = getMany
  await clock.pass(5_000)
  expect(to.lines.map(({ level, text }) => [level, text])).toEqual([
    ['error', 'cache default: something failed, and the cache went on'],
    ['warn', 'cache default: what is behind memory is down, memory goes on'],
    ['error', 'cache default: something failed, and the cache went on'],
    ['info', 'cache default: what is behind memory answers again'],
  ])
})

test('a logger that throws is nobody else’s failure', async () => {
  const broken = () => {
    throw new Error('the disk is full')
  }
  onTestFinished(logEvents({ debug: broken, info: broken, warn: broken, error: broken }))
  expect(await createCache().getOrSet('a', () => 1)).toBe(1)
})
