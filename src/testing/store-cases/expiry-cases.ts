import { same } from '../same.ts'
import { read, record, type StoreCase, storeCase } from '../store-case.ts'

const day = 86_400_000

export const expiryCases: readonly StoreCase[] = [
  storeCase('does not answer a record from its last instant on', [], async (store, world) => {
    const [early, late, kept] = [world.key(), world.key(), world.key()]
    const now = world.now()
    await store.setMany([
      record(early, 'early', now + 1000),
      record(late, 'late', now + 3000),
      { ...record(kept, 'kept', now + 1000), keep: true },
    ])
    same(await read(store, early, late, kept), ['early', 'late', 'kept'], 'what was read')
    await world.pass(1000)
    same(await read(store, early, late, kept), [undefined, 'late', undefined], 'what was read then')
    await world.pass(2000)
    same(await read(store, late), [undefined], 'what was read in the end')
  }),

  storeCase('leaves nothing of a record that has expired already', [], async (store, world) => {
    const keys = Array.from({ length: 5 }, () => world.key())
    const now = world.now()
    const instants = [now, now - 0.5, now - 1000, 0, -1]
    const dead = keys.map((key, i) => record(key, 'dead', instants[i]))
    same(await store.setMany(dead), [], 'refused keys')
    same(
      await read(store, ...keys),
      keys.map(() => undefined),
      'what was read',
    )
    await store.setMany(keys.map((key) => record(key, 'live')))
    same(await store.setMany(dead), [], 'refused keys')
    same(
      await read(store, ...keys),
      keys.map(() => undefined),
      'what was read then',
    )
    same(
      await store.deleteMany(keys),
      keys.map(() => false),
      'what was removed',
    )
  }),

  storeCase('takes fractions of a millisecond', [], async (store, world) => {
    const keys = [world.key(), world.key()]
    const now = world.now()
    await store.setMany([
      record(keys[0] as string, '1', now + 1000.25),
      record(keys[1] as string, '2', now + 1999.999),
    ])
    same(await read(store, ...keys), ['1', '2'], 'what was read')
    await world.pass(2000)
    same(await read(store, ...keys), [undefined, undefined], 'what was read then')
  }),

  storeCase('keeps what expires late, or never', [], async (store, world) => {
    const instants = [
      world.now() + 29 * day,
      world.now() + 31 * day,
      world.now() + 1000 * day,
      2 ** 31 * 1000,
      2 ** 32 * 1000,
      Date.UTC(10_000, 0, 1),
      Infinity,
    ]
    const records = instants.map((instant) => record(world.key(), `${instant}`, instant))
    const keys = records.map(({ key }) => key)
    same(await store.setMany(records), [], 'refused keys')
    same(await read(store, ...keys), instants.map(String), 'what was read')
    await world.pass(2000)
    same(await read(store, ...keys), instants.map(String), 'what was read then')
  }),

  storeCase('begins another life with each write', [], async (store, world) => {
    const [longer, endless, shorter] = [world.key(), world.key(), world.key()]
    const now = world.now()
    await store.setMany([
      record(longer, '1', now + 1000),
      record(endless, '1', now + 1000),
      record(shorter, '1'),
    ])
    await store.setMany([
      record(longer, '2', now + 60_000),
      record(endless, '2'),
      record(shorter, '2', now + 1000),
    ])
    await world.pass(1000)
    same(await read(store, longer, endless, shorter), ['2', '2', undefined], 'what was read')
  }),

  storeCase('does not take removing what has expired for removing', [], async (store, world) => {
    const key = world.key()
    await store.setMany([record(key, 'short', world.now() + 1000)])
    await world.pass(1000)
    same(await store.deleteMany([key]), [false], 'what was removed')
    await store.setMany([record(key, 'again')])
    same(await read(store, key), ['again'], 'what was read')
  }),

  storeCase('does not prolong a life by reading', [], async (store, world) => {
    const key = world.key()
    await store.setMany([record(key, 'short', world.now() + 2000)])
    await world.pass(1000)
    await read(store, key)
    await world.pass(1000)
    same(await read(store, key), [undefined], 'what was read')
  }),
]
