import { describe, expect, test } from 'vitest'
import { Grant } from '../../src/core/behind/grant.ts'
import { Lease } from '../../src/core/behind/lease.ts'
import { StoreBudget } from '../../src/core/behind/store-budget.ts'
import { anyTag } from '../../src/core/keyspace.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { openState } from './open-state.ts'

/** A load of a key that knew of no tags when it began. */
async function granted() {
  const opened = await openState()
  const { state, open, place } = opened
  const names = [anyTag, ...place.space.generations]
  const [anyVersion, ...versions] = await open.marks.ensure(names, Infinity)
  const reading = await open.read(place)
  const lease = await Lease.take(state, open, place, reading)
  const budget = new StoreBudget(state, 'a load', 500)
  const grant = new Grant({ open, place, versions, anyVersion, lease, reading, budget })
  return { ...opened, grant }
}

describe('what depends on a tag that the loader chose', () => {
  test('is filled in where nothing was invalidated meanwhile', async () => {
    const { grant, entry, open, place } = await granted()
    expect(await grant.fill(entry('new', ['late']))).toBe(true)
    expect(await open.read(place)).toMatchObject({ state: 'live', entry: { tags: ['late'] } })
  })

  test.each([
    ['something was', async () => {}],
    [
      'the store has lost whether something was',
      async ({ open, place }: Awaited<ReturnType<typeof openState>>) => {
        await open.store.remove([place.space.markKey(anyTag)])
      },
    ],
  ])('is not filled in where %s', async (_, lose) => {
    const scene = await granted()
    const { grant, entry, open, place } = scene
    await open.marks.renew([anyTag])
    await lose(scene)
    expect(await grant.fill(entry('new', ['late']))).toBe(false)
    expect(await open.read(place)).toMatchObject({ state: 'lease' })
    expect(await grant.fill(entry('new'))).toBe(true)
  })
})

test('what may have been filled in without a lease is deleted: it could outlive a change', async () => {
  const clock = fakeClock()
  const { addMany, replaceMany, ...store } = memoryStore({ clock })
  const { setMany } = store
  const cache = createCache({ clock, store, onEvent() {} })
  const answer = await cache.getOrSet('k', async () => {
    store.setMany = async (records) => {
      store.setMany = setMany
      await setMany(records)
      throw new Error('connection lost')
    }
    return 'loaded'
  })
  expect(answer).toBe('loaded')
  const other = createCache({ clock, store })
  expect(await other.get('k')).toBe('loaded')
  await clock.pass(1_000)
  expect(await createCache({ clock, store }).get('k')).toBe(undefined)
  await Promise.all([cache.close(), other.close()])
})
