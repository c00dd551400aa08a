import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { CacheEvent, LoadOptions } from '../../src/index.ts'
import { createCache } from '../../src/index.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

/** A cache whose load of "k" ends when the test likes; `staleFor` is how long a stale value stands in. */
async function waiting(options: LoadOptions, staleFor = 0) {
  const clock = fakeClock()
  const events: CacheEvent[] = []
  const cache = createCache({ clock, onEvent: (event) => void events.push(event) })
  if (staleFor > 0) {
    await cache.set('k', 'old', { ttl: 1, staleIfError: staleFor })
    clock.advance(1)
  }
  events.length = 0
  let signal: AbortSignal | undefined
  let end: (value: string) => void = () => {}
  let fail: (error: unknown) => void = () => {}
  const answer = cache.getOrSet(
    'k',
    (context) => {
      signal = context.signal
      return new Promise<string>((resolve, reject) => {
        end = resolve
        fail = reject
      })
    },
    options,
  )
  await settle()
  const outcome = answer.catch((error) => error)
  return { cache, clock, events, outcome, load: { signal, end, fail } }
}

describe('whoever waits for a load leaves nothing behind', () => {
  const limits = { softTimeout: 5_000, hardTimeout: 10_000 }

  test.each(['answers', 'fails'])('when it %s', async (how) => {
    const { signal } = new AbortController()
    const { clock, load, outcome } = await waiting({ ...limits, signal })
    expect(clock.pending('foreground')).toBe(2)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    if (how === 'fails') load.fail(new Error('down'))
    else load.end('new')
    await outcome
    expect(clock.pending('foreground')).toBe(0)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('when the caller gives up', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { clock, outcome } = await waiting({ ...limits, signal })
    controller.abort(new Error('enough'))
    expect(await outcome).toMatchObject({ message: 'enough' })
    expect(clock.pending('foreground')).toBe(0)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('when it takes a stale value instead', async () => {
    const { signal } = new AbortController()
    const { clock, outcome } = await waiting({ ...limits, signal }, 60_000)
    await clock.pass(5_000)
    expect(await outcome).toBe('old')
    expect(clock.pending('foreground')).toBe(0)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('when its time is over, whatever else it would have waited for', async () => {
    const { signal } = new AbortController()
    const { clock, outcome } = await waiting({ softTimeout: 500, hardTimeout: 100, signal })
    await clock.pass(100)
    expect(await outcome).toMatchObject({ code: 'ERR_CACHE_LOADER_TIMEOUT' })
    expect(clock.pending('foreground')).toBe(0)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

test('who can only give up makes no timer', async () => {
  const { clock, load, outcome } = await waiting({ signal: new AbortController().signal })
  expect(clock.pending('foreground')).toBe(0)
  load.end('new')
  expect(await outcome).toBe('new')
})

test('a load that outlasts the soft deadline goes on, though its caller gives up later', async () => {
  const controller = new AbortController()
  const options = { softTimeout: 100, signal: controller.signal }
  const { cache, clock, load, outcome } = await waiting(options)
  await clock.pass(100)
  controller.abort(new Error('enough'))
  expect(await outcome).toMatchObject({ message: 'enough' })
  expect(load.signal?.aborted).toBe(false)
  load.end('new')
  await settle()
  expect(cache.getSync('k')).toBe('new')
})

test.each([{ softTimeout: 100 }, { hardTimeout: 100 }])(
  'what stands in for a slow load is told and counted as stale: %o',
  async (options) => {
    const { cache, clock, events, outcome } = await waiting(options, 60_000)
    await clock.pass(100)
    expect(await outcome).toBe('old')
    expect(events.filter(({ type }) => type === 'read')).toMatchObject([
      { key: 'k', outcome: 'stale', tier: 'memory', value: 'old', age: 101 },
    ])
    expect(cache.stats().memory.stale).toBe(1)
  },
)

test('a stale value stands in until the instant of its end, not at it', async () => {
  for (const [staleFor, expected] of [
    [101, 'old'],
    [100, expect.objectContaining({ code: 'ERR_CACHE_LOADER_TIMEOUT' })],
  ] as const) {
    const { clock, outcome } = await waiting({ hardTimeout: 100 }, staleFor)
    await clock.pass(100)
    expect(await outcome).toEqual(expected)
  }
})
