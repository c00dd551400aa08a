import type { Replacement, Store, StoreRecord } from '../../../src/contracts/store.ts'
import type { FakeClock } from '../../../src/testing/fake-clock.ts'

/** A store that is wrong in one way: what a case is worth shows in whom it finds out. */
export interface Mutant {
  /** What it does wrong. */
  readonly name: string
  /** The case that must fail on it. */
  readonly killer: string
  /** What it does instead of the right store. */
  readonly mutate: (store: Required<Store>, clock: FakeClock) => Partial<Store>
}

export const maxBytes: number = 16 * 1024 * 1024

/** It sees other keys than it was given. */
export function refolded(fold: (key: string) => string): Mutant['mutate'] {
  const folded = <R extends { readonly key: string }>(item: R): R => ({
    ...item,
    key: fold(item.key),
  })
  return (store) => ({
    getMany: (keys) => store.getMany(keys.map(fold)),
    setMany: (records) => store.setMany(records.map(folded)),
    deleteMany: (keys) => store.deleteMany(keys.map(fold)),
    addMany: (records) => store.addMany(records.map(folded)),
    replaceMany: (replacements) => store.replaceMany(replacements.map(folded)),
    incrementMany: (increments) => store.incrementMany(increments.map(folded)),
    getHeads: (keys, length) => store.getHeads(keys.map(fold), length),
  })
}

/** It writes other records than it was given. */
export function rewritten(
  change: (record: StoreRecord, clock: FakeClock) => StoreRecord,
): Mutant['mutate'] {
  return (store, clock) => ({
    setMany: (records) => store.setMany(records.map((record) => change(record, clock))),
  })
}

/** It makes other replacements than it was given, knowing the value that is there. */
export function replacing(
  change: (replacement: Replacement, value: Uint8Array | undefined) => Replacement,
): Mutant['mutate'] {
  return (store) => ({
    replaceMany: (replacements) =>
      inTurn(replacements, async (replacement) => {
        const [value] = await store.getMany([replacement.key])
        const [replaced] = await store.replaceMany([change(replacement, value)])
        return replaced ?? false
      }),
  })
}

/** It has another idea of how a key begins with a prefix. */
export function scanning(begins: (key: string, prefix: string) => boolean): Mutant['mutate'] {
  return (store) => ({
    async *scan(prefix) {
      for await (const key of store.scan('')) if (begins(key, prefix)) yield key
    },
  })
}

/** It knows which keys were ever written, whatever has become of them. */
export function remembering(
  differ: (store: Required<Store>, written: Set<string>) => Partial<Store>,
): Mutant['mutate'] {
  return (store) => {
    const written = new Set<string>()
    return {
      async setMany(records) {
        for (const { key } of records) written.add(key)
        return store.setMany(records)
      },
      ...differ(store, written),
    }
  }
}

export async function inTurn<Item, Answer>(
  items: readonly Item[],
  act: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const item of items) answers.push(await act(item))
  return answers
}

/** Lets whoever else is at work go on. */
export async function pause(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}
