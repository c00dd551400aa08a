import { describe, expect, test } from 'vitest'
import { writtenNames } from '../../src/kernel/written-names.ts'

const mostShapes = 1_000
const mostNames = 32
const longestName = 64
/** No name begins so that this process has seen before. */
const fresh = crypto.randomUUID()

function names(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`)
}

/** Whether it is remembered how objects with these names are written. */
function isRemembered(names: readonly string[]): boolean {
  return writtenNames(names) === writtenNames([...names])
}

test('names are in order, each with its length before it', () => {
  const long = 'z'.repeat(longestName + 1)
  for (const [given, sorted] of [
    [[], []],
    [
      ['b', 'aa'],
      ['aa', 'b'],
    ],
    [
      [long, 'a'],
      ['a', long],
    ],
    [names(mostNames + 1, 'n').reverse(), names(mostNames + 1, 'n').sort()],
  ] as [string[], string[]][]) {
    for (let i = 0; i < 2; i++) {
      const written = writtenNames(given)
      expect(written.names).toEqual(sorted)
      expect(written.assignments).toEqual(sorted.map((name) => ` ${name.length}:${name}=`))
    }
  }
})

describe('what objects of one shape have in common is written once', () => {
  test('where their names are the same ones in the same order', () => {
    expect(isRemembered([])).toBe(true)
    expect(isRemembered(['a', 'b'])).toBe(true)
    expect(isRemembered(['a'])).toBe(true)
    expect(writtenNames(['b', 'a'])).not.toBe(writtenNames(['a', 'b']))
    expect(writtenNames(['b', 'a'])).toEqual(writtenNames(['a', 'b']))
  })

  test('unless these are many, or long', () => {
    expect(isRemembered(names(mostNames, fresh))).toBe(true)
    expect(isRemembered(names(mostNames + 1, fresh))).toBe(false)
    expect(isRemembered(['short', fresh.padEnd(longestName, 'x')])).toBe(true)
    expect(isRemembered(['short', fresh.padEnd(longestName + 1, 'x')])).toBe(false)
  })

  test('for a thousand shapes, then all begins anew', () => {
    let made = 0
    /** How many others are remembered until one is forgotten, with itself. */
    const untilForgotten = () => {
      const before = writtenNames(['kept'])
      for (let others = 1; others <= 2 * mostShapes; others++) {
        writtenNames([`${fresh} ${made++}`])
        if (writtenNames(['kept']) !== before) return others
      }
      return Infinity
    }
    expect(untilForgotten()).toBeLessThanOrEqual(mostShapes)
    // The other that came last, and the one, are remembered already.
    for (let i = 0; i < 2; i++) expect(untilForgotten()).toBe(mostShapes - 1)
  })
})
