import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Bytes, Store, StoreRecord } from '../../src/contracts/store.ts'
import { addToCounter } from '../../src/kernel/counter.ts'
import { hasStamp } from '../../src/kernel/stamp.ts'
import { lmdbStore } from '../../src/stores/lmdb.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { counted, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { inspect } from '../e2e/inspect-lmdb.ts'

const maxBytes = 8 * 1024 ** 2

/** Among them keys that only just are, or are not, rows by themselves. */
const keys = [
  'a',
  'b',
  '\0',
  '\ud800',
  'é',
  '世',
  'x'.repeat(1977),
  'x'.repeat(1978),
  '世'.repeat(4096),
]
const key = fc.constantFrom(...keys)
/** It takes several transactions: counters have one. */
const largest = 300_000
/** Around the limits: of a shared page, of a page, of a transaction. */
const size = fc.constantFrom(0, 1, 100, 3900, 4100, 8140, 8168, 8200, 20_000, largest)
const draft = fc.record({
  key,
  stamp: fc.nat(3),
  size,
  life: fc.constantFrom(-1, 0, 500, 1000, 5000, Infinity),
  keep: fc.boolean(),
  counts: fc.boolean(),
})
type Draft = typeof draft extends fc.Arbitrary<infer D> ? D : never

const write = fc.oneof(
  fc.record({ type: fc.constant('set' as const), drafts: fc.array(draft, { maxLength: 5 }) }),
  fc.record({ type: fc.constant('add' as const), drafts: fc.array(draft, { maxLength: 5 }) }),
  fc.record({
    type: fc.constant('replace' as const),
    drafts: fc.array(fc.tuple(draft, fc.nat(3), fc.boolean()), { maxLength: 5 }),
  }),
  fc.record({
    type: fc.constant('increment' as const),
    increments: fc.array(fc.record({ key, by: fc.integer(), stamp: fc.nat(3).map(stampFrom) }), {
      maxLength: 5,
    }),
  }),
  fc.record({ type: fc.constant('delete' as const), keys: fc.array(key, { maxLength: 5 }) }),
)
type Write = typeof write extends fc.Arbitrary<infer W> ? W : never

const step = fc.oneof(
  { weight: 6, arbitrary: fc.array(write, { minLength: 1, maxLength: 4 }) },
  { weight: 2, arbitrary: fc.constantFrom(1, 499, 500, 5000) },
  { weight: 1, arbitrary: fc.constantFrom('prune' as const, 'reopen' as const) },
)

/** What a store is: a map that keeps what has expired until it is written over or pruned. */
class Model {
  readonly held = new Map<string, { readonly value: Bytes; readonly expiresAt: number }>()
  now: number

  constructor(now: number) {
    this.now = now
  }

  live(key: string): Bytes | undefined {
    const there = this.held.get(key)
    return there && there.expiresAt > this.now ? there.value : undefined
  }

  put(key: string, record: StoreRecord | undefined): void {
    if (record && record.expiresAt > this.now) this.held.set(key, record)
    else this.held.delete(key)
  }

  write(one: Write): unknown {
    switch (one.type) {
      case 'set':
        for (const draft of one.drafts) this.put(draft.key, this.record(draft))
        return []
      case 'add':
        return one.drafts.map((draft) => {
          if (this.live(draft.key)) return false
          this.put(draft.key, this.record(draft))
          return true
        })
      case 'replace':
        return one.drafts.map(([draft, stamp, removes]) => {
          const value = this.live(draft.key)
          if (!value || !hasStamp(value, stampFrom(stamp))) return false
          this.put(draft.key, removes ? undefined : this.record(draft))
          return true
        })
      case 'increment':
        return one.increments.map(({ key, by, stamp }) => {
          const value = this.live(key)
          const next = value && addToCounter(value, by, stamp)
          const there = this.held.get(key)
          if (there && next) this.held.set(key, { ...there, value: next })
          return shown(next)
        })
      case 'delete':
        return one.keys.map((key) => {
          if (!this.live(key)) return false
          return this.held.delete(key)
        })
    }
  }

  prune(): number {
    const dead = [...this.held].filter(([, { expiresAt }]) => expiresAt <= this.now)
    for (const [key] of dead) this.held.delete(key)
    return dead.length
  }

  record({ key, stamp, size, life, keep, counts }: Draft): StoreRecord {
    const text = 'v'.repeat(size)
    const value = counts && size < largest ? counted(stamp, size, text) : stamped(stamp, text)
    return { key, value, expiresAt: this.now + life, keep }
  }
}

function perform(store: Required<Store>, model: Model, one: Write): Promise<unknown> {
  switch (one.type) {
    case 'set':
      return store.setMany(one.drafts.map((draft) => model.record(draft)))
    case 'add':
      return store.addMany(one.drafts.map((draft) => model.record(draft)))
    case 'replace':
      return store.replaceMany(
        one.drafts.map(([draft, stamp, removes]) => ({
          key: draft.key,
          stamp: stampFrom(stamp),
          record: removes ? undefined : model.record(draft),
        })),
      )
    case 'increment':
      return store.incrementMany(one.increments).then((answers) => answers.map(shown))
    case 'delete':
      return store.deleteMany(one.keys)
  }
}

/** Strings are compared faster than arrays. */
function shown(value: Bytes | undefined): string | undefined {
  return value && Buffer.from(value).toString('latin1')
}

async function follow(
  directory: string,
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
): Promise<void> {
  const clock = fakeClock()
  const model = new Model(clock.now())
  const open = () => lmdbStore({ directory, maxBytes, clock }) as Required<Store>
  let store = open()
  for (const one of steps) {
    if (typeof one === 'number') {
      clock.advance(one)
      model.now += one
    } else if (one === 'prune') {
      expect(await store.prune()).toBe(model.prune())
    } else if (one === 'reopen') {
      await store.close()
      store = open()
    } else {
      const answers = await Promise.all(one.map((write) => perform(store, model, write)))
      expect(answers).toEqual(one.map((write) => model.write(write)))
    }
    const found = await store.getMany(keys)
    expect(found.map(shown)).toEqual(keys.map((key) => shown(model.live(key))))
  }
  await store.close()
  const { faults, keys: held, remains } = await inspect(directory)
  expect({ faults, remains }).toEqual({ faults: [], remains: 0 })
  expect(held).toEqual(new Set(model.held.keys()))
}

test('it is a map that forgets, and its tables agree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const directory = await mkdtemp(join(tmpdir(), 'hotset-lmdb-'))
      try {
        await follow(directory, steps)
      } finally {
        await rm(directory, { recursive: true })
      }
    }),
    { numRuns: 60 },
  )
})
