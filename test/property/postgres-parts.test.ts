import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Joiner, partsOf } from '../../src/buses/postgres/parts.ts'

const message = fc.oneof(
  fc.uint8Array({ maxLength: 50 }),
  fc.nat(60_000).map((length) => Uint8Array.from({ length }, (_, at) => at * 7)),
  fc.constantFrom(5_699, 5_700, 5_701, 11_400).map((length) => new Uint8Array(length)),
)

test('messages come out of their parts as they were, and parts are short and different', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), (messages) => {
      const joiner = new Joiner()
      const all = new Set<string>()
      const joined: Uint8Array[] = []
      for (const each of messages) {
        for (const part of partsOf(each, all.size)) {
          expect(all.has(part)).toBe(false)
          all.add(part)
          expect(part.length).toBeLessThan(8_000)
          const found = joiner.add(part)
          if (typeof found !== 'string') joined.push(new Uint8Array(found))
        }
      }
      expect(joined).toEqual(messages)
    }),
    { numRuns: 50 },
  )
})

test('a part that is missing is noticed, and costs that message alone', () => {
  const joiner = new Joiner()
  const [first = '', , third = ''] = partsOf(new Uint8Array(17_000), 0)
  expect(joiner.add(first)).toBe('incomplete')
  expect(joiner.add(third)).toBe('damaged')
  expect(joiner.add('anything')).toBe('damaged')
  const [only = ''] = partsOf(Uint8Array.of(1, 2), 3)
  expect(joiner.add(only)).toEqual(Buffer.of(1, 2))
})
