import type { Bytes, Store } from '../../contracts/store.ts'
import { same } from '../same.ts'
import { read, record, type StoreCase, storeCase } from '../store-case.ts'

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)

export const bytesCases: readonly StoreCase[] = [
  storeCase('keeps bytes of every value', [], async (store, world) => {
    await keeps(store, world.key(), everyByte)
    await keeps(store, world.key(), everyByte.toReversed())
    await keeps(store, world.key(), Uint8Array.of(0))
    await keeps(store, world.key(), Uint8Array.of(0xff, 0xfe, 0, 0x0d, 0x0a))
  }),

  storeCase('keeps a million bytes', [], async (store, world) => {
    let state = 1
    const large = Uint8Array.from({ length: 1_000_000 }, () => {
      state = Math.imul(state, 1_664_525) + 1_013_904_223
      return state >>> 24
    })
    await keeps(store, world.key(), large)
  }),

  storeCase('tells an empty value from none', [], async (store, world) => {
    const [empty, none] = [world.key(), world.key()]
    await store.setMany([record(empty, '')])
    same(await read(store, none, empty), [undefined, ''], 'what was read')
    same(await store.deleteMany([none, empty]), [false, true], 'what was removed')
  }),

  storeCase('takes of a buffer only what the view covers', [], async (store, world) => {
    const large = new Uint8Array(4096)
    large.set(everyByte, 1001)
    await keeps(store, world.key(), large.subarray(1001, 1257))
    await keeps(store, world.key(), large.subarray(1000, 1001))
    await keeps(store, world.key(), large.subarray(5, 5))
  }),

  storeCase('is not confused by a buffer that is used again', [], async (store, world) => {
    const [before, reused, after] = [world.key(), world.key(), world.key()]
    const scratch = new Uint8Array(64)
    await store.setMany([record(before, 'before')])
    await store.setMany([record(reused, scratch.fill(1))])
    await store.setMany([record(after, scratch.fill(2).subarray(0, 4))])
    scratch.fill(3, 4)
    same(await read(store, before, after), ['before', '\x02\x02\x02\x02'], 'what was read')
  }),

  storeCase('never changes bytes that it has answered', [], async (store, world) => {
    const keys = Array.from({ length: 20 }, () => world.key())
    await store.setMany(keys.map((key) => record(key, key)))
    const found = await store.getMany(keys)
    await store.setMany(keys.map((key) => record(key, 'x'.repeat(key.length))))
    await store.getMany(keys)
    await store.deleteMany(keys)
    await store.setMany(keys.map((key) => record(`${key}:`, 'y'.repeat(key.length))))
    same(
      found.map((value) => new TextDecoder().decode(value)),
      keys,
      'what was read at first',
    )
  }),
]

async function keeps(store: Store, key: string, value: Bytes): Promise<void> {
  same(await store.setMany([record(key, value)]), [], 'refused keys')
  const [found] = await store.getMany([key])
  same(found?.length, value.length, 'length of the value')
  const at = value.findIndex((byte, i) => byte !== found?.[i])
  if (at >= 0) same(found?.[at], value[at], `byte ${at} of ${value.length}`)
}
