import { describe, expect, test } from 'vitest'
import type { LoadContext, LoadOptions } from '../../src/contracts/cache.ts'
import type { CacheEvent } from '../../src/contracts/events.ts'
import type { CacheOptions } from '../../src/core/cache-options.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

function told(options: Partial<CacheOptions> = {}) {
  const clock = options.clock === undefined ? fakeClock() : undefined
  const events: CacheEvent[] = []
  const onEvent = (event: CacheEvent) => void events.push(event)
  const cache = createCache({ ...(clock && { clock }), onEvent, ...options })
  const errors = () =>
    events.flatMap((event) => (event.type === 'error' ? [[event.key, event.error]] : []))
  return { cache, clock: clock ?? fakeClock(), events, errors }
}

const down = new Error('down')
const fails = () => Promise.reject(down)

describe('what a loader answers is kept', () => {
  test('but not with a lifetime of nothing, however long it could stand in afterwards', async () => {
    const { cache } = told()
    const options: LoadOptions = { staleIfError: '1h', staleWhileRevalidate: '1h' }
    const none = (context: LoadContext<number>) => {
      context.ttl = 0
      return 1
    }
    expect(await cache.getOrSet('k', none, options)).toBe(1)
    expect(await cache.getOrSet('k', () => 2, options)).toBe(2)
    const short = (context: LoadContext<number>) => {
      context.ttl = 1
      return 1
    }
    expect(await cache.getOrSet('short', short)).toBe(1)
    expect(cache.getSync('short')).toBe(1)
  })

  test.each([{}, { hardTimeout: '1m' }])('but not what was skipped: %o', async (options) => {
    for (const stored of [false, true]) {
      const clock = fakeClock()
      const store = memoryStore({ clock })
      const { cache, errors } = told({ clock, ...(stored && { store }) })
      const skips = (context: LoadContext<number>) => {
        context.skip()
        return 1
      }
      expect(await cache.getOrSet('k', skips, options)).toBe(1)
      expect(await cache.get('k')).toBe(undefined)
      expect([errors(), cache.stats().writes]).toEqual([[], 0])
    }
  })

  test('but not past a change of its tags', async () => {
    const { cache } = told()
    const changing = () => cache.invalidate('t').then(() => 1)
    expect(await cache.getOrSet('k', changing, { tags: ['t'] })).toBe(1)
    expect([await cache.get('k'), cache.stats().writes]).toEqual([undefined, 0])
  })

  test('as isolation has it: not as the object that the loader has', async () => {
    const { cache } = told({ memory: { isolation: 'freeze' } })
    const value = { list: [1] }
    expect(Object.isFrozen(await cache.getOrSet('k', () => value))).toBe(true)
    const { cache: cloning } = told({ memory: { isolation: 'clone' } })
    const answer = await cloning.getOrSet('k', () => value)
    expect(answer).toEqual(value)
    expect(answer).not.toBe(value)
  })

  test('and if it cannot be, that is told, and its caller has it all the same', async () => {
    const { cache, errors } = told({ memory: { isolation: 'clone' } })
    const value = { run: () => 1 }
    expect(await cache.getOrSet('k', () => value)).toBe(value)
    expect(errors()).toEqual([['k', expect.objectContaining({ code: 'ERR_CACHE_CODEC' })]])
  })
})

describe('what was not modified', () => {
  const options = { ttl: 10, staleIfError: 1_000 }

  test.each([
    ['keeps the tags that it had', {}, undefined, { had: true, chosen: false }],
    ['has the tags that the loader chose', {}, ['chosen'], { had: false, chosen: true }],
  ])('%s', async (_, more, chosen, gone) => {
    for (const tag of ['had', 'chosen'] as const) {
      const { cache, clock } = told()
      await cache.set('k', 'v', { ...options, tags: ['had'] })
      clock.advance(10)
      const same = (context: LoadContext<string>) => {
        if (chosen !== undefined) context.tags = chosen
        return context.notModified()
      }
      expect(await cache.getOrSet('k', same, { ...options, ...more })).toBe('v')
      expect(cache.getSync('k')).toBe('v')
      await cache.invalidate(tag)
      expect(cache.getSync('k')).toBe(gone[tag] ? undefined : 'v')
    }
  })

  test('is not what was loaded anew: that has the tags of the call', async () => {
    const { cache, clock } = told()
    await cache.set('k', 'v', { ...options, tags: ['had'] })
    clock.advance(10)
    await cache.getOrSet('k', () => 'new', options)
    await cache.invalidate('had')
    expect(cache.getSync('k')).toBe('new')
  })
})

describe('a load that fails', () => {
  test.each([{}, { hardTimeout: '1m' }])(
    'is told once, and by its callers: %o',
    async (options) => {
      const { cache, errors, events } = told()
      await expect(cache.getOrSet('k', fails, options)).rejects.toBe(down)
      expect(errors()).toEqual([])
      expect(events.filter(({ type }) => type === 'load')).toMatchObject([
        { key: 'k', error: down },
      ])
    },
  )

  test.each([{}, { hardTimeout: '1m' }])(
    'is told where a stale value stands in for it: %o',
    async (options) => {
      const { cache, clock, errors } = told()
      await cache.set('k', 'old', { ttl: 10, staleIfError: 1_000 })
      clock.advance(10)
      expect(await cache.getOrSet('k', fails, options)).toBe('old')
      expect(errors()).toEqual([['k', down]])
    },
  )

  test.each([
    [99, 'old'],
    [100, down],
    [101, down],
  ])('after %i ms of 100 in which a stale value stands in', async (ms, expected) => {
    const { cache, clock } = told()
    await cache.set('k', 'old', { ttl: 10, staleIfError: 100 })
    clock.advance(10)
    const late = () => {
      clock.advance(ms)
      return fails()
    }
    expect(await cache.getOrSet('k', late).catch((error) => error)).toBe(expected)
  })

  test('is not stood in for by what has lost its tags meanwhile', async () => {
    const { cache, clock } = told()
    const options = { tags: ['t'], ttl: 10, staleIfError: 1_000 }
    await cache.set('k', 'old', options)
    clock.advance(10)
    const changing = () => cache.invalidate('t').then(fails)
    await expect(cache.getOrSet('k', changing)).rejects.toBe(down)
    expect(await cache.getOrSet('k', () => 'new')).toBe('new')
  })

  test('is not one that a bulk loader left out', async () => {
    for (const stored of [false, true]) {
      const clock = fakeClock()
      const { cache, errors } = told({ clock, ...(stored && { store: memoryStore({ clock }) }) })
      const found = await cache.getOrSetMany(['a', 'b'], () => new Map([['a', 1]]))
      expect([...found]).toEqual([['a', 1]])
      expect([cache.stats().loadFailures, errors()]).toEqual([0, []])
      expect(await cache.getOrSet('b', () => 2)).toBe(2)
    }
  })
})

describe('how long a load took is told', () => {
  test('by the exact clock', async () => {
    let precise = 0.25
    const clock = Object.assign(fakeClock(), { precise: () => precise })
    const { cache, events } = told({ clock })
    const lasts = (value: () => unknown) => async () => {
      precise += 0.5
      await settle()
      return value()
    }
    await cache.getOrSet(
      'k',
      lasts(() => 1),
    )
    await cache.getOrSet('f', lasts(fails)).catch(() => {})
    const loads = events.filter(({ type }) => type === 'load')
    expect(loads).toMatchObject([{ durationMs: 0.5 }, { durationMs: 0.5 }])
    expect(cache.stats().loadMs).toBe(0.5)
  })

  test('as nothing, if everybody gave up before its turn', async () => {
    const { cache, events } = told({ maxLoads: 1 })
    let end = () => {}
    const first = cache.getOrSet('first', () => new Promise<void>((resolve) => (end = resolve)))
    const controller = new AbortController()
    const second = cache.getOrSet('second', () => 1, { signal: controller.signal })
    await settle()
    controller.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    end()
    await first
    await settle()
    expect(events.filter(({ type }) => type === 'load')).toMatchObject([
      { key: 'first' },
      { key: 'second', durationMs: 0, error: { name: 'AbortError' } },
    ])
  })
})
