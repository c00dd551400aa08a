import type { Mutant } from './mutant.ts'

export const headMutants: readonly Mutant[] = [
  {
    name: 'answers whole records for heads',
    killer: 'answers the first bytes of each record',
    mutate: (store) => ({ getHeads: (keys) => store.getMany(keys) }),
  },
  {
    name: 'answers one byte more than was wanted',
    killer: 'answers the first bytes of each record',
    mutate: (store) => ({ getHeads: (keys, length) => store.getHeads(keys, length + 1) }),
  },
  {
    name: 'answers no head of a shorter record',
    killer: 'answers the first bytes of each record',
    mutate: (store) => ({
      async getHeads(keys, length) {
        const found = await store.getHeads(keys, length)
        return found.map((head) => (head?.length === length ? head : undefined))
      },
    }),
  },
  {
    name: 'fills the head of a shorter record up',
    killer: 'answers the first bytes of each record',
    mutate: (store) => ({
      async getHeads(keys, length) {
        const found = await store.getHeads(keys, length)
        return found.map((head) => head && Uint8Array.from({ length }, (_, i) => head[i] ?? 0))
      },
    }),
  },
  {
    name: 'answers a head once, however often it was asked for',
    killer: 'answers a head an occurrence of a key',
    mutate: (store) => ({
      getHeads: (keys, length) => store.getHeads([...new Set(keys)], length),
    }),
  },
  {
    name: 'leaves out the heads that are not there',
    killer: 'answers a head an occurrence of a key',
    mutate: (store) => ({
      async getHeads(keys, length) {
        const found = await store.getHeads(keys, length)
        return found.filter((head) => head !== undefined)
      },
    }),
  },
  {
    name: 'takes the bytes of a head for text',
    killer: 'keeps the bytes of a head as they are',
    mutate: (store) => ({
      async getHeads(keys, length) {
        const found = await store.getHeads(keys, length)
        return found.map((head) => head && new TextEncoder().encode(new TextDecoder().decode(head)))
      },
    }),
  },
  {
    name: 'remembers the heads that it has read or written',
    killer: 'answers no head of what is dead, removed or replaced',
    mutate: (store) => {
      const written = new Map<string, Uint8Array>()
      return {
        async setMany(records) {
          for (const { key, value } of records) written.set(key, value)
          return store.setMany(records)
        },
        getHeads: async (keys, length) => keys.map((key) => written.get(key)?.subarray(0, length)),
      }
    },
  },
]
