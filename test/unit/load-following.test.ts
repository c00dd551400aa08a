import { expect, test } from 'vitest'
import { loadScope } from '../../src/core/loading/load-scope.ts'
import { createCache } from '../../src/index.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

/** A load that the test ends when it likes. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

const unfollowed = { followed: false }

test('a hit that finds no load running switches following off, whatever was loaded before', async () => {
  const cache = createCache({ clock: fakeClock() })
  await cache.getOrSet('page', () => 1, unfollowed)
  await cache.getOrSet('late', () => 1, { hardTimeout: '1m' })
  await cache.getOrSet('failed', () => Promise.reject(new Error('down'))).catch(() => {})
  await cache.getOrSet('k', () => 1)
  expect(loadScope.active).toBe(true)
  await cache.getOrSet('k', () => 2)
  expect(loadScope.active).toBe(false)
})

test('a hit while a load runs leaves following on, also after loads that are not followed', async () => {
  const cache = createCache({ clock: fakeClock() })
  await cache.set('hit', 1)
  const { opened, open } = gate()
  const refused = cache.getOrSet('k', async () => {
    await opened
    return cache.getOrSet('k', () => 1)
  })
  const outcome = expect(refused).rejects.toMatchObject({ code: 'ERR_CACHE_REENTRANT_LOAD' })
  await cache.getOrSet('page', () => 1, unfollowed)
  await cache.getOrSet('other', () => 1)
  await cache.getOrSet('hit', () => 2)
  expect(cache.getSync('hit')).toBe(1)
  open()
  await outcome
})

test('what a load that is not followed asks for takes its turn as if nobody loaded', async () => {
  const cache = createCache({ clock: fakeClock(), maxLoads: 1 })
  const first = gate()
  const begun: string[] = []
  const one = cache.getOrSet('first', () => first.opened)
  const page = cache.getOrSet(
    'page',
    () => {
      begun.push('page')
      return cache.getOrSet('data', () => void begun.push('data'))
    },
    unfollowed,
  )
  await settle()
  expect(begun).toEqual(['page'])
  first.open()
  await Promise.all([one, page])
  expect(begun).toEqual(['page', 'data'])
})

test('a load that took no turn gives none back', async () => {
  const cache = createCache({ clock: fakeClock(), maxLoads: 1 })
  const first = gate()
  const one = cache.getOrSet('first', () => first.opened)
  await cache.getOrSet('page', () => 1, unfollowed)
  let begun = false
  const second = cache.getOrSet('second', () => {
    begun = true
    return 2
  })
  await settle()
  expect(begun).toBe(false)
  first.open()
  await one
  expect(await second).toBe(2)
})

test('a loader does not wait for what is renewed while it is served the stale value', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  await cache.set('b', 'old b', { ttl: 1, staleWhileRevalidate: 1_000 })
  clock.advance(1)
  const { opened, open } = gate()
  const a = cache.getOrSet('a', async () => {
    const b = await cache.getOrSet('b', async () => `b of ${await cache.getOrSet('a', () => 'x')}`)
    await opened
    return `a of ${b}`
  })
  await settle()
  open()
  expect(await a).toBe('a of old b')
  await settle()
  expect(cache.getSync('b')).toBe('b of a of old b')
})

test('who has stopped waiting for a load may be waited for by it', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  const [late, end] = [gate(), gate()]
  const slow = async () => {
    await late.opened
    return `b of ${await cache.getOrSet('a', () => 'x')}`
  }
  const b = cache.getOrSet('b', slow)
  const a = cache.getOrSet('a', async () => {
    const found = await cache.getOrSet('b', slow, { hardTimeout: 10 }).catch(() => 'nothing')
    await end.opened
    return `a of ${found}`
  })
  await clock.pass(10)
  late.open()
  await settle()
  end.open()
  expect(await a).toBe('a of nothing')
  expect(await b).toBe('b of a of nothing')
})
