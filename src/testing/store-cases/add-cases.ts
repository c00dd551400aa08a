import { same } from '../same.ts'
import { read, record, type StoreCase, storeCase } from '../store-case.ts'

export const addCases: readonly StoreCase[] = [
  storeCase('adds where there is nothing', ['addMany'], async (store, world) => {
    const [there, a, b] = [world.key(), world.key(), world.key()]
    await store.setMany([record(there, 'old')])
    const added = await store.addMany([record(a, '1'), record(there, 'new'), record(b, '2')])
    same(added, [true, false, true], 'what was added')
    same(await read(store, there, a, b), ['old', '1', '2'], 'what was read')
    same(await store.addMany([record(a, 'again')]), [false], 'what was added then')
    same(await read(store, a), ['1'], 'what was read then')
  }),

  storeCase(
    'adds the first of two records of a key in a batch',
    ['addMany'],
    async (store, world) => {
      const [a, b] = [world.key(), world.key()]
      const batch = [record(a, '1'), record(b, '1'), record(a, '2'), record(a, '3')]
      same(await store.addMany(batch), [true, true, false, false], 'what was added')
      same(await read(store, a, b), ['1', '1'], 'what was read')
    },
  ),

  storeCase('adds where there is an empty value no more', ['addMany'], async (store, world) => {
    const key = world.key()
    await store.setMany([record(key, '')])
    same(await store.addMany([record(key, 'new')]), [false], 'what was added')
    same(await read(store, key), [''], 'what was read')
  }),

  storeCase('adds where a record was removed', ['addMany'], async (store, world) => {
    const key = world.key()
    await store.setMany([record(key, 'old')])
    await store.deleteMany([key])
    same(await store.addMany([record(key, 'new')]), [true], 'what was added')
    same(await read(store, key), ['new'], 'what was read')
  }),

  storeCase('adds where a record has expired', ['addMany'], async (store, world) => {
    const [key, other] = [world.key(), world.key()]
    const now = world.now()
    await store.setMany([record(key, 'old', now + 1000), record(other, 'old', now + 60_000)])
    await world.pass(1000)
    const added = await store.addMany([record(key, 'new'), record(other, 'new')])
    same(added, [true, false], 'what was added')
    await world.pass(1000)
    same(await read(store, key, other), ['new', 'old'], 'what was read')
  }),

  storeCase('gives what it adds its own life', ['addMany'], async (store, world) => {
    const [added, refused] = [world.key(), world.key()]
    const now = world.now()
    await store.setMany([record(refused, 'old', now + 1000)])
    await store.addMany([record(added, 'new', now + 1000), record(refused, 'new', now + 60_000)])
    await world.pass(1000)
    same(await read(store, added, refused), [undefined, undefined], 'what was read')
  }),

  storeCase('adds nothing that has expired already', ['addMany'], async (store, world) => {
    const [none, there] = [world.key(), world.key()]
    const past = world.now() - 1000
    await store.setMany([record(there, 'old')])
    const added = await store.addMany([record(none, 'dead', past), record(there, 'dead', past)])
    same(added, [true, false], 'what was added')
    same(await read(store, none, there), [undefined, 'old'], 'what was read')
  }),

  storeCase('lets one of 20 concurrent callers add', ['addMany'], async (store, world) => {
    for (let round = 0; round < 5; round++) {
      const key = world.key()
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.addMany([record(key, `${i}`)])),
      )
      const winners = answers.flatMap(([added], i) => (added ? [`${i}`] : []))
      same(winners.length, 1, 'callers that added')
      same(await read(store, key), winners, 'what was read')
    }
  }),

  storeCase('lets one of 20 add where a record has expired', ['addMany'], async (store, world) => {
    const keys = Array.from({ length: 5 }, () => world.key())
    await store.setMany(keys.map((key) => record(key, 'old', world.now() + 1000)))
    await world.pass(1000)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.addMany(keys.map((key) => record(key, `${i}`)))),
    )
    const found = await read(store, ...keys)
    for (const [at, value] of found.entries()) {
      const winners = answers.flatMap((added, i) => (added[at] ? [`${i}`] : []))
      same(winners, [value], 'callers that added')
    }
  }),
]
