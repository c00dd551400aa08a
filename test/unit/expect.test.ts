import { describe, expect, test } from 'vitest'
import {
  expectFunction,
  expectInteger,
  expectNumber,
  expectOptions,
  expectString,
  show,
} from '../../src/kernel/expect.ts'

test.each([
  ['a', '"a"'],
  ['"', '"\\""'],
  ['x'.repeat(60), `"${'x'.repeat(60)}"`],
  ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
  [5n, '5n'],
  [function named() {}, 'function named'],
  [(() => () => {})(), 'function (anonymous)'],
  [[1], 'an array'],
  [{ toString: () => 'run' }, 'an object'],
  [null, 'null'],
  [undefined, 'undefined'],
  [-0.5, '-0.5'],
  [true, 'true'],
  [Symbol('s'), 'Symbol(s)'],
])('in a message %o is %s', (value, shown) => expect(show(value)).toBe(shown))

describe('a number', () => {
  test('lies within its bounds, both included', () => {
    expect(expectNumber('share', 0, 0, 1)).toBe(0)
    expect(expectNumber('share', 1, 0, 1)).toBe(1)
    for (const value of [-0.1, 1.1, Number.NaN, '1', null]) {
      expect(() => expectNumber('share', value, 0, 1)).toThrow(
        `Expected \`share\` to be a number from 0 to 1, got ${show(value)} (${typeof value})`,
      )
    }
    expect(() => expectNumber('share', -1, 0, Infinity)).toThrow('a number from 0 up, got -1')
  })

  test('is whole where it must be', () => {
    expect(expectInteger('count', 1, 1, 3)).toBe(1)
    expect(expectInteger('count', 3, 1, 3)).toBe(3)
    for (const value of [0, 4, 1.5, Number.NaN, '2', 2 ** 53, null]) {
      expect(() => expectInteger('count', value, 1, 3)).toThrow('a whole number from 1 to 3, got ')
    }
    const most = Number.MAX_SAFE_INTEGER
    expect(expectInteger('count', most, 1, most)).toBe(most)
    expect(() => expectInteger('count', 0, 1, most)).toThrow('a whole number from 1 up, got 0')
  })
})

test('a function, a text, options', () => {
  expectFunction('load', () => {})
  expect(() => expectFunction('load', {})).toThrow('`load` to be a function, got an object')
  expect(expectString('name', 'a')).toBe('a')
  for (const value of ['', 1, null]) {
    expect(() => expectString('name', value)).toThrow('`name` to be a string that is not empty')
  }
  const known = new Set(['a', 'b'])
  expectOptions('of it', {}, known)
  expectOptions('of it', { a: 1, b: undefined }, known)
  for (const value of [undefined, null, 1, 'a', []]) {
    expect(() => expectOptions('of it', value, known)).toThrow('`of it` to be an object of options')
  }
  expect(() => expectOptions('it', { a: 1, c: 2 }, known)).toThrow(
    'Unknown option `c` of it; it knows a, b',
  )
})
