import { describe, expect, test } from 'vitest'
import { Grant } from '../../src/core/behind/grant.ts'
import { StoreSearch } from '../../src/core/behind/store-search.ts'
import type { Entry } from '../../src/core/entry.ts'
import { settle } from '../../src/testing/fake-clock.ts'
import { type Sought, searchScene } from './search-scene.ts'

/** What a search does with an entry that it finds. */

async function searching() {
  const scene = await searchScene({ storeTimeout: 500 })
  const renewed: Entry[] = []
  const search = new StoreSearch(scene.state, scene.reader, (_, entry) => renewed.push(entry))
  /** What a search ends with. */
  const find = async (sought?: Sought) => {
    const load = scene.seek(sought)
    const found = await search.run(load)
    load.flight.afterwards?.()
    return { found, flight: load.flight }
  }
  const remembered = () => scene.state.recollection.glance('k', scene.clock.now())
  return { ...scene, find, renewed, remembered }
}

/** The instants at which an entry is looked at: eager from 100, stale from 200, and so on. */
const lifetime = { eagerAt: 100, staleAt: 200, revalidateUntil: 300, errorUntil: 400 }
const never = Infinity

describe('what is found', () => {
  test.each([
    // age, not to be renewed until; what its reader has, and whether it is renewed afterwards
    [99, 0, 'hit', false],
    [100, 0, 'hit', true],
    [100, never, 'hit', false],
    [199, 0, 'hit', true],
    [200, 0, 'stale', true],
    [200, never, 'stale', false],
    [299, 0, 'stale', true],
    [300, 0, 'a load', false],
    [300, never, 'stale', false],
    [399, never, 'stale', false],
    [400, never, 'a load', false],
  ])('at the age of %d, renewable from %d, gives its reader %s', async (age, retryAt, has, is) => {
    const { clock, find, put, entry, renewed, state, remembered } = await searching()
    await put(entry(lifetime, { retryAt, tags: ['t'] }))
    const createdAt = clock.now()
    await clock.pass(age)
    const { found, flight } = await find()
    if (has === 'a load') expect(found).toBeInstanceOf(Grant)
    else expect(found).toEqual({ value: 'value', outcome: has, tier: 'store', createdAt })
    expect(renewed).toHaveLength(is ? 1 : 0)
    expect(state.counters).toMatchObject({
      storeHits: has === 'hit' ? 1 : 0,
      storeStale: has === 'stale' ? 1 : 0,
      storeMisses: has === 'a load' ? 1 : 0,
      awaited: 0,
    })
    expect(remembered()?.value).toBe(has === 'a load' ? undefined : 'value')
    if (age < 400) {
      expect(flight.tags).toEqual(['t'])
      expect(flight.fallback?.value).toBe(has === 'a load' ? 'value' : undefined)
    }
  })

  test.each([
    // Who renews goes on where that is due, and has what somebody else made of it where it is not.
    [99, 0, 'hit'],
    [100, 0, 'a load'],
    [100, never, 'stale'],
    [200, 0, 'a load'],
    [200, never, 'stale'],
  ])('at the age of %d, renewable from %d, gives who renews %s', async (age, retryAt, has) => {
    const { clock, find, put, entry, renewed, state, remembered } = await searching()
    await put(entry(lifetime, { retryAt }))
    await clock.pass(age)
    const { found } = await find({ renewal: true, fallback: entry(lifetime) })
    if (has === 'a load') expect(found).toBeInstanceOf(Grant)
    else {
      expect(found).toMatchObject({ value: 'value', outcome: has })
      expect(remembered()?.value).toBe('value')
    }
    expect(renewed).toEqual([])
    // Nobody has read what is renewed in the background.
    expect(state.counters).toMatchObject({ storeHits: 0, storeStale: 0 })
  })

  test('is no answer for who must load in any case, but stands in if that fails', async () => {
    const { find, put, entry } = await searching()
    await put(entry({}))
    const { found, flight } = await find({ refresh: true })
    expect(found).toBeInstanceOf(Grant)
    expect(flight.fallback?.value).toBe('value')
  })

  test('slides', async () => {
    const { clock, find, put, entry, remembered } = await searching()
    await put(entry({ staleAt: 1_000, sliding: 1_000, slidingCap: 60_000 }))
    await clock.pass(900)
    await find()
    expect(remembered()?.staleAt).toBe(clock.now() + 1_000)
  })

  test('is not served once it is too old, however long it took to see that it stands', async () => {
    const { clock, find, put, entry, act } = await searching()
    await put(entry(lifetime, { retryAt: never, tags: ['t'] }))
    await clock.pass(399)
    act.before = async (verb) => {
      if (verb === 'mark') clock.advance(1)
    }
    const { found } = await find()
    expect(found).toBeInstanceOf(Grant)
  })
})

describe('a change', () => {
  test('from before the look does not concern what is found', async () => {
    const { state, put, entry, seek, reader, remembered } = await searching()
    await put(entry({}))
    const load = seek()
    state.recollection.keys.mark('k')
    state.recollection.tags.mark('t')
    await new StoreSearch(state, reader, () => {}).run(load)
    expect(remembered()?.value).toBe('value')
    expect(load.flight.tagTick).toBe(state.recollection.tags.now)
  })

  test('during the look keeps what is found out of memory', async () => {
    const { state, put, entry, find, act, remembered } = await searching()
    await put(entry({}))
    act.before = async () => void state.recollection.keys.mark('k')
    await find()
    expect(remembered()).toBeUndefined()
  })
})

describe('what memory has and may not trust', () => {
  const large = 'x'.repeat(3_000)
  const ends = { eagerAt: 5_000, staleAt: 10_000, errorUntil: 20_000 }

  /** A cache that has read a large entry and then heard nothing of its changes. */
  async function suspecting() {
    const scene = await searching()
    await scene.put(scene.entry(ends, { value: large }))
    await scene.find()
    await scene.clock.pass(6_000)
    scene.asked.length = 0
    const verbs = () => scene.asked.map(({ verb }) => verb)
    return { ...scene, verbs }
  }

  test('is confirmed without its value', async () => {
    const { find, verbs } = await suspecting()
    expect((await find()).found).toMatchObject({ value: large, outcome: 'hit' })
    expect(verbs()).toContain('head')
    expect(verbs()).not.toContain('read')
  })

  test.each([{ renewal: true }, { refresh: true }])('is read by who will load: %o', async (who) => {
    const { find, verbs } = await suspecting()
    expect((await find(who)).found).toBeInstanceOf(Grant)
    expect(verbs()).toContain('read')
    expect(verbs()).not.toContain('head')
  })

  test('and expires while that is confirmed, is looked for anew', async () => {
    const { clock, find, act } = await suspecting()
    act.before = async (verb) => {
      if (verb === 'head') clock.advance(100)
    }
    await clock.pass(3_900)
    const { found } = await find()
    expect(found).toBeInstanceOf(Grant)
  })
})

describe('of a store that does not answer', () => {
  test.each([
    ['who has something stale', { errorUntil: 1_000 }, false, 100],
    ['who has nothing any more', { errorUntil: 0 }, false, 500],
    ['who has nothing', undefined, false, 500],
    ['who renews what is served meanwhile', { errorUntil: 1_000 }, true, 500],
  ])('%s, waits no longer than that is worth', async (_, ends, renewal, patience) => {
    const { clock, seek, state, reader, entry, act, errors } = await searching()
    act.before = () => new Promise(() => {})
    const fallback = ends && entry({ staleAt: 0, ...ends })
    const load = seek({ renewal, ...(fallback && { fallback }) })
    let ended: unknown
    void new StoreSearch(state, reader, () => {}).run(load).then((found) => {
      ended = found ?? 'nothing'
    })
    await settle()
    await clock.pass(patience - 1)
    expect(ended).toBeUndefined()
    await clock.pass(1)
    expect(ended).toBe('nothing')
    expect(errors.join()).toContain(`took longer than ${patience} ms`)
  })
})
