import { Backend } from '../../src/core/behind/backend.ts'
import { Lease } from '../../src/core/behind/lease.ts'
import { OpenStore } from '../../src/core/behind/open-store.ts'
import { Publishers } from '../../src/core/behind/publishers.ts'
import { Repairs } from '../../src/core/behind/repairs.ts'
import { StoreSearch } from '../../src/core/behind/store-search.ts'
import { StoreTier } from '../../src/core/behind/store-tier.ts'
import { Synchronizer } from '../../src/core/behind/synchronizer.ts'
import { Recollection } from '../../src/core/recollection.ts'
import { ChangeLog } from '../../src/kernel/change-log.ts'
import type { ProfileName } from './profile.ts'

export interface Mutant {
  readonly name: string
  readonly profile: ProfileName
  /** Takes a safeguard away; answers what puts it back. */
  readonly mutate: () => () => void
}

/** Replaces a member of a class. */
function patch<T extends object, K extends keyof T>(
  owner: T,
  name: K,
  make: (original: T[K]) => T[K],
): () => void {
  const original = Object.getOwnPropertyDescriptor(owner, name)
  if (original === undefined) throw new Error(`There is no ${String(name)}`)
  Object.defineProperty(owner, name, { ...original, value: make(original.value as T[K]) })
  return () => void Object.defineProperty(owner, name, original)
}

function both(...undo: (() => void)[]): () => void {
  return () => {
    for (const one of undo) one()
  }
}

export const mutants: readonly Mutant[] = [
  {
    name: 'no token is taken before the load',
    profile: 'calm',
    mutate: () => patch(ChangeLog.prototype, 'changedSince', () => () => false),
  },
  {
    name: 'versions of tags are read after the load',
    profile: 'calm',
    mutate: () =>
      patch(StoreSearch.prototype, 'versions', () => async () => ({
        versions: [],
        anyVersion: undefined,
      })),
  },
  {
    name: 'a gap in the numbers is overlooked',
    profile: 'bus',
    mutate: () =>
      patch(
        Publishers.prototype,
        'hear',
        (hear) =>
          function (this: Publishers, ...message) {
            hear.apply(this, message)
            return false
          },
      ),
  },
  {
    name: 'silence of the bus is overlooked',
    profile: 'bus',
    mutate: () => patchGetter(Synchronizer.prototype, 'healthy', () => true),
  },
  {
    name: 'the store is trusted again before what failed is made good',
    profile: 'store',
    mutate: () => patch(Repairs.prototype, 'add', () => () => {}),
  },
  {
    name: 'what failed is not noted, and the store trusted at once',
    profile: 'store',
    mutate: () => patch(Backend.prototype, 'defer', () => () => {}),
  },
  {
    name: 'a fill does not compare the stamp',
    profile: 'calm',
    mutate() {
      let filling = false
      return both(
        patch(
          Lease.prototype,
          'fill',
          (fill) =>
            function (this: Lease, record) {
              filling = true
              try {
                return fill.call(this, record)
              } finally {
                filling = false
              }
            },
        ),
        patch(
          StoreTier.prototype,
          'replace',
          (replace) =>
            function (this: StoreTier, key, stamp, record) {
              if (!filling || record === undefined) return replace.call(this, key, stamp, record)
              return this.write([record]).then(() => true)
            },
        ),
      )
    },
  },
  {
    name: 'a key is not marked again after it was written',
    profile: 'calm',
    mutate() {
      let written: string | undefined
      return both(
        patch(
          Recollection.prototype,
          'remember',
          (remember) =>
            function (this: Recollection, memoryKey, ...rest) {
              remember.call(this, memoryKey, ...rest)
              written = memoryKey
              queueMicrotask(() => {
                written = undefined
              })
            },
        ),
        patch(
          ChangeLog.prototype,
          'mark',
          (mark) =>
            function (this: ChangeLog, name) {
              return name === written ? this.now : mark.call(this, name)
            },
        ),
      )
    },
  },
  {
    name: 'a lease is taken without compare and set',
    profile: 'calm',
    mutate: () =>
      patch(
        OpenStore.prototype,
        'put',
        () =>
          async function (this: OpenStore, _reading, record) {
            return (await this.store.write([record])).length === 0
          },
      ),
  },
  {
    name: 'a load without a lease is written without compare and set',
    profile: 'bus',
    mutate: () =>
      patch(
        OpenStore.prototype,
        'follow',
        () =>
          async function (this: OpenStore, _reading, record) {
            return (await this.store.write([record])).length === 0
          },
      ),
  },
  {
    name: 'suspicion does not raise the epoch',
    profile: 'bus',
    mutate: () => patch(Recollection.prototype, 'suspectAll', () => () => {}),
  },
  {
    name: 'what is suspect is taken for what the store has, whatever that is',
    profile: 'bus',
    mutate: () => patch(OpenStore.prototype, 'confirms', () => async () => true),
  },
  {
    name: 'others are not told',
    profile: 'calm',
    mutate: () => patch(Synchronizer.prototype, 'publish', () => async () => {}),
  },
]

function patchGetter<T extends object>(owner: T, name: keyof T, get: () => unknown): () => void {
  const original = Object.getOwnPropertyDescriptor(owner, name)
  if (original === undefined) throw new Error(`There is no ${String(name)}`)
  Object.defineProperty(owner, name, { ...original, get })
  return () => void Object.defineProperty(owner, name, original)
}
