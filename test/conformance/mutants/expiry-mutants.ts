import { type Mutant, remembering, rewritten } from './mutant.ts'

export const expiryMutants: readonly Mutant[] = [
  {
    name: 'ignores expiry',
    killer: 'does not answer a record from its last instant on',
    mutate: rewritten((record, clock) =>
      record.expiresAt > clock.now() ? { ...record, expiresAt: Infinity } : record,
    ),
  },
  {
    name: 'answers a record in its last instant',
    killer: 'does not answer a record from its last instant on',
    mutate: rewritten((record, clock) =>
      record.expiresAt > clock.now() ? { ...record, expiresAt: record.expiresAt + 1 } : record,
    ),
  },
  {
    name: 'gives a batch the life of its first record',
    killer: 'does not answer a record from its last instant on',
    mutate: (store) => ({
      setMany: (records) =>
        store.setMany(
          records.map((record) => ({ ...record, expiresAt: records[0]?.expiresAt ?? 0 })),
        ),
    }),
  },
  {
    name: 'ignores a record that has expired already',
    killer: 'leaves nothing of a record that has expired already',
    mutate: (store, clock) => ({
      setMany: (records) =>
        store.setMany(records.filter(({ expiresAt }) => expiresAt > clock.now())),
    }),
  },
  {
    name: 'refuses a record that has expired already',
    killer: 'leaves nothing of a record that has expired already',
    mutate: (store, clock) => ({
      async setMany(records) {
        const dead = records.filter(({ expiresAt }) => expiresAt <= clock.now())
        return [...(await store.setMany(records)), ...dead.map(({ key }) => key)]
      },
    }),
  },
  {
    name: 'keeps for ever what would expire before now',
    killer: 'leaves nothing of a record that has expired already',
    mutate: rewritten((record) =>
      record.expiresAt <= 0 ? { ...record, expiresAt: Infinity } : record,
    ),
  },
  {
    name: 'cannot read fractions',
    killer: 'takes fractions of a millisecond',
    mutate: rewritten((record) => ({ ...record, expiresAt: Number(BigInt(record.expiresAt)) })),
  },
  {
    name: 'takes what is more than 30 days for an instant',
    killer: 'keeps what expires late, or never',
    mutate: rewritten((record, clock) =>
      record.expiresAt - clock.now() > 30 * 86_400_000 && record.expiresAt < Infinity
        ? { ...record, expiresAt: record.expiresAt - clock.now() }
        : record,
    ),
  },
  {
    name: 'counts seconds in 32 bits',
    killer: 'keeps what expires late, or never',
    mutate: rewritten((record) =>
      record.expiresAt < Infinity
        ? { ...record, expiresAt: ((record.expiresAt / 1000) >>> 0) * 1000 }
        : record,
    ),
  },
  {
    name: 'lets what never expires expire at once',
    killer: 'keeps what expires late, or never',
    mutate: rewritten((record) => ({
      ...record,
      expiresAt: Number.isFinite(record.expiresAt) ? record.expiresAt : 0,
    })),
  },
  {
    name: 'keeps the life of the first write',
    killer: 'begins another life with each write',
    mutate: (store) => {
      const lives = new Map<string, number>()
      return {
        setMany: (records) =>
          store.setMany(
            records.map((record) => {
              const expiresAt = lives.get(record.key) ?? record.expiresAt
              lives.set(record.key, expiresAt)
              return { ...record, expiresAt }
            }),
          ),
      }
    },
  },
  {
    name: 'counts the removal of what has expired',
    killer: 'does not take removing what has expired for removing',
    mutate: remembering((store, written) => ({
      async deleteMany(keys) {
        await store.deleteMany(keys)
        return keys.map((key) => written.delete(key))
      },
    })),
  },
  {
    name: 'prolongs a life by reading',
    killer: 'does not prolong a life by reading',
    mutate: (store, clock) => ({
      async getMany(keys) {
        const found = await store.getMany(keys)
        for (const [i, value] of found.entries()) {
          if (value)
            await store.setMany([
              { key: keys[i] as string, value, expiresAt: clock.now() + 60_000 },
            ])
        }
        return found
      },
    }),
  },
]
