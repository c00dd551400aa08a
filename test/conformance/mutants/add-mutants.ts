import { inTurn, type Mutant, pause, remembering } from './mutant.ts'

export const addMutants: readonly Mutant[] = [
  {
    name: 'adds over what is there',
    killer: 'adds where there is nothing',
    mutate: (store) => ({
      async addMany(records) {
        await store.setMany(records)
        return records.map(() => true)
      },
    }),
  },
  {
    name: 'adds the last of two records of a key',
    killer: 'adds the first of two records of a key in a batch',
    mutate: (store) => ({
      async addMany(records) {
        const added = await store.addMany(records.toReversed())
        return added.toReversed()
      },
    }),
  },
  {
    name: 'adds over an empty value',
    killer: 'adds where there is an empty value no more',
    mutate: (store) => ({
      async addMany(records) {
        for (const { key } of records) {
          const [value] = await store.getMany([key])
          if (value?.length === 0) await store.deleteMany([key])
        }
        return store.addMany(records)
      },
    }),
  },
  {
    name: 'does not add where a record was removed',
    killer: 'adds where a record was removed',
    mutate: (store) => {
      const removed = new Set<string>()
      return {
        async deleteMany(keys) {
          for (const key of keys) removed.add(key)
          return store.deleteMany(keys)
        },
        addMany: (records) =>
          inTurn(records, async (record) => {
            const [added] = removed.has(record.key) ? [] : await store.addMany([record])
            return added ?? false
          }),
      }
    },
  },
  {
    name: 'does not add where a record has expired',
    killer: 'adds where a record has expired',
    mutate: remembering((store, written) => ({
      addMany: (records) =>
        inTurn(records, async (record) => {
          const [added] = written.has(record.key) ? [] : await store.addMany([record])
          return added ?? false
        }),
    })),
  },
  {
    name: 'adds for ever',
    killer: 'gives what it adds its own life',
    mutate: (store, clock) => ({
      addMany: (records) =>
        store.addMany(
          records.map((record) =>
            record.expiresAt > clock.now() ? { ...record, expiresAt: Infinity } : record,
          ),
        ),
    }),
  },
  {
    name: 'does not add what has expired already, and says so',
    killer: 'adds nothing that has expired already',
    mutate: (store, clock) => ({
      async addMany(records) {
        const added = await store.addMany(records)
        return added.map((done, i) => done && (records[i]?.expiresAt ?? 0) > clock.now())
      },
    }),
  },
  {
    name: 'looks what is there before it adds',
    killer: 'lets one of 20 concurrent callers add',
    mutate: (store) => ({
      addMany: (records) =>
        inTurn(records, async (record) => {
          const [value] = await store.getMany([record.key])
          await pause()
          if (!value) await store.setMany([record])
          return !value
        }),
    }),
  },
  {
    name: 'removes what has expired before it adds, but not in one step',
    killer: 'lets one of 20 add where a record has expired',
    mutate: (store) => {
      let calls = 0
      return {
        async addMany(records) {
          const found = await store.getMany(records.map(({ key }) => key))
          await pause(calls++)
          await store.deleteMany(records.filter((_, i) => !found[i]).map(({ key }) => key))
          return store.addMany(records)
        },
      }
    },
  },
]
