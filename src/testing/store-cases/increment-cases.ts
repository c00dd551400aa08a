import type { Increment, Store } from '../../contracts/store.ts'
import { counterKind, kindOffset } from '../../kernel/counter.ts'
import { same } from '../same.ts'
import {
  counted,
  countIn,
  read,
  record,
  type StoreCase,
  shown,
  stamped,
  stampFrom,
  storeCase,
} from '../store-case.ts'

const most = Number.MAX_SAFE_INTEGER

export const incrementCases: readonly StoreCase[] = [
  storeCase(
    'adds to a counter, and changes no more of it',
    ['incrementMany'],
    async (store, world) => {
      const [key, long] = [world.key(), world.key().padEnd(2000, 'x')]
      const text = String.fromCharCode(...Array(256).keys())
      const pages = '17 '.repeat(7000)
      await store.setMany([record(key, counted(1, 5, text)), record(long, counted(1, -1, pages))])
      const found = await increment(store, by(key, 37, 2), by(long, -12, 3))
      const expected = [shown(counted(2, 42, text)), shown(counted(3, -13, pages))]
      same(found, expected, 'what was answered')
      same(await read(store, key, long), expected, 'what was read')
      same(await increment(store, by(key, -42, 4)), [shown(counted(4, 0, text))], 'the answer then')
    },
  ),

  storeCase('counts on nothing that is no counter', ['incrementMany'], async (store, world) => {
    const other = counted(1, 1)
    other[kindOffset] = counterKind + 1
    const damaged = [kindOffset, -1, -17, -18, -34].map((at) => {
      const whole = counted(1, 1111111111111111)
      return whole.with(at, (whole.at(at) as number) ^ 1)
    })
    const bad = [
      '',
      '12 ',
      '- 1',
      '+1',
      '1e3',
      '.5',
      `${most + 1}`,
      `-${most + 1}`,
      '0x10',
      '1\n',
      'nan',
    ]
    const values = [
      ...damaged,
      ...bad.map((number) => counted(1, number)),
      counted(1, 1).subarray(0, -1),
      counted(1, 1).slice(1),
      other,
      stamped(1),
      'no counter',
      '',
    ]
    const records = values.map((value) => record(world.key(), value))
    const keys = records.map(({ key }) => key)
    await store.setMany(records)
    const answers = await increment(store, ...[...keys, world.key()].map((key) => by(key, -1, 2)))
    same(
      answers,
      [...keys, ''].map(() => undefined),
      'what was answered',
    )
    same(await read(store, ...keys), values.map(shown), 'what was read')
  }),

  storeCase(
    'adds up exactly, within the safe integers',
    ['incrementMany'],
    async (store, world) => {
      const sums = [
        [most - 1, 1],
        [most, -most],
        [most, -1],
        [1 - most, -1],
        [-most, most],
        [-1, 1],
        [0, most],
        [0, -most],
        [4503599627370497, 4503599627370494],
        [12345678901234, 1],
        [most, 1],
        [1, most],
        [most, most],
        [-most, -1],
        [-2, -most],
        [-most, -most],
      ] as const
      const keys = sums.map(() => world.key())
      await store.setMany(sums.map(([from], i) => record(keys[i] as string, counted(1, from))))
      const answers = await increment(
        store,
        ...sums.map(([, more], i) => by(keys[i] as string, more, 2)),
      )
      const safe = sums.map(([from, more]) => Number.isSafeInteger(from + more))
      const after = sums.map(([from, more], i) =>
        shown(safe[i] ? counted(2, from + more) : counted(1, from)),
      )
      same(
        answers,
        after.map((value, i) => (safe[i] ? value : undefined)),
        'what was answered',
      )
      same(await read(store, ...keys), after, 'what was read')
    },
  ),

  storeCase(
    'makes the increments of a key in the order of the batch',
    ['incrementMany'],
    async (store, world) => {
      const [a, b, none] = [world.key(), world.key(), world.key()]
      await store.setMany([record(a, counted(1, 0)), record(b, counted(1, 100))])
      const answers = await increment(
        store,
        by(a, 1, 11),
        by(b, 1, 12),
        by(none, 1, 13),
        by(a, most, 14),
        by(a, most - 1, 15),
        by(b, -50, 16),
        by(a, -2, 17),
      )
      same(
        answers,
        [
          shown(counted(11, 1)),
          shown(counted(12, 101)),
          undefined,
          undefined,
          shown(counted(15, most)),
          shown(counted(16, 51)),
          shown(counted(17, most - 2)),
        ],
        'what was answered',
      )
      same(await read(store, a, b, none), [answers[6], answers[5], undefined], 'what was read')
    },
  ),

  storeCase('keeps the life of a counter', ['incrementMany'], async (store, world) => {
    const [short, long, endless] = [world.key(), world.key(), world.key()]
    const keys = [short, long, endless]
    const now = world.now()
    await store.setMany([
      record(short, counted(1, 0), now + 1000),
      record(long, counted(1, 0), now + 60_000),
      record(endless, counted(1, 0)),
    ])
    await increment(store, ...keys.map((key) => by(key, 1, 2)))
    await world.pass(1000)
    const one = shown(counted(2, 1))
    same(await read(store, ...keys), [undefined, one, one], 'what was read')
    const answers = await increment(store, ...keys.map((key) => by(key, 1, 3)))
    const two = shown(counted(3, 2))
    same(answers, [undefined, two, two], 'what was answered')
    same(await read(store, ...keys), answers, 'what was read then')
  }),

  storeCase('counts every increment of 20 callers', ['incrementMany'], async (store, world) => {
    const [key, other] = [world.key(), world.key()]
    await store.setMany([record(key, counted(0, 0)), record(other, counted(0, 0))])
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        store.incrementMany([by(key, 1, i), by(other, -1, i), by(key, 1, i), by(key, 1, i)]),
      ),
    )
    const seen = answers.flatMap(([a, , b, c]) => [a, b, c].map((value) => countIn(value)))
    same(
      seen.toSorted((a, b) => Number(a) - Number(b)),
      Array.from({ length: 60 }, (_, i) => i + 1),
      'sums',
    )
    const found = await store.getMany([key, other])
    same(
      found.map((value) => countIn(value)),
      [60, -20],
      'what was counted',
    )
  }),

  storeCase(
    'never counts on what was removed or replaced',
    ['incrementMany'],
    async (store, world) => {
      for (let round = 0; round < 20; round++) {
        const [gone, there] = [world.key(), world.key()]
        await store.setMany([record(gone, counted(1, 1)), record(there, counted(1, 1))])
        const count = () => increment(store, by(gone, 1, 2), by(there, 1, 2))
        const change = () =>
          Promise.all([store.deleteMany([gone]), store.setMany([record(there, counted(3, 100))])])
        await Promise.all(round % 2 ? [count(), change(), count()] : [change(), count()])
        const [removed, replaced] = await store.getMany([gone, there])
        same(removed, undefined, 'what was removed')
        const number = countIn(replaced)
        same([100, 101, 102].includes(number ?? 0), true, `${number} being counted on 100`)
      }
    },
  ),

  storeCase(
    'gives a counter the stamp of its increment',
    ['incrementMany', 'replaceMany'],
    async (store, world) => {
      const key = world.key()
      await store.setMany([record(key, counted(1, 1))])
      await increment(store, by(key, 1, 2))
      const swap = (stamp: number) =>
        store.replaceMany([{ key, stamp: stampFrom(stamp), record: record(key, counted(3, 9)) }])
      same(await swap(1), [false], 'what was replaced by the stamp before')
      same(await swap(2), [true], 'what was replaced')
      same(await increment(store, by(key, 1, 4)), [shown(counted(4, 10))], 'what was answered')
    },
  ),
]

function by(key: string, number: number, stamp: number): Increment {
  return { key, by: number, stamp: stampFrom(stamp) }
}

async function increment(
  store: Required<Pick<Store, 'incrementMany'>>,
  ...increments: readonly Increment[]
): Promise<(string | undefined)[]> {
  const answers = await store.incrementMany(increments)
  return answers.map((answer) => answer && shown(answer))
}
