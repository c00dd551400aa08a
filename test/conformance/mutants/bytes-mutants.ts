import type { Bytes } from '../../../src/contracts/store.ts'
import { type Mutant, rewritten } from './mutant.ts'

export const bytesMutants: readonly Mutant[] = [
  {
    name: 'takes bytes for UTF-8',
    killer: 'keeps bytes of every value',
    mutate: rewritten((record) => ({
      ...record,
      value: new TextEncoder().encode(new TextDecoder().decode(record.value)),
    })),
  },
  {
    name: 'ends a value at the first zero',
    killer: 'keeps bytes of every value',
    mutate: rewritten((record) => {
      const end = record.value.indexOf(0)
      return end < 0 ? record : { ...record, value: record.value.subarray(0, end) }
    }),
  },
  {
    name: 'cuts values at 64 KiB',
    killer: 'keeps a million bytes',
    mutate: rewritten((record) => ({ ...record, value: record.value.subarray(0, 65_536) })),
  },
  {
    name: 'takes an empty value for none',
    killer: 'tells an empty value from none',
    mutate: (store) => ({
      getMany: async (keys) =>
        (await store.getMany(keys)).map((value) => (value?.length ? value : undefined)),
    }),
  },
  {
    name: 'keeps the whole buffer of a view',
    killer: 'takes of a buffer only what the view covers',
    mutate: rewritten((record) => ({ ...record, value: new Uint8Array(record.value.buffer) })),
  },
  {
    name: 'takes the same buffer for the same bytes',
    killer: 'is not confused by a buffer that is used again',
    mutate: (store) => {
      const copies = new Map<ArrayBufferLike, Bytes>()
      const copyOf = (value: Bytes): Bytes => {
        const copy = copies.get(value.buffer) ?? new Uint8Array(value)
        copies.set(value.buffer, copy)
        return copy
      }
      return {
        setMany: (records) =>
          store.setMany(records.map((record) => ({ ...record, value: copyOf(record.value) }))),
      }
    },
  },
  {
    name: 'keeps all small values in one buffer, and forgets where',
    killer: 'never changes bytes that it has answered',
    mutate: (store) => {
      const pool = new Uint8Array(64 * 1024)
      return {
        async getMany(keys) {
          let end = 0
          return (await store.getMany(keys)).map((value) => {
            if (!value || value.length > 64) return value
            pool.set(value, end)
            end += value.length
            return pool.subarray(end - value.length, end)
          })
        },
        async setMany(records) {
          pool.fill(0)
          return store.setMany(records)
        },
      }
    },
  },
]
