import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Store } from '../../src/contracts/store.ts'
import { readEnvelope, writeLease, writeMark } from '../../src/core/behind/envelope.ts'
import { Marks } from '../../src/core/behind/marks.ts'
import { StoreTier } from '../../src/core/behind/store-tier.ts'
import { stampSource } from '../../src/kernel/random.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

const hour = 3_600_000
const day = 24 * hour
const stamp = stampSource()
const keyOf = (name: string) => `#${name}`

/** Marks in a store, and those that another process has there: `plain` cannot compare and set. */
function marking() {
  const clock = fakeClock()
  const now = clock.now()
  const store = memoryStore({ clock }) as Required<Store>
  const { addMany, replaceMany, ...simple } = store
  const over = (store: Store) => new Marks(new StoreTier(store, clock, 500), clock, stamp, keyOf)
  const plain: Store = { ...simple }
  /** What the store has under the key of a mark. */
  const inStore = async (name: string) => {
    const [bytes] = await store.getMany([keyOf(name)])
    return bytes && readEnvelope(bytes, keyOf(name))
  }
  return { clock, now, store, plain, over, marks: over(store), inStore }
}

describe('a mark is kept', () => {
  test.each([
    ['a day at least', 'tag', 1, day],
    ['a day where an entry needs it for half of one', 'tag', day / 2, day],
    ['twice as long as the entry that needs it', 'tag', 10 * day, 20 * day],
    ['for ever where it is a generation', '\0', hour, Infinity],
    ['for ever where it is a namespace’s generation', '\0/space', hour, Infinity],
  ])('%s', async (_, name, until, kept) => {
    const { now, store, marks, inStore } = marking()
    const addMany = vi.spyOn(store, 'addMany')
    const [version] = await marks.ensure([name], now + until)
    const record = { key: keyOf(name), expiresAt: now + kept, keep: true }
    expect(addMany).toHaveBeenCalledExactlyOnceWith([expect.objectContaining(record)])
    const mark = { kind: 'mark', stamp: version?.version, keptUntil: now + kept }
    expect(await inStore(name)).toMatchObject(mark)
    expect(version?.tag).toBe(name)
  })

  test.each([
    ['tag', day],
    ['\0', Infinity],
  ])('so long when it is renewed: %j', async (name, kept) => {
    const { now, store, marks } = marking()
    const setMany = vi.spyOn(store, 'setMany')
    await marks.renew([name])
    const record = { key: keyOf(name), expiresAt: now + kept, keep: true }
    expect(setMany).toHaveBeenCalledExactlyOnceWith([expect.objectContaining(record)])
  })

  test('for ever where the store cannot compare and set, as it could not be kept longer', async () => {
    const { now, plain, over } = marking()
    const setMany = vi.spyOn(plain, 'setMany')
    await over(plain).ensure(['tag'], now + hour)
    const record = { key: '#tag', expiresAt: Infinity, keep: true }
    expect(setMany).toHaveBeenCalledExactlyOnceWith([expect.objectContaining(record)])
  })
})

describe('a mark that is there', () => {
  test.each([
    ['is left where it is kept long enough', day, 0, day],
    ['is kept longer where it is not', day + 1, 1, 2 * (day + 1)],
  ])('%s, and its version stays', async (_, until, times, kept) => {
    const { now, store, marks, inStore } = marking()
    const replaceMany = vi.spyOn(store, 'replaceMany')
    const first = await marks.ensure(['tag'], now + 1)
    expect(await marks.ensure(['tag'], now + until)).toEqual(first)
    expect(replaceMany).toHaveBeenCalledTimes(times)
    expect(await inStore('tag')).toMatchObject({ keptUntil: now + kept })
  })

  test('is left where the store cannot compare and set, however long it is kept', async () => {
    const { now, store, plain, over } = marking()
    const first = await over(store).ensure(['tag'], now + 1)
    expect(await over(plain).ensure(['tag'], now + 10 * day)).toEqual(first)
  })

  test('has the version that another process gave it, who was faster than this one', async () => {
    const { now, store, marks, over } = marking()
    await marks.ensure(['tag'], now + 1)
    const { replaceMany } = store
    store.replaceMany = async (changes) => {
      store.replaceMany = replaceMany
      await over(store).renew(['tag'])
      return replaceMany.call(store, changes)
    }
    const [longer] = await marks.ensure(['tag'], now + 10 * day)
    expect([longer?.version]).toEqual(await marks.read(['tag']))
  })
})

describe('a mark that is missing', () => {
  test('has the version of whoever began it last, where the store cannot compare and set', async () => {
    const { now, plain, over } = marking()
    const { setMany } = plain
    plain.setMany = async (records) => {
      plain.setMany = setMany
      const refused = await setMany(records)
      await over(plain).renew(['tag'])
      return refused
    }
    const marks = over(plain)
    const [begun] = await marks.ensure(['tag'], now + hour)
    expect([begun?.version]).toEqual(await marks.read(['tag']))
  })

  test('is begun at the third attempt, where others were faster and theirs are gone again', async () => {
    const { now, store, marks } = marking()
    const setMany = vi.spyOn(store, 'setMany')
    vi.spyOn(store, 'addMany').mockResolvedValueOnce([false]).mockResolvedValueOnce([false])
    const [begun] = await marks.ensure(['tag'], now + hour)
    expect([begun?.version]).toEqual(await marks.read(['tag']))
    expect(setMany).not.toHaveBeenCalled()
  })

  test('takes the place of what cannot be read, after three attempts', async () => {
    const { now, store, marks } = marking()
    const value = new TextEncoder().encode('what somebody else has put there')
    await store.setMany([{ key: '#tag', value, expiresAt: Infinity }])
    const getMany = vi.spyOn(store, 'getMany')
    const [begun] = await marks.ensure(['tag'], now + hour)
    expect(getMany).toHaveBeenCalledTimes(3)
    expect([begun?.version]).toEqual(await marks.read(['tag']))
  })
})

test('what is under the key of a mark and is none has no version', async () => {
  const { now, store, marks } = marking()
  await store.setMany([
    { key: '#mark', value: writeMark('#mark', Infinity, stamp()), expiresAt: Infinity },
    { key: '#other', value: writeMark('#mark', Infinity, stamp()), expiresAt: Infinity },
    { key: '#lease', value: writeLease('#lease', now, now, stamp()), expiresAt: Infinity },
  ])
  const versions = await marks.read(['mark', 'other', 'lease', 'nothing'])
  expect(versions).toEqual([expect.any(Uint8Array), undefined, undefined, undefined])
})

test('an old version does not stay where the store refuses the new one', async () => {
  const { now, store, marks } = marking()
  await marks.ensure(['tag'], now + hour)
  vi.spyOn(store, 'setMany').mockResolvedValueOnce(['#tag'])
  await marks.renew(['tag'])
  expect(await marks.read(['tag'])).toEqual([undefined])
})

describe('who asks for versions', () => {
  const names = ['\0']

  test('shares the answer with those who ask for the same in one batch', async () => {
    const { now, store, marks } = marking()
    await marks.ensure(names, now + hour)
    const getMany = vi.spyOn(store, 'getMany')
    const asked = marks.ask(names)
    expect(marks.ask(names)).toBe(asked)
    expect(marks.ask([...names, 'tag'])).not.toBe(asked)
    await asked.answered
    expect(getMany).toHaveBeenCalledTimes(1)
    expect(asked.known).toEqual(await asked.answered)
  })

  test('is told what came to be since the last batch', async () => {
    const { marks } = marking()
    for (let round = 0; round < 3; round++) {
      const before = await marks.read(names)
      await marks.renew(names)
      const after = await marks.read(names)
      expect(after).not.toEqual(before)
    }
  })

  test('need not wait for an answer that fails', async () => {
    const { store, marks } = marking()
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    onTestFinished(() => void process.off('unhandledRejection', unhandled))
    vi.spyOn(store, 'getMany').mockRejectedValueOnce(new Error('no such server'))
    marks.ask(names)
    // Where the process tells of what nobody handles: at the end of this turn.
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).not.toHaveBeenCalled()
  })
})
