import type { Store, StoreRecord } from '../../../src/contracts/store.ts'
import { hasStamp, stampLength, stampOf, stampOffset } from '../../../src/kernel/stamp.ts'
import { inTurn, type Mutant, pause, replacing } from './mutant.ts'

const bare = stampOffset + stampLength

export const replaceMutants: readonly Mutant[] = [
  {
    name: 'puts the old stamp on the new value',
    killer: 'replaces a record that carries the stamp',
    mutate: replacing((replacement) => {
      const { record, stamp } = replacement
      if (!record) return replacement
      const value = new Uint8Array(record.value)
      value.set(stamp, stampOffset)
      return { ...replacement, record: { ...record, value } }
    }),
  },
  {
    name: 'replaces whatever is there',
    killer: 'replaces nothing else',
    mutate: replacing((replacement, value) =>
      value && value.length >= bare ? { ...replacement, stamp: stampOf(value) } : replacement,
    ),
  },
  {
    name: 'compares seven bytes of a stamp',
    killer: 'compares the whole stamp, and only the stamp',
    mutate: replacing((replacement, value) => ({
      ...replacement,
      stamp: replacement.stamp.with(7, value?.[stampOffset + 7] ?? 0),
    })),
  },
  {
    name: 'takes the buffer of a stamp for the stamp',
    killer: 'compares the whole stamp, and only the stamp',
    mutate: replacing((replacement) => ({
      ...replacement,
      stamp: new Uint8Array(replacement.stamp.buffer, 0, stampLength),
    })),
  },
  {
    name: 'answers replacements in the order of keys',
    killer: 'answers and replaces in the order of the batch',
    mutate: (store) => ({
      replaceMany: (replacements) =>
        store.replaceMany(replacements.toSorted((a, b) => (a.key < b.key ? -1 : 1))),
    }),
  },
  {
    name: 'compares a batch before it replaces any',
    killer: 'makes a chain of replacements in a batch',
    mutate: (store) => ({
      async replaceMany(replacements) {
        const values = await store.getMany(replacements.map(({ key }) => key))
        await store.replaceMany(replacements)
        return replacements.map(({ stamp }, i) => {
          const value = values[i]
          return value !== undefined && hasStamp(value, stamp)
        })
      },
    }),
  },
  {
    name: 'keeps what should be removed',
    killer: 'removes where there is nothing to put',
    mutate: (store) => ({
      replaceMany: (replacements) =>
        inTurn(replacements, async (replacement) => {
          if (!replacement.record) return true
          const [replaced] = await store.replaceMany([replacement])
          return replaced ?? false
        }),
    }),
  },
  {
    name: 'keeps the old record where the new one has expired already',
    killer: 'removes where there is nothing to put',
    mutate: (store, clock) => ({
      replaceMany: (replacements) =>
        inTurn(replacements, async (replacement) => {
          const { record } = replacement
          if (record && record.expiresAt <= clock.now()) return false
          const [replaced] = await store.replaceMany([replacement])
          return replaced ?? false
        }),
    }),
  },
  {
    name: 'brings back what has expired',
    killer: 'never replaces what has expired',
    mutate: (store) => {
      const written = new Map<string, StoreRecord>()
      return {
        async setMany(records) {
          for (const record of records) written.set(record.key, record)
          return store.setMany(records)
        },
        async replaceMany(replacements) {
          for (const { key } of replacements) {
            const old = written.get(key)
            if (old) await store.addMany([{ ...old, expiresAt: Infinity }])
          }
          return store.replaceMany(replacements)
        },
      }
    },
  },
  {
    name: 'keeps the old life when it replaces',
    killer: 'gives a replacement its own life',
    mutate: (store) => {
      const lives = new Map<string, number>()
      return {
        async setMany(records) {
          for (const { key, expiresAt } of records) lives.set(key, expiresAt)
          return store.setMany(records)
        },
        replaceMany: (replacements) =>
          store.replaceMany(
            replacements.map((replacement) => {
              const { key, record } = replacement
              const expiresAt = lives.get(key)
              if (!record || expiresAt === undefined) return replacement
              return { ...replacement, record: { ...record, expiresAt } }
            }),
          ),
      }
    },
  },
  ...[
    'lets one of 20 concurrent callers replace',
    'loses no change of 10 that count together',
    'never puts a replacement over a concurrent write',
    'never puts a replacement where a record was removed',
  ].map((killer) => ({
    name: 'compares before it replaces, but not in one step',
    killer,
    mutate: (store: Store): Partial<Store> => ({
      replaceMany: (replacements) =>
        inTurn(replacements, async ({ key, stamp, record }) => {
          const [value] = await store.getMany([key])
          await pause()
          if (!value || !hasStamp(value, stamp)) return false
          if (record) await store.setMany([record])
          else await store.deleteMany([key])
          return true
        }),
    }),
  })),
  {
    name: 'takes a value of nothing but a stamp for anybody to replace',
    killer: 'lets go of a place that was added and then removed',
    mutate: replacing((replacement, value) =>
      value?.length === bare ? { ...replacement, stamp: stampOf(value) } : replacement,
    ),
  },
]
