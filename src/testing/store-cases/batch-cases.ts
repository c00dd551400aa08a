import { same } from '../same.ts'
import { read, record, type StoreCase, storeCase } from '../store-case.ts'

export const batchCases: readonly StoreCase[] = [
  storeCase('answers one element a key, in the order of the keys', [], async (store, world) => {
    const [a, b, c, none] = [world.key(), world.key(), world.key(), world.key()]
    same(await store.setMany([record(b, '2'), record(a, '1'), record(c, '3')]), [], 'refused keys')
    same(await read(store, c, none, a, b), ['3', undefined, '1', '2'], 'what was read')
  }),

  storeCase('answers every occurrence of a key in a batch', [], async (store, world) => {
    const [a, b, none] = [world.key(), world.key(), world.key()]
    await store.setMany([record(a, '1'), record(b, '2')])
    const found = await read(store, a, none, a, b, none, b)
    same(found, ['1', undefined, '1', '2', undefined, '2'], 'what was read')
  }),

  storeCase('takes batches with nothing in them', [], async (store) => {
    same(await store.getMany([]), [], 'what was read')
    same(await store.setMany([]), [], 'refused keys')
    same(await store.deleteMany([]), [], 'what was removed')
    if (store.addMany) same(await store.addMany([]), [], 'what was added')
    if (store.replaceMany) same(await store.replaceMany([]), [], 'what was replaced')
    if (store.incrementMany) same(await store.incrementMany([]), [], 'what was counted')
    if (store.getHeads) same(await store.getHeads([], 12), [], 'heads that were read')
  }),

  storeCase('takes 1,000 records in a batch', [], async (store, world) => {
    const records = Array.from({ length: 1000 }, (_, i) => record(world.key(), `value ${i}`))
    const keys = records.map(({ key }) => key)
    same(await store.setMany(records), [], 'refused keys')
    const found = await read(store, ...keys)
    found.forEach((value, i) => {
      same(value, `value ${i}`, `value ${i}`)
    })
    const removed = await store.deleteMany(keys)
    same([removed.length, removed.every(Boolean)], [1000, true], 'what was removed')
    same((await store.getMany(keys)).filter(Boolean).length, 0, 'records left')
  }),

  storeCase('replaces what was there', [], async (store, world) => {
    const [a, b] = [world.key(), world.key()]
    await store.setMany([record(a, 'a rather long value'), record(b, 'b')])
    await store.setMany([record(a, 'short')])
    same(await read(store, a, b), ['short', 'b'], 'what was read')
  }),

  storeCase('makes the writes of a key in the order of the batch', [], async (store, world) => {
    const [a, b, none] = [world.key(), world.key(), world.key()]
    const past = world.now() - 1000
    await store.setMany([
      record(a, '1'),
      record(b, '1'),
      record(none, '1'),
      record(b, 'never', past),
      record(a, '2'),
      record(none, '2', past),
      record(b, '2'),
      record(a, '3'),
    ])
    same(await read(store, a, b, none), ['3', '2', undefined], 'what was read')
  }),

  storeCase('removes, and says of each key whether it did', [], async (store, world) => {
    const [a, b, none] = [world.key(), world.key(), world.key()]
    await store.setMany([record(a, '1'), record(b, '2')])
    const removed = await store.deleteMany([none, a, a, none])
    same(removed, [false, true, false, false], 'what was removed')
    same(await read(store, a, b), [undefined, '2'], 'what was read')
    same(await store.deleteMany([a, b]), [false, true], 'what was removed then')
  }),

  storeCase(
    'tells one of 20 concurrent callers that it removed a record',
    [],
    async (store, world) => {
      const keys = Array.from({ length: 10 }, () => world.key())
      await store.setMany(keys.map((key) => record(key, 'there')))
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.deleteMany(keys)))
      for (const i of keys.keys()) {
        same(answers.filter((removed) => removed[i]).length, 1, 'callers that were told so')
      }
      same(
        await store.deleteMany(keys),
        keys.map(() => false),
        'what was removed afterwards',
      )
    },
  ),

  storeCase(
    'answers the keys it refused, and keeps nothing under them',
    [],
    async (store, world) => {
      const [small, large, other] = [world.key(), world.key(), world.key()]
      await store.setMany([record(large, 'old')])
      const value = new Uint8Array(world.tooLarge ?? 100_000)
      const refused = await store.setMany([
        record(small, 'small'),
        record(large, value),
        record(other, 'other'),
      ])
      same(refused, world.tooLarge === undefined ? [] : [large], 'refused keys')
      same(await read(store, small, other), ['small', 'other'], 'what was read')
      const [found] = await store.getMany([large])
      same(found?.length, world.tooLarge === undefined ? value.length : undefined, 'length read')
    },
  ),

  storeCase('can be closed twice', [], async (store, world) => {
    await store.setMany([record(world.key(), 'there')])
    await store.close()
    await store.close()
  }),
]
