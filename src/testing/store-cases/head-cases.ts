import type { Store } from '../../contracts/store.ts'
import { same } from '../same.ts'
import { record, type StoreCase, shown, storeCase } from '../store-case.ts'

export const headCases: readonly StoreCase[] = [
  storeCase('answers the first bytes of each record', ['getHeads'], async (store, world) => {
    const [long, exact, short] = [world.key(), world.key(), world.key()]
    await store.setMany([
      record(long, 'abcdef'.padEnd(100_000, 'x')),
      record(exact, 'ghijkl'),
      record(short, 'mn'),
    ])
    const found = await heads(store, [short, long, exact], 6)
    same(found, ['mn', 'abcdef', 'ghijkl'], 'heads that were read')
    same(await heads(store, [short, long, exact], 1), ['m', 'a', 'g'], 'first bytes')
  }),

  storeCase('answers a head an occurrence of a key', ['getHeads'], async (store, world) => {
    const [a, b, none] = [world.key(), world.key(), world.key()]
    await store.setMany([record(a, '1 a'), record(b, '2 b')])
    const found = await heads(store, [b, a, none, b, none, a], 1)
    same(found, ['2', '1', undefined, '2', undefined, '1'], 'heads that were read')
  }),

  storeCase('keeps the bytes of a head as they are', ['getHeads'], async (store, world) => {
    const key = world.key()
    const all = Uint8Array.from({ length: 512 }, (_, i) => i)
    await store.setMany([record(key, all)])
    same(await heads(store, [key], 256), [shown(all.subarray(0, 256))], 'head that was read')
  }),

  storeCase(
    'answers no head of what is dead, removed or replaced',
    ['getHeads'],
    async (store, world) => {
      const [dead, removed, replaced] = [world.key(), world.key(), world.key()]
      await store.setMany([
        record(dead, 'old', world.now() + 1000),
        record(removed, 'old'),
        record(replaced, 'old'),
      ])
      await store.deleteMany([removed])
      await store.setMany([record(replaced, 'new')])
      await world.pass(1000)
      const found = await heads(store, [dead, removed, replaced], 2)
      same(found, [undefined, undefined, 'ne'], 'heads that were read')
    },
  ),
]

async function heads(
  store: Required<Pick<Store, 'getHeads'>>,
  keys: readonly string[],
  length: number,
): Promise<(string | undefined)[]> {
  const found = await store.getHeads(keys, length)
  return found.map((head) => head && shown(head))
}
