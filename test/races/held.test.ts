import { expect, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

/**
 * A loader may choose tags that nobody knew before the load. Their versions can only be read
 * afterwards: so another process's invalidation in between must keep the value out of the store.
 */
test('a tag chosen by the loader counts from before the load, in every process', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const [one, two] = [0, 1].map(() => createCache({ clock, store, memory: false }))
  let finish: (value: string) => void = () => {}
  const answer = one?.getOrSet('k', async (context) => {
    const value = await new Promise<string>((resolve) => {
      finish = resolve
    })
    context.tags = ['late']
    return value
  })
  await settle()
  await two?.invalidate('late')
  finish('outdated')
  expect(await answer).toBe('outdated')
  expect(await two?.get('k')).toBe(undefined)
  expect(await one?.get('k')).toBe(undefined)
})

test('an invalidation that is half done keeps out what was loaded before it', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const { setMany } = store
  let writes = 0
  let goOn: () => void = () => {}
  const held = {
    ...store,
    async setMany(records: Parameters<typeof setMany>[0]) {
      writes++
      const refused = await setMany.call(store, records)
      if (writes === 1) await new Promise<void>((resolve) => (goOn = resolve))
      return refused
    },
  }
  const loading = createCache({ clock, store, memory: false })
  const invalidating = createCache({ clock, store: held, memory: false })
  let finish: () => void = () => {}
  const answer = loading.getOrSet('k', async (context) => {
    await new Promise<void>((resolve) => (finish = resolve))
    context.tags = ['late']
    return 'outdated'
  })
  await settle()
  const invalidation = invalidating.invalidate('late')
  await settle()
  finish()
  expect(await answer).toBe('outdated')
  goOn()
  await invalidation
  expect(await loading.get('k')).toBe(undefined)
})

test('a read that was under way when its key was deleted leaves nothing in memory', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  await createCache({ clock, store }).set('k', 'old')
  let goOn: (() => void) | undefined
  let hold = true
  const held = {
    ...store,
    async getMany(keys: readonly string[]) {
      const found = await store.getMany(keys)
      if (hold) await new Promise<void>((resolve) => (goOn = resolve))
      return found
    },
  }
  const cache = createCache({ clock, store: held, memory: { trust: null } })
  for (const read of [() => cache.get('k'), () => cache.getOrSet('k', () => 'loaded')]) {
    await createCache({ clock, store }).set('k', 'old')
    hold = true
    const answer = read()
    await settle()
    hold = false
    await cache.delete('k')
    goOn?.()
    await answer
    expect(cache.getSync('k')).not.toBe('old')
    await cache.delete('k')
  }
})

test('who did not wait for a lease any longer cannot bring back what was deleted meanwhile', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const [holder, hasty, other] = [0, 1, 2].map(() =>
    createCache({ clock, store, memory: false, leaseWait: '1s' }),
  )
  void holder?.getOrSet('k', () => new Promise(() => {}))
  await settle()
  let finish: (value: string) => void = () => {}
  const answer = hasty?.getOrSet('k', () => new Promise<string>((resolve) => (finish = resolve)))
  await clock.pass(1_100)
  await other?.delete('k')
  finish('outdated')
  expect(await answer).toBe('outdated')
  expect(await other?.get('k')).toBe(undefined)
})

test('who did not wait for a lease any longer puts its value in the place of the lease', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const [holder, hasty, other] = [0, 1, 2].map(() =>
    createCache({ clock, store, memory: false, leaseWait: '1s' }),
  )
  void holder?.getOrSet('k', () => new Promise(() => {}))
  await settle()
  const answer = hasty?.getOrSet('k', () => 'loaded')
  await clock.pass(1_100)
  expect(await answer).toBe('loaded')
  expect(await other?.get('k')).toBe('loaded')
})

test('a lease that is given back while somebody looks is not waited for', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const waiting: (() => void)[] = []
  let hold = false
  const held = () => (hold ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined)
  const slow = {
    ...store,
    async getMany(keys: readonly string[]) {
      const found = await store.getMany(keys)
      await held()
      return found
    },
    async replaceMany(changes: Parameters<NonNullable<typeof store.replaceMany>>[0]) {
      await held()
      return (await store.replaceMany?.(changes)) ?? []
    },
  }
  const cache = createCache({ clock, store: slow, memory: false, storeTimeout: null })
  const impatient = new AbortController()
  const never = new Promise<string>(() => {})
  const first = cache.getOrSet('k', () => never, { signal: impatient.signal })
  await settle()
  hold = true
  impatient.abort(new Error('enough'))
  await expect(first).rejects.toThrow('enough')
  const second = cache.getOrSet('k', () => 'value')
  await settle()
  hold = false
  // The lease is given back first, and what was seen of it before arrives after that.
  for (const goOn of waiting) {
    goOn()
    await settle()
  }
  // No time passes: nobody but the word of the lease's end wakes it.
  expect(await second).toBe('value')
})
