import { type Mutant, maxBytes, remembering, scanning } from './mutant.ts'

export const upkeepMutants: readonly Mutant[] = [
  {
    name: 'scans keys that have the prefix somewhere',
    killer: 'scans the keys that begin with a prefix',
    mutate: scanning((key, prefix) => key.includes(prefix)),
  },
  {
    name: 'scans keys that are longer than the prefix',
    killer: 'scans the keys that begin with a prefix',
    mutate: scanning((key, prefix) => key.startsWith(prefix) && key.length > prefix.length),
  },
  {
    name: 'takes a prefix for a pattern of SQL',
    killer: 'takes a prefix by the letter',
    mutate: scanning((key, prefix) =>
      [...prefix].every((letter, i) => letter === '_' || letter === key[i]),
    ),
  },
  {
    name: 'takes a prefix for a glob',
    killer: 'takes a prefix by the letter',
    mutate: scanning((key, prefix) =>
      prefix.endsWith('*') ? key.startsWith(prefix.slice(0, -1)) : key.startsWith(prefix),
    ),
  },
  {
    name: 'scans without regard to case',
    killer: 'takes a prefix by the letter',
    mutate: scanning((key, prefix) => key.toLowerCase().startsWith(prefix.toLowerCase())),
  },
  {
    name: 'scans what has expired',
    killer: 'scans what is live',
    mutate: remembering((store, written) => ({
      async deleteMany(keys) {
        for (const key of keys) written.delete(key)
        return store.deleteMany(keys)
      },
      async *scan(prefix) {
        for (const key of written) if (key.startsWith(prefix)) yield key
      },
    })),
  },
  {
    name: 'prunes nothing',
    killer: 'prunes what has expired, and nothing else',
    mutate: () => ({ prune: async () => 0 }),
  },
  {
    name: 'prunes everything',
    killer: 'prunes what has expired, and nothing else',
    mutate: (store) => ({
      async prune() {
        const pruned = await store.prune()
        for await (const key of store.scan('')) await store.deleteMany([key])
        return pruned
      },
    }),
  },
  {
    name: 'tells nothing of what it holds',
    killer: 'tells how much it holds',
    mutate: () => ({ usage: async () => ({ entries: 0, bytes: 0, maxBytes }) }),
  },
]
