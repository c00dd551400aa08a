import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Grant } from '../../src/core/behind/grant.ts'
import { StoreSearch } from '../../src/core/behind/store-search.ts'
import { Listener } from '../../src/core/wakers.ts'
import { settle } from '../../src/testing/fake-clock.ts'
import { type Sought, searchScene } from './search-scene.ts'

/** What a search does about leases: its own, and those of others. */

async function searching(options?: Parameters<typeof searchScene>[0]) {
  const scene = await searchScene(options)
  const search = new StoreSearch(scene.state, scene.reader, () => {})
  /** Begins one; `ended` is what it ends with, once it has. */
  const begin = (sought?: Sought) => {
    const load = scene.seek(sought)
    const run: { load: typeof load; ended?: unknown } = { load }
    search.run(load).then(
      (found) => (run.ended = found ?? 'nothing'),
      (error) => (run.ended = error),
    )
    return run
  }
  const adds = () => scene.asked.filter(({ verb }) => verb === 'add').length
  return { ...scene, begin, adds }
}

/** Lets all of a search happen that takes no time. */
async function rest(): Promise<void> {
  for (let times = 0; times < 10; times++) await settle()
}

function grantIn({ ended }: { ended?: unknown }): Grant {
  if (ended instanceof Grant) return ended
  throw new Error(`It ended with ${String(ended)}`)
}

describe('where nobody holds a lease', () => {
  test('it takes one, and counts what the store did not have', async () => {
    const { state, begin } = await searching()
    const run = begin()
    await rest()
    expect(grantIn(run).lease).toBeDefined()
    expect(state.counters).toMatchObject({ storeMisses: 1, awaited: 0 })
  })

  test('and it is refused nevertheless, it loads without after three times', async () => {
    const { state, begin, act, adds } = await searching()
    act.refuses = true
    const run = begin()
    await rest()
    expect(grantIn(run).lease).toBeUndefined()
    expect(adds()).toBe(3)
    expect(state.counters.storeMisses).toBe(1)
  })

  test('refusals from before somebody held one do not count', async () => {
    const { clock, begin, act, hold, drop, adds } = await searching()
    act.refuses = true
    act.before = async (verb) => {
      if (verb === 'add' && adds() === 2) await hold(5_000)
    }
    const run = begin()
    await rest()
    expect(run.ended).toBeUndefined()
    await drop()
    await clock.pass(50)
    await rest()
    expect(grantIn(run).lease).toBeUndefined()
    expect(adds()).toBe(2 + 3)
  })

  test('a tag is kept for as long as what is loaded may live', async () => {
    const { begin, open, clock } = await searching()
    const run = begin({ ttl: '100d', jitter: 0.9, tags: ['t'] })
    await rest()
    const before = await open.marks.read(['t'])
    expect(grantIn(run)).toBeDefined()
    clock.jump(2 * 100 * 86_400_000 - 1)
    expect(await open.marks.read(['t'])).toEqual(before)
  })
})

describe('while somebody else holds the lease', () => {
  test('it looks again once it listens, after two milliseconds and ever more rarely, until what was loaded is there', async () => {
    const { clock, state, begin, hold, put, entry, looks } = await searching()
    await hold(5_000)
    const onWait = vi.fn()
    const run = begin({ onWait })
    await clock.pass(500)
    const at = looks()
    const pauses = at.slice(1).map((ms, i) => ms - (at[i] as number))
    expect(pauses.slice(0, 4)).toEqual([0, 2, 3, 4.5])
    expect(pauses.toSorted((a, b) => a - b)).toEqual(pauses)
    expect(pauses.at(-1)).toBe(50)
    expect(onWait).toHaveBeenCalled()
    await put(entry({}))
    await clock.pass(50)
    expect(run.ended).toMatchObject({ value: 'value', outcome: 'hit' })
    expect(state.counters).toMatchObject({ awaited: 1, storeMisses: 0 })
  })

  test('it looks when that ends, and takes it then', async () => {
    const { clock, begin, hold, looks } = await searching()
    await hold(1)
    const run = begin()
    await clock.pass(10)
    expect(looks()).toEqual([0, 0, 1])
    expect(grantIn(run).lease).toBeDefined()
  })

  test('it looks at once when it hears of a change, and once for each; afterwards it hears nothing', async () => {
    const { begin, hold, drop, state, looks } = await searching()
    await hold(5_000)
    const hear = vi.spyOn(Listener.prototype, 'hear')
    onTestFinished(() => hear.mockRestore())
    const run = begin()
    await rest()
    state.wakers.wake('k')
    await rest()
    expect(looks()).toEqual([0, 0, 0])
    await drop()
    state.wakers.wake('k')
    await rest()
    expect(grantIn(run).lease).toBeDefined()
    expect(hear).toHaveBeenCalledTimes(2)
    state.wakers.wake('k')
    expect(hear).toHaveBeenCalledTimes(2)
  })

  test('it waits as long as it may, then loads without, and does not touch the lease', async () => {
    const { clock, begin, hold, asked, state } = await searching({ leaseWait: 100 })
    await hold(5_000)
    const run = begin()
    await clock.pass(99)
    expect(run.ended).toBeUndefined()
    clock.jump(1)
    state.wakers.wake('k')
    await rest()
    expect(grantIn(run).lease).toBeUndefined()
    expect(asked.filter(({ verb }) => verb !== 'read' && verb !== 'mark')).toEqual([])
  })

  test('who must load in any case does not wait', async () => {
    const { begin, hold } = await searching()
    await hold(5_000)
    const run = begin({ refresh: true })
    await rest()
    expect(grantIn(run).lease).toBeDefined()
  })

  test('who is given up by all who waited ends at the next look', async () => {
    const { clock, begin, hold } = await searching()
    await hold(5_000)
    const run = begin()
    await rest()
    run.load.flight.leave()
    await clock.pass(50)
    expect(run.ended).toMatchObject({ name: 'AbortError' })
  })

  test.each([
    ['has expired meanwhile', { staleAt: 10, revalidateUntil: 1_000 }],
    ['would do for a failure alone', { staleAt: 10, errorUntil: 60_000 }],
  ])('one on an entry that %s is a lease as well', async (_, lifetime) => {
    const { clock, begin, put, entry } = await searching()
    await put(entry(lifetime), 5_000)
    await clock.pass(2_000)
    const run = begin()
    await clock.pass(100)
    expect(run.ended).toBeUndefined()
    await clock.pass(3_000)
    expect(grantIn(run).lease).toBeDefined()
  })

  test.each([
    [5_000, 250],
    [100, 100],
  ])('a renewal leaves it to them, and the stale entry for a while: %d', async (until, retryAt) => {
    const { clock, begin, hold, entry } = await searching()
    await hold(until)
    const fallback = entry({ staleAt: 0, errorUntil: 60_000 })
    const run = begin({ renewal: true, fallback })
    await rest()
    const { createdAt } = fallback
    expect(run.ended).toEqual({ value: 'value', outcome: 'stale', createdAt })
    expect(fallback.retryAt).toBe(clock.now() + retryAt)
  })

  test('who has nothing to serve, or is waited for, waits', async () => {
    for (const renewal of [false, true]) {
      const { clock, begin, hold, entry } = await searching()
      await hold(5_000)
      const run = begin({ renewal, ...(!renewal && { fallback: entry({ errorUntil: 70_000 }) }) })
      await clock.pass(100)
      expect(run.ended).toBeUndefined()
    }
  })
})

describe('a store that is merely slow', () => {
  /** Each operation takes so many milliseconds. */
  const slow = (scene: Awaited<ReturnType<typeof searching>>, ms: Record<string, number>) => {
    scene.act.before = (verb) =>
      new Promise((resolve) => void scene.clock.schedule(ms[verb] ?? 0, resolve, 'foreground'))
  }

  test('is not asked for a lease when the time left would not do for it', async () => {
    const scene = await searching({ storeTimeout: 500 })
    slow(scene, { read: 400, mark: 150 })
    const run = scene.begin()
    await scene.clock.pass(2_000)
    expect(run.ended).toBe('nothing')
    expect(scene.adds()).toBe(0)
    expect(scene.errors.join()).toContain('kept a load of "k" waiting for too long')
  })

  test('is waited for no longer because it refuses', async () => {
    const scene = await searching({ storeTimeout: 500 })
    scene.act.refuses = true
    slow(scene, { read: 200, mark: 50, add: 200 })
    const run = scene.begin()
    await scene.clock.pass(5_000)
    expect(run.ended).toBe('nothing')
    expect(scene.adds()).toBeLessThan(3)
  })

  test('is not to blame for the time that somebody else takes to load', async () => {
    const scene = await searching({ storeTimeout: 500 })
    await scene.hold(2_000)
    slow(scene, { read: 200 })
    const run = scene.begin()
    await scene.clock.pass(3_000)
    expect(grantIn(run).lease).toBeDefined()
  })
})
