import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/contracts/clock.ts'
import type { Store } from '../../src/contracts/store.ts'
import { keyvStore } from '../../src/stores/keyv.ts'
import { unstorageStore } from '../../src/stores/unstorage.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { storeCases, storeCasesFor } from '../../src/testing/store-cases.ts'
import { storeWorld } from '../../src/testing/store-world.ts'
import { ExpiringAdapter, keepingAdapter, storage } from './backends.ts'

interface TestedStore {
  readonly name: string
  open(clock: Clock): Store
}

const stores: readonly TestedStore[] = [
  { name: 'keyv, a Map', open: (clock) => keyvStore(new Map<string, string>(), { clock }) },
  {
    name: 'keyv, an adapter that expires',
    open: (clock) => keyvStore(new ExpiringAdapter(clock), { clock }),
  },
  {
    name: 'keyv, an adapter that keeps for ever',
    open: (clock) => keyvStore(keepingAdapter(), { clock }),
  },
  ...(['bytes', 'text', 'expiring'] as const).map((driver) => ({
    name: `unstorage, a driver: ${driver}`,
    open: (clock: Clock) => unstorageStore(storage(driver, clock), { clock }),
  })),
]

describe.each(stores)('$name', ({ open }) => {
  const cases = storeCasesFor(open(fakeClock()))

  test.each(cases)('$name', async ({ run }) => {
    const clock = fakeClock(Date.now())
    await run(open(clock), storeWorld({ clock }))
  })

  test('every case is run that needs nothing of a store', () => {
    expect(cases).toEqual(storeCases.filter(({ needs }) => needs.length === 0))
  })
})
