import { inTurn, type Mutant, maxBytes, pause } from './mutant.ts'

export const batchMutants: readonly Mutant[] = [
  {
    name: 'answers in the order of the store',
    killer: 'answers one element a key, in the order of the keys',
    mutate: (store) => ({ getMany: async (keys) => store.getMany(keys.toSorted()) }),
  },
  {
    name: 'leaves out what it does not have',
    killer: 'answers one element a key, in the order of the keys',
    mutate: (store) => ({
      getMany: async (keys) => (await store.getMany(keys)).filter((value) => value),
    }),
  },
  {
    name: 'answers a key once',
    killer: 'answers every occurrence of a key in a batch',
    mutate: (store) => ({ getMany: async (keys) => store.getMany([...new Set(keys)]) }),
  },
  {
    name: 'answers the second occurrence of a key with nothing',
    killer: 'answers every occurrence of a key in a batch',
    mutate: (store) => ({
      getMany: async (keys) =>
        (await store.getMany(keys)).map((value, i) =>
          keys.indexOf(keys[i] as string) === i ? value : undefined,
        ),
    }),
  },
  {
    name: 'chokes on a batch with nothing in it',
    killer: 'takes batches with nothing in them',
    mutate: (store) => ({
      async setMany(records) {
        if (records.length === 0) throw new Error('wrong number of arguments')
        return store.setMany(records)
      },
    }),
  },
  {
    name: 'caps what it writes at once',
    killer: 'takes 1,000 records in a batch',
    mutate: (store) => ({ setMany: (records) => store.setMany(records.slice(0, 999)) }),
  },
  {
    name: 'caps what it removes at once',
    killer: 'takes 1,000 records in a batch',
    mutate: (store) => ({ deleteMany: (keys) => store.deleteMany(keys.slice(0, 500)) }),
  },
  {
    name: 'keeps the first record of a key in a batch',
    killer: 'makes the writes of a key in the order of the batch',
    mutate: (store) => ({ setMany: (records) => store.setMany(records.toReversed()) }),
  },
  {
    name: 'writes the live records of a batch before it removes for the dead',
    killer: 'makes the writes of a key in the order of the batch',
    mutate: (store, clock) => ({
      async setMany(records) {
        const live = records.filter(({ expiresAt }) => expiresAt > clock.now())
        const refused = await store.setMany(live)
        await store.setMany(records.filter((record) => !live.includes(record)))
        return refused
      },
    }),
  },
  {
    name: 'appends to what was there',
    killer: 'replaces what was there',
    mutate: (store) => ({
      async setMany(records) {
        const refused: string[] = []
        for (const record of records) {
          const [old] = await store.getMany([record.key])
          const value = new Uint8Array(Math.max(old?.length ?? 0, record.value.length))
          value.set(old ?? [])
          value.set(record.value)
          refused.push(...(await store.setMany([{ ...record, value }])))
        }
        return refused
      },
    }),
  },
  {
    name: 'says of everything that it was removed',
    killer: 'removes, and says of each key whether it did',
    mutate: (store) => ({
      async deleteMany(keys) {
        await store.deleteMany(keys)
        return keys.map(() => true)
      },
    }),
  },
  {
    name: 'says twice of a key that occurs twice that it was removed',
    killer: 'removes, and says of each key whether it did',
    mutate: (store) => ({
      async deleteMany(keys) {
        const present = await store.getMany(keys)
        await store.deleteMany(keys)
        return present.map((value) => value !== undefined)
      },
    }),
  },
  {
    name: 'looks what is there before it removes',
    killer: 'tells one of 20 concurrent callers that it removed a record',
    mutate: (store) => ({
      deleteMany: (keys) =>
        inTurn(keys, async (key) => {
          const [value] = await store.getMany([key])
          await pause()
          await store.deleteMany([key])
          return value !== undefined
        }),
    }),
  },
  {
    name: 'keeps the old value where it refuses the new one',
    killer: 'answers the keys it refused, and keeps nothing under them',
    mutate: (store) => ({
      async setMany(records) {
        const large = records.filter(({ value }) => value.length > maxBytes)
        const small = records.filter((record) => !large.includes(record))
        return [...(await store.setMany(small)), ...large.map(({ key }) => key)]
      },
    }),
  },
  {
    name: 'does not say what it refused',
    killer: 'answers the keys it refused, and keeps nothing under them',
    mutate: (store) => ({
      async setMany(records) {
        await store.setMany(records)
        return []
      },
    }),
  },
  {
    name: 'cannot be closed twice',
    killer: 'can be closed twice',
    mutate: () => {
      let closed = false
      return {
        async close() {
          if (closed) throw new Error('closed already')
          closed = true
        },
      }
    },
  },
]
