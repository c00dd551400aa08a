import type { Store } from '../../contracts/store.ts'
import { same } from '../same.ts'
import { read, record, type StoreCase, storeCase } from '../store-case.ts'

export const upkeepCases: readonly StoreCase[] = [
  storeCase('scans the keys that begin with a prefix', ['scan'], async (store, world) => {
    const prefix = world.key()
    const keys = ['', ':a', ':b', ':\u4e16', ':\0', ':'.padEnd(2000, 'x')].map(
      (end) => prefix + end,
    )
    const others = [`x${prefix}`, prefix.slice(0, -1), world.key()]
    await store.setMany([...keys, ...others].map((key) => record(key, 'there')))
    same(await scanned(store, prefix), keys.toSorted(), 'keys scanned')
    same(await scanned(store, `${prefix}:a`), [`${prefix}:a`], 'keys scanned of a longer prefix')
    same(await scanned(store, `${prefix}?`), [], 'keys scanned of a prefix that none has')
    const all = await scanned(store, '')
    same(
      [...keys, ...others].filter((key) => !all.includes(key)),
      [],
      'keys missing in all',
    )
  }),

  storeCase('takes a prefix by the letter', ['scan'], async (store, world) => {
    const prefix = world.key()
    const ends = ['%', '_', '*', '?', '[a-z]', '\\', '\\*', '^', '$', '.', '(', "'", 'a', 'A']
    await store.setMany(ends.map((end) => record(`${prefix}${end}:1`, 'there')))
    for (const end of ends) {
      const found = await scanned(store, `${prefix}${end}`)
      const expected = ends.filter((other) => `${other}:1`.startsWith(end))
      same(found, expected.map((other) => `${prefix}${other}:1`).toSorted(), `keys under ${end}`)
    }
  }),

  storeCase('scans what is live', ['scan'], async (store, world) => {
    const prefix = world.key()
    const [live, short, removed] = [`${prefix}:1`, `${prefix}:2`, `${prefix}:3`]
    await store.setMany([
      record(live, 'there', world.now() + 60_000),
      record(short, 'there', world.now() + 1000),
      record(removed, 'there'),
    ])
    await store.deleteMany([removed])
    await world.pass(1000)
    same(await scanned(store, prefix), [live], 'keys scanned')
  }),

  storeCase('prunes what has expired, and nothing else', ['prune'], async (store, world) => {
    await store.prune()
    const now = world.now()
    const short = [world.key(), world.key(), world.key()]
    const [later, endless] = [world.key(), world.key()]
    await store.setMany(short.map((key) => record(key, 'short', now + 1000)))
    await store.setMany([record(later, 'later', now + 60_000), record(endless, 'endless')])
    await world.pass(1000)
    same(await store.prune(), 3, 'records pruned')
    same(await store.prune(), 0, 'records pruned again')
    same(await read(store, later, endless), ['later', 'endless'], 'what was read')
  }),

  storeCase('tells how much it holds', ['usage'], async (store, world) => {
    const records = [1, 2, 3].map(() => record(world.key(), 'x'.repeat(1000)))
    await store.setMany(records)
    const { entries, bytes, maxBytes } = await store.usage()
    same(Number.isSafeInteger(entries) && entries >= 3, true, `${entries} entries being enough`)
    same(bytes > 0, true, `${bytes} bytes being enough`)
    same(bytes <= maxBytes, true, `${bytes} of ${maxBytes} bytes being within the bound`)
  }),
]

async function scanned(store: Required<Pick<Store, 'scan'>>, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.scan(prefix)) keys.push(key)
  return keys.toSorted()
}
