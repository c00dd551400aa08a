import type { Bytes, Increment } from '../../../src/contracts/store.ts'
import {
  addToCounter,
  counterBytes,
  counterKind,
  counterLength,
  kindOffset,
  numberLength,
} from '../../../src/kernel/counter.ts'
import { stampLength, stampOf, stampOffset } from '../../../src/kernel/stamp.ts'
import { countIn } from '../../../src/testing/store-case.ts'
import { inTurn, type Mutant, pause } from './mutant.ts'

const most = Number.MAX_SAFE_INTEGER

export const incrementMutants: readonly Mutant[] = [
  {
    name: 'answers the counter as it was before',
    killer: 'adds to a counter, and changes no more of it',
    mutate: (store) => ({
      incrementMany: (increments) =>
        inTurn(increments, async (one) => {
          const [before] = await store.getMany([one.key])
          await store.incrementMany([one])
          return before
        }),
    }),
  },
  {
    name: 'adds twice',
    killer: 'adds to a counter, and changes no more of it',
    mutate: (store) => ({
      async incrementMany(increments) {
        await store.incrementMany(increments)
        return store.incrementMany(increments)
      },
    }),
  },
  {
    name: 'forgets what stands before the number',
    killer: 'adds to a counter, and changes no more of it',
    mutate: counting((before, by) => {
      const next = add(before, by)
      return next?.fill(0, stampOffset + stampLength, -counterLength)
    }),
  },
  {
    name: 'keeps the old stamp of a counter',
    killer: 'adds to a counter, and changes no more of it',
    mutate: counting((before, by) => add(before, { ...by, stamp: stampOf(before) })),
  },
  {
    name: 'begins to count where there is no counter',
    killer: 'counts on nothing that is no counter',
    mutate: counting((before, one) => add(before, one) ?? counterBytes(one.by)),
  },
  {
    name: 'counts on every record that ends with a number',
    killer: 'counts on nothing that is no counter',
    mutate: counting((before, one) => add(before.with(kindOffset, counterKind), one)),
  },
  {
    name: 'looks at one of the two numbers',
    killer: 'counts on nothing that is no counter',
    mutate: counting((before, one) => {
      const number = numberOf(before)
      return number.trim() === `${Number(number)}`
        ? add(withNumber(before, Number(number)), one)
        : undefined
    }),
  },
  {
    name: 'takes for a number what JavaScript takes for one',
    killer: 'counts on nothing that is no counter',
    mutate: counting((before, one) => {
      return add(withNumber(before, Number(numberOf(before))), one)
    }),
  },
  {
    name: 'counts with 32 bits',
    killer: 'adds up exactly, within the safe integers',
    mutate: counting((before, one) => {
      const next = add(before, one)
      return next && withNumber(next, (countIn(next) ?? 0) | 0)
    }),
  },
  {
    name: 'stops at the greatest number',
    killer: 'adds up exactly, within the safe integers',
    mutate: counting(
      (before, one) => add(before, one) ?? withNumber(before, one.by > 0 ? most : -most),
    ),
  },
  {
    name: 'adds the increments of a key up before it makes them',
    killer: 'makes the increments of a key in the order of the batch',
    mutate: (store) => ({
      async incrementMany(increments) {
        const sums = new Map<string, Increment>()
        for (const one of increments) {
          sums.set(one.key, { ...one, by: one.by + (sums.get(one.key)?.by ?? 0) })
        }
        const answers = await store.incrementMany([...sums.values()])
        return increments.map(({ key }) => answers[[...sums.keys()].indexOf(key)])
      },
    }),
  },
  {
    name: 'makes increments in the order of keys',
    killer: 'makes the increments of a key in the order of the batch',
    mutate: (store) => ({
      incrementMany: (increments) =>
        store.incrementMany(increments.toSorted((a, b) => (a.key < b.key ? -1 : 1))),
    }),
  },
  {
    name: 'lets a counter live for ever once it has counted',
    killer: 'keeps the life of a counter',
    mutate: counting(add),
  },
  {
    name: 'counts on what has expired',
    killer: 'keeps the life of a counter',
    mutate: (store) => {
      const last = new Map<string, Bytes>()
      return {
        incrementMany: (increments) =>
          inTurn(increments, async (one) => {
            const value = last.get(one.key)
            if (value) await store.addMany([{ key: one.key, value, expiresAt: Infinity }])
            const [answer] = await store.incrementMany([one])
            if (answer) last.set(one.key, answer)
            return answer
          }),
      }
    },
  },
  ...['counts every increment of 20 callers', 'never counts on what was removed or replaced'].map(
    (killer) => ({
      name: 'looks what is there before it counts, but not in one step',
      killer,
      mutate: counting(add),
    }),
  ),
  {
    name: 'puts the stamp on its answer alone',
    killer: 'gives a counter the stamp of its increment',
    mutate: (store) => ({
      incrementMany: (increments) =>
        inTurn(increments, async (one) => {
          const [before] = await store.getMany([one.key])
          const [answer] = await store.incrementMany([
            { ...one, stamp: stampOf(before ?? one.stamp) },
          ])
          return answer && addToCounter(answer, 0, one.stamp)
        }),
    }),
  },
]

/** It counts in its own way, with a look before, and forgets when the counter expires. */
function counting(next: (before: Bytes, one: Increment) => Bytes | undefined): Mutant['mutate'] {
  return (store) => ({
    incrementMany: (increments) =>
      inTurn(increments, async (one) => {
        const [before] = await store.getMany([one.key])
        await pause()
        const value = before && next(before, one)
        if (value) await store.setMany([{ key: one.key, value, expiresAt: Infinity }])
        return value
      }),
  })
}

function add(before: Bytes, { by, stamp }: Increment): Bytes | undefined {
  return addToCounter(before, by, stamp)
}

function withNumber(counter: Bytes, number: number): Bytes {
  return Uint8Array.of(...counter.subarray(0, -counterLength), ...counterBytes(number))
}

/** The last of the two, as text. */
function numberOf(counter: Bytes): string {
  return String.fromCharCode(...counter.subarray(-numberLength))
}
