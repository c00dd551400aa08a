import { describe, expect, test, vi } from 'vitest'
import { Lease } from '../../src/core/behind/lease.ts'
import { StoreDownError, StoreError, StoreTimeoutError } from '../../src/kernel/errors.ts'
import { leaseTime, openState } from './open-state.ts'

/** A key of which the store has nothing, or a live entry, and how to take its lease. */
async function leasing(has: 'nothing' | 'an entry') {
  const opened = await openState()
  const { state, open, place, write } = opened
  if (has === 'an entry') await write('old', ['tag'])
  const read = () => open.read(place)
  const take = async () => Lease.take(state, open, place, await read())
  return { ...opened, read, take }
}

/** Takes the lease where that succeeds. */
async function held(has: 'nothing' | 'an entry') {
  const scene = await leasing(has)
  const lease = await scene.take()
  if (lease === undefined) throw new Error('Expected the lease')
  return { ...scene, lease }
}

describe('a lease', () => {
  test('stands where nothing was, and is taken by one of those who saw nothing', async () => {
    const { state, open, place, clock, read } = await leasing('nothing')
    const reading = await read()
    const takers = [1, 2].map(() => Lease.take(state, open, place, reading))
    const taken = (await Promise.all(takers)).filter((lease) => lease !== undefined)
    expect(taken).toHaveLength(1)
    const leaseUntil = clock.now() + leaseTime
    expect(await read()).toMatchObject({ state: 'lease', leaseUntil })
  })

  test('stands in the entry that is served meanwhile', async () => {
    const { clock, read } = await held('an entry')
    const leaseUntil = clock.now() + leaseTime
    expect(await read()).toMatchObject({ state: 'live', envelope: { leaseUntil } })
  })

  test('takes the place of an entry that is invalidated, so that everybody sees it', async () => {
    const { open, read, take } = await leasing('an entry')
    await open.marks.renew(['tag'])
    expect(await read()).toMatchObject({ state: 'invalidated' })
    expect(await take()).toBeInstanceOf(Lease)
    expect(await read()).toMatchObject({ state: 'lease' })
  })

  test('is renewed after each third of its time, for as long as the load takes', async () => {
    const { clock, store, read } = await held('nothing')
    const replaceMany = vi.spyOn(store, 'replaceMany')
    expect([clock.pending('background'), clock.pending('foreground')]).toEqual([1, 0])
    await clock.pass(leaseTime / 3 - 1)
    expect(replaceMany).not.toHaveBeenCalled()
    await clock.pass(1)
    expect(replaceMany).toHaveBeenCalledTimes(1)
    await clock.pass(10 * leaseTime)
    expect(replaceMany).toHaveBeenCalledTimes(31)
    expect(await read()).toMatchObject({ state: 'lease', leaseUntil: clock.now() + leaseTime })
  })

  test('is not renewed once somebody else has written the key', async () => {
    const { clock, read, write } = await held('nothing')
    await write('new')
    await clock.pass(leaseTime)
    expect(clock.pending()).toBe(0)
    expect(await read()).toMatchObject({ state: 'live', entry: { value: 'new' } })
  })
})

describe('what ends a lease', () => {
  test('puts what was loaded in its place, and leaves no timer', async () => {
    const { lease, open, place, entry, clock, read } = await held('nothing')
    const versions = await open.marks.ensure(place.space.generations, Infinity)
    expect(await lease.fill(open.seal(place, entry('new'), versions))).toBe(true)
    expect(clock.pending()).toBe(0)
    expect(await read()).toMatchObject({ state: 'live', entry: { value: 'new' } })
  })

  test('leaves nothing where nothing was, and no timer', async () => {
    const { lease, clock, read } = await held('nothing')
    await lease.release(0)
    expect(clock.pending()).toBe(0)
    expect(await read()).toEqual({ state: 'absent' })
  })

  test('leaves the entry as it was, which nobody renews, nor before the instant that is said', async () => {
    const { lease, clock, read } = await held('an entry')
    const retryAt = clock.now() + 10_000
    await lease.release(retryAt)
    const envelope = { leaseUntil: 0, retryAt }
    expect(await read()).toMatchObject({ state: 'live', entry: { value: 'old' }, envelope })
    expect(clock.pending()).toBe(0)
  })
})

/** A lease that nobody holds would be waited for until it ends; beside an entry nobody waits. */
describe('where the store does not say whether a lease stands', () => {
  test.each([
    ['nothing', 1],
    ['an entry', 0],
  ] as const)('after it was to be taken, beside %s', async (has, deferred) => {
    const { state, store, clock, read, take } = await leasing(has)
    const before = await read()
    const { addMany, replaceMany } = store
    vi.spyOn(store, 'addMany').mockImplementationOnce(async (records) => {
      await addMany.call(store, records)
      throw new Error('connection lost')
    })
    vi.spyOn(store, 'replaceMany').mockImplementationOnce(async (changes) => {
      await replaceMany.call(store, changes)
      throw new Error('connection lost')
    })
    await expect(take()).rejects.toThrow(StoreError)
    expect(state.backend.unrepaired).toBe(deferred)
    await clock.pass(1_000)
    expect((await read()).state).toBe(before.state)
  })

  test.each([
    ['nothing', 1],
    ['an entry', 0],
  ] as const)('after it was given up, beside %s', async (has, deferred) => {
    const { lease, state, store, clock, read } = await held(has)
    vi.spyOn(store, 'replaceMany').mockRejectedValueOnce(new Error('connection lost'))
    await expect(lease.release(0)).rejects.toThrow(StoreError)
    expect(state.backend.unrepaired).toBe(deferred)
    await clock.pass(1_000)
    expect((await read()).state).toBe(has === 'nothing' ? 'absent' : 'live')
  })

  test('nothing is made good of what it was not asked', async () => {
    const { state, open, place, read } = await leasing('nothing')
    const reading = await read()
    state.backend.failed(new StoreTimeoutError('too late'))
    await expect(Lease.take(state, open, place, reading)).rejects.toThrow(StoreDownError)
    expect(state.backend.unrepaired).toBe(0)
  })
})
