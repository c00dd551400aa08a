import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addToCounter,
  counterBytes,
  counterIn,
  counterKind,
  counterLength,
  kindOffset,
  numberLength,
} from '../../src/kernel/counter.ts'
import { counted, stampFrom } from '../../src/testing/store-case.ts'

const most = Number.MAX_SAFE_INTEGER
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -9, max: 9 }),
  fc.integer({ min: 0, max: 9 }).map((below) => most - below),
  fc.integer({ min: 0, max: 9 }).map((above) => above - most),
)

test('every safe integer has its bytes, as many as any other', () => {
  fc.assert(
    fc.property(number, fc.uint8Array(), (n, before) => {
      const bytes = counterBytes(n)
      expect(bytes.length).toBe(counterLength)
      expect(counterIn(Uint8Array.of(...before, ...bytes))).toBe(n)
    }),
  )
})

test('a sum is exact, or there is none', () => {
  fc.assert(
    fc.property(number, number, fc.string(), (n, by, text) => {
      const record = counted(1, n, text)
      const sum = BigInt(n) + BigInt(by)
      const isSafe = BigInt(-most) <= sum && sum <= BigInt(most)
      const expected = isSafe ? counted(2, Number(sum), text) : undefined
      expect(addToCounter(record, by, stampFrom(2))).toEqual(expected)
      expect(record).toEqual(counted(1, n, text))
    }),
  )
})

test('no other bytes are a number', () => {
  const unit = fc.constantFrom(' ', '-', '+', '0', '1', '9', '.', 'e', '\n', '\0', 'é')
  const nearly = fc.string({ unit, minLength: numberLength - 1, maxLength: numberLength + 1 })
  const right = fc.integer().map((n) => `${n}`.padStart(numberLength))
  fc.assert(
    fc.property(fc.oneof(nearly, right), (text) => {
      const twice = Buffer.from(text.repeat(2), 'latin1')
      const isNumber = text.length === numberLength && /^ *-?[0-9]+$/.test(text)
      const expected = isNumber && Number.isSafeInteger(Number(text)) ? Number(text) : undefined
      expect(counterIn(twice)).toBe(expected)
    }),
  )
})

test('a counter that was changed where it says its number is none', () => {
  const wholes = fc.record({
    n: number,
    text: fc.string(),
    at: fc.nat(counterLength - 1),
    by: fc.integer({ min: 1, max: 255 }),
  })
  fc.assert(
    fc.property(wholes, ({ n, text, at, by }) => {
      const whole = counted(1, n, text)
      const place = whole.length - 1 - at
      const changed = whole.with(place, (whole[place] as number) ^ by)
      expect(counterIn(changed)).toBe(undefined)
      expect(addToCounter(changed, 0, stampFrom(2))).toBe(undefined)
    }),
  )
})

test('nothing else can be added to', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(255), number, (bytes, kind, n) => {
      expect(addToCounter(bytes, 1, stampFrom(2))).toBe(undefined)
      const other = counted(1, n).with(kindOffset, kind)
      expect(addToCounter(other, 0, stampFrom(2)) !== undefined).toBe(kind === counterKind)
    }),
  )
})
