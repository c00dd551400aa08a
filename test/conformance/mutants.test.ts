import { describe, expect, test } from 'vitest'
import type { Store } from '../../src/contracts/store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { storeCases } from '../../src/testing/store-cases.ts'
import { storeWorld } from '../../src/testing/store-world.ts'
import { addMutants } from './mutants/add-mutants.ts'
import { batchMutants } from './mutants/batch-mutants.ts'
import { bytesMutants } from './mutants/bytes-mutants.ts'
import { expiryMutants } from './mutants/expiry-mutants.ts'
import { headMutants } from './mutants/head-mutants.ts'
import { incrementMutants } from './mutants/increment-mutants.ts'
import { keyMutants } from './mutants/key-mutants.ts'
import { type Mutant, maxBytes } from './mutants/mutant.ts'
import { replaceMutants } from './mutants/replace-mutants.ts'
import { upkeepMutants } from './mutants/upkeep-mutants.ts'

const mutants = [
  ...batchMutants,
  ...bytesMutants,
  ...keyMutants,
  ...expiryMutants,
  ...addMutants,
  ...replaceMutants,
  ...incrementMutants,
  ...headMutants,
  ...upkeepMutants,
]

/** Names of the cases, of all or one, that the mutant does not pass. */
async function failuresOf(mutate: Mutant['mutate'], only?: string): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of storeCases) {
    if (only !== undefined && name !== only) continue
    const clock = fakeClock()
    const store = memoryStore({ clock, maxBytes })
    if (!isComplete(store)) throw new Error('The reference lacks a capability')
    const mutant: Store = { ...store, ...mutate(store, clock) }
    await run(mutant, storeWorld({ clock, tooLarge: maxBytes + 1 })).catch(() => failed.push(name))
  }
  return failed
}

function isComplete(store: Store): store is Required<Store> {
  const { addMany, replaceMany, incrementMany, getHeads, scan, prune, usage } = store
  return ![addMany, replaceMany, incrementMany, getHeads, scan, prune, usage].includes(undefined)
}

test('the reference passes every case', async () => {
  expect(await failuresOf(() => ({}))).toEqual([])
})

describe('a store that', () => {
  test.each(mutants)('$name does not pass "$killer"', async ({ killer, mutate }) => {
    expect(await failuresOf(mutate, killer)).toEqual([killer])
  })
})

test('every case kills a mutant', () => {
  const killers = new Set(mutants.map(({ killer }) => killer))
  expect(storeCases.map(({ name }) => name).filter((name) => !killers.has(name))).toEqual([])
})
