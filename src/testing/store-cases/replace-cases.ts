import type { Replacement, Store } from '../../contracts/store.ts'
import { hasStamp } from '../../kernel/stamp.ts'
import { same } from '../same.ts'
import {
  read,
  record,
  type StoreCase,
  shown,
  stamped,
  stampFrom,
  storeCase,
} from '../store-case.ts'

/** Replaces what carries the stamp of the first number by a value with the stamp of the second. */
function swap(key: string, from: number, to: number, expiresAt = Infinity): Replacement {
  return { key, stamp: stampFrom(from), record: record(key, stamped(to), expiresAt) }
}

function removal(key: string, from: number): Replacement {
  return { key, stamp: stampFrom(from), record: undefined }
}

export const replaceCases: readonly StoreCase[] = [
  storeCase('replaces a record that carries the stamp', ['replaceMany'], async (store, world) => {
    const key = world.key()
    await store.setMany([record(key, stamped(1, 'a rather long value'))])
    same(await store.replaceMany([swap(key, 1, 2)]), [true], 'what was replaced')
    same(await read(store, key), [shown(stamped(2))], 'what was read')
    same(await store.replaceMany([swap(key, 1, 3)]), [false], 'what was replaced then')
    same(await store.replaceMany([swap(key, 2, 3)]), [true], 'what was replaced in the end')
  }),

  storeCase('replaces nothing else', ['replaceMany'], async (store, world) => {
    const [other, short, empty, none] = [world.key(), world.key(), world.key(), world.key()]
    const before = [record(other, stamped(1)), record(short, 'short'), record(empty, '')]
    await store.setMany(before)
    const keys = [other, short, empty, none]
    const replaced = await store.replaceMany(keys.map((key) => swap(key, 2, 3)))
    same(replaced, [false, false, false, false], 'what was replaced')
    const removed = await store.replaceMany(keys.map((key) => removal(key, 2)))
    same(removed, [false, false, false, false], 'what was removed')
    const expected = [shown(stamped(1)), 'short', '', undefined]
    same(await read(store, ...keys), expected, 'what was read')
  }),

  storeCase(
    'compares the whole stamp, and only the stamp',
    ['replaceMany'],
    async (store, world) => {
      const key = world.key()
      const stamp = Uint8Array.of(0, 1, 127, 128, 255, 10, 39, 92)
      const value = new Uint8Array(40).fill(7)
      value.set(stamp, 4)
      await store.setMany([record(key, value)])
      for (const at of stamp.keys()) {
        const wrong = stamp.with(at, (stamp[at] as number) ^ 1)
        const replaced = await store.replaceMany([{ key, stamp: wrong, record: record(key, 'no') }])
        same(replaced, [false], 'what was replaced')
      }
      const around = new Uint8Array(24)
      around.set(stamp, 8)
      const view = around.subarray(8, 16)
      const next = record(key, stamped(2))
      same(
        await store.replaceMany([{ key, stamp: view, record: next }]),
        [true],
        'what was replaced',
      )
    },
  ),

  storeCase(
    'answers and replaces in the order of the batch',
    ['replaceMany'],
    async (store, world) => {
      const [a, b, c, none] = [world.key(), world.key(), world.key(), world.key()]
      await store.setMany([record(a, stamped(1)), record(b, stamped(2)), record(c, stamped(3))])
      const replaced = await store.replaceMany([
        swap(c, 3, 33),
        swap(none, 1, 11),
        swap(a, 2, 22),
        swap(b, 2, 22),
      ])
      same(replaced, [true, false, false, true], 'what was replaced')
      const values = [stamped(1), stamped(22), stamped(33)].map(shown)
      same(await read(store, a, b, c, none), [...values, undefined], 'what was read')
    },
  ),

  storeCase('makes a chain of replacements in a batch', ['replaceMany'], async (store, world) => {
    const [key, gone] = [world.key(), world.key()]
    await store.setMany([record(key, stamped(1)), record(gone, stamped(1))])
    const replaced = await store.replaceMany([
      swap(key, 1, 2),
      swap(gone, 1, 2),
      swap(key, 1, 9),
      swap(key, 2, 3),
      removal(gone, 2),
      swap(gone, 2, 3),
      swap(key, 3, 4),
    ])
    same(replaced, [true, true, false, true, true, false, true], 'what was replaced')
    same(await read(store, key, gone), [shown(stamped(4)), undefined], 'what was read')
  }),

  storeCase('removes where there is nothing to put', ['replaceMany'], async (store, world) => {
    const [removed, dead, kept] = [world.key(), world.key(), world.key()]
    const keys = [removed, dead, kept]
    await store.setMany(keys.map((key) => record(key, stamped(1))))
    const past = world.now() - 1000
    const answers = await store.replaceMany([
      removal(removed, 1),
      swap(dead, 1, 2, past),
      swap(kept, 2, 3, past),
    ])
    same(answers, [true, true, false], 'what was replaced')
    same(await read(store, ...keys), [undefined, undefined, shown(stamped(1))], 'what was read')
    same(await store.deleteMany(keys), [false, false, true], 'what was removed')
  }),

  storeCase('never replaces what has expired', ['replaceMany'], async (store, world) => {
    const [key, other] = [world.key(), world.key()]
    await store.setMany([
      record(key, stamped(1), world.now() + 1000),
      record(other, stamped(1), world.now() + 1000),
    ])
    await world.pass(1000)
    const replaced = await store.replaceMany([swap(key, 1, 2), removal(other, 1)])
    same(replaced, [false, false], 'what was replaced')
    same(await read(store, key, other), [undefined, undefined], 'what was read')
  }),

  storeCase('gives a replacement its own life', ['replaceMany'], async (store, world) => {
    const [shorter, longer, endless] = [world.key(), world.key(), world.key()]
    const now = world.now()
    await store.setMany([
      record(shorter, stamped(1)),
      record(longer, stamped(1), now + 1000),
      record(endless, stamped(1), now + 1000),
    ])
    await store.replaceMany([
      swap(shorter, 1, 2, now + 1000),
      swap(longer, 1, 2, now + 60_000),
      swap(endless, 1, 2),
    ])
    await world.pass(1000)
    const expected = [undefined, shown(stamped(2)), shown(stamped(2))]
    same(await read(store, shorter, longer, endless), expected, 'what was read')
  }),

  storeCase('lets one of 20 concurrent callers replace', ['replaceMany'], async (store, world) => {
    for (let round = 0; round < 5; round++) {
      const key = world.key()
      await store.setMany([record(key, stamped(1000))])
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.replaceMany([swap(key, 1000, i)])),
      )
      const winners = answers.flatMap(([replaced], i) => (replaced ? [shown(stamped(i))] : []))
      same(winners.length, 1, 'callers that replaced')
      same(await read(store, key), winners, 'what was read')
    }
  }),

  storeCase('loses no change of 10 that count together', ['replaceMany'], async (store, world) => {
    const key = world.key()
    await store.setMany([record(key, stamped(0))])
    await Promise.all(Array.from({ length: 10 }, () => countUp(store, key, 5)))
    same(await read(store, key), [shown(stamped(50))], 'what was counted')
  }),

  storeCase(
    'never puts a replacement over a concurrent write',
    ['replaceMany'],
    async (store, world) => {
      for (let round = 0; round < 20; round++) {
        const key = world.key()
        await store.setMany([record(key, stamped(1))])
        const replace = () => store.replaceMany([swap(key, 1, 2)])
        const write = () => store.setMany([record(key, stamped(3))])
        await Promise.all(round % 2 ? [replace(), write(), replace()] : [write(), replace()])
        same(await read(store, key), [shown(stamped(3))], 'what was read')
      }
    },
  ),

  storeCase(
    'never puts a replacement where a record was removed',
    ['replaceMany'],
    async (store, world) => {
      for (let round = 0; round < 20; round++) {
        const key = world.key()
        await store.setMany([record(key, stamped(1))])
        const replace = () => store.replaceMany([swap(key, 1, 2)])
        const remove = () => store.deleteMany([key])
        const answers = await Promise.all(round % 2 ? [remove(), replace()] : [replace(), remove()])
        same(answers[round % 2 ? 0 : 1], [true], 'what was removed')
        same(await read(store, key), [undefined], 'what was read')
      }
    },
  ),

  storeCase(
    'lets go of a place that was added and then removed',
    ['addMany', 'replaceMany'],
    async (store, world) => {
      const key = world.key()
      const later = world.now() + 60_000
      await store.addMany([record(key, stamped(1), later)])
      await store.deleteMany([key])
      await store.addMany([record(key, stamped(2), later)])
      same(await store.replaceMany([swap(key, 1, 11)]), [false], 'what was replaced')
      same(await store.replaceMany([swap(key, 2, 22)]), [true], 'what was replaced then')
      same(await read(store, key), [shown(stamped(22))], 'what was read')
    },
  ),
]

/** Adds one, so many times, to the number whose stamp the record carries. */
async function countUp(
  store: Store & Required<Pick<Store, 'replaceMany'>>,
  key: string,
  times: number,
): Promise<void> {
  for (let done = 0; done < times; ) {
    const [value] = await store.getMany([key])
    let count = 0
    while (value && count < 1000 && !hasStamp(value, stampFrom(count))) count++
    const [counted] = await store.replaceMany([swap(key, count, count + 1)])
    if (counted) done++
    else if (!value || count === 1000) throw new Error('Expected the count to be there')
  }
}
