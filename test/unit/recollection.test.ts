import { beforeEach, describe, expect, test } from 'vitest'
import type { Memory } from '../../src/contracts/memory.ts'
import { type Entry, type Kept, lifetimeFrom } from '../../src/core/entry.ts'
import { builtInDefaults } from '../../src/core/entry-options.ts'
import { isolations, Recollection } from '../../src/core/recollection.ts'
import { UsualEntries } from '../../src/core/usual-entries.ts'
import { MemoryTier } from '../../src/memory/memory-tier.ts'
import { lru } from '../../src/policies/lru.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'

let clock: FakeClock
let left: unknown[]
let memory: Memory<Kept>
let recollection: Recollection
let weigh: (value: unknown, key: string) => number

beforeEach(() => {
  clock = fakeClock()
  left = []
  memory = new MemoryTier<Kept>({
    ...{ maxEntries: 100, maxWeight: Infinity, policy: lru(), clock },
    onRemove: (key, _, reason) => left.push([key, reason]),
  })
  weigh = () => 1
  recollection = new Recollection({
    memory,
    usual: new UsualEntries(builtInDefaults, true),
    isolation: isolations.none,
    weigh: (value, key) => weigh(value, key),
    trust: () => 500,
  })
})

/** An entry that is fresh for a minute, and may be served for another where a load fails. */
function made(value: unknown, tags: readonly string[] = []): Entry {
  const options = { ...builtInDefaults, staleIfError: 60_000 }
  const lifetime = lifetimeFrom(options, 60_000, clock.now(), () => 0)
  return recollection.entry(value, lifetime, { tags })
}

function remember(key: string, kept: Kept, tick: number = recollection.keys.now): void {
  recollection.remember(key, kept, tick, clock.now())
}

const reads: [string, (key: string) => unknown][] = [
  ['recall', (key) => recollection.recall(key, clock.now())],
  ['glance', (key) => recollection.glance(key, clock.now())],
]

test('an entry of which nothing is said is as one that was just loaded', () => {
  recollection.tags.mark('t')
  recollection.suspectAll()
  const lifetime = lifetimeFrom(builtInDefaults, 1_000, clock.now(), () => 0)
  const loaded = { retryAt: 0, loadMs: 0, negative: false, tags: [], checked: 1, epoch: 1 }
  expect(recollection.entry('v', lifetime, {})).toMatchObject({ value: 'v', ...loaded })
  const said = { retryAt: 5, loadMs: 6, negative: true, tags: ['t'], checked: 0, epoch: 0 }
  expect(recollection.entry('v', lifetime, said)).toMatchObject(said)
})

describe.each(reads)('to %s', (_, read) => {
  test('hears what others changed before it looks', () => {
    remember('k', made(1))
    recollection.poll = () => recollection.forget('k', 'invalidated')
    expect(read('k')).toBe(undefined)
  })

  test('finds an entry as long as it is trusted', () => {
    const entry = made(1)
    remember('k', entry)
    clock.advance(499)
    expect(read('k')).toBe(entry)
    clock.advance(1)
    expect(read('k')).toBe(undefined)
  })

  test('finds neither entry nor value once changes may have been missed', () => {
    remember('entry', made(1))
    remember('value', 1)
    expect(read('entry')).not.toBe(undefined)
    expect(read('value')).not.toBe(undefined)
    recollection.suspectAll()
    expect(read('entry')).toBe(undefined)
    expect(read('value')).toBe(undefined)
    remember('entry', made(2))
    expect(read('entry')).toMatchObject({ value: 2 })
  })

  test('lets go, as invalidated, of what depends on a tag that changed', () => {
    remember('one', made(1, ['a', 'b']))
    remember('other', made(1, ['a', 'c']))
    remember('none', made(1))
    recollection.tags.mark('b')
    expect(read('one')).toBe(undefined)
    expect(left).toEqual([['one', 'invalidated']])
    expect(read('other')).toMatchObject({ value: 1 })
    expect(read('none')).toMatchObject({ value: 1 })
    expect(memory.size).toBe(2)
  })
})

test('what is read now and then is kept however many tags change meanwhile', () => {
  const [read, unread] = [made('read', ['t']), made('unread', ['t'])]
  remember('read', read)
  remember('unread', unread)
  for (let round = 0; round < 2; round++) {
    for (let tag = 0; tag < 16_384; tag++) recollection.tags.mark(`other ${tag + round / 2}`)
    expect(recollection.recall('read', clock.now())).toBe(read)
  }
  expect(recollection.recall('unread', clock.now())).toBe(undefined)
})

describe('what is to be remembered', () => {
  test('is not where its key changed since, nor is what was there before', () => {
    for (const kept of ['new', made('new', ['t'])]) {
      remember('k', made('old', ['t']))
      const tick = recollection.keys.now
      recollection.keys.mark('k')
      left = []
      remember('k', kept, tick)
      expect(memory.size).toBe(0)
      expect(left).toEqual([['k', 'invalidated']])
    }
  })

  test('is not where it was learned before changes may have been missed', () => {
    const learned = ['value', made('entry', ['t'])]
    recollection.suspectAll()
    for (const kept of learned) remember('k', kept)
    expect(memory.size).toBe(0)
  })

  test('is not where its load began before changes may have been missed', () => {
    const tick = recollection.keys.now
    recollection.suspectAll()
    remember('k', made('entry', ['t']), tick)
    expect(memory.size).toBe(0)
  })
})

describe('a suspect', () => {
  const suspect = () => recollection.suspect('k', clock.now())
  let entry: Entry

  beforeEach(() => {
    entry = made(1, ['t'])
    entry.stamp = 7
    remember('k', entry)
    recollection.suspectAll()
  })

  test('is asked about until it is stale', () => {
    clock.advance(59_999)
    expect(suspect()).toBe(entry)
    clock.advance(1)
    expect(memory.peek('k', clock.now())).toBe(entry)
    expect(suspect()).toBe(undefined)
  })

  test('is not asked about where one of its tags is known to have changed', () => {
    recollection.tags.mark('other')
    expect(suspect()).toBe(entry)
    recollection.tags.mark('t')
    expect(suspect()).toBe(undefined)
  })

  test('is none of which the write is not known', () => {
    entry.stamp = 0
    expect(suspect()).toBe(undefined)
  })
})

test('of what is made as usual the value alone will do', () => {
  expect([1, 'v', false, {}].map((value) => recollection.isUsual(value))).toEqual(
    Array(4).fill(true),
  )
  expect([null, undefined].map((value) => recollection.isUsual(value))).toEqual([false, false])
  remember('k', 'v')
  expect(memory.peek('k', clock.now())).toBe('v')
  const { staleAt } = recollection.whole('k', 'v')
  expect(staleAt).toBe(clock.now() + builtInDefaults.ttl)
})

describe('the weight', () => {
  test('is asked of the value alone, whatever that calls its own weight', () => {
    weigh = () => 2
    const heavy = { weight: 9 }
    remember('k', heavy)
    expect(memory.weight).toBe(2)
    expect(recollection.weightOf('k', made(heavy))).toBe(2)
  })

  test('may be nothing, and a fraction, but no less than nothing', () => {
    for (const weight of [0, 0.5]) {
      weigh = () => weight
      expect(recollection.weightOf('k', 'v')).toBe(weight)
    }
    weigh = () => -1
    expect(() => recollection.weightOf('k', 'v')).toThrow('weigh(value, key)')
  })
})
