import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listMembers, trimmed, unquoted } from '../../src/http/engine/fields.ts'

/** The engine's readers of field values against what their grammar says as a regular expression. */

const text = fc
  .array(fc.constantFrom('"', '\\', ',', ' ', '\t', '\n', '\u00a0', 'a', 'b'), { maxLength: 12 })
  .map((chars) => chars.join(''))
const runs = { numRuns: 1_000 }

test('a list is divided by the commas outside of its quoted strings (RFC 9110 §5.6.1)', () => {
  fc.assert(
    fc.property(text, (value) => {
      const members = value.match(/(?:"(?:\\.|[^"\\])*"|[^,])+/gs) ?? []
      expect(listMembers(value)).toEqual(members.map(withoutSpace).filter((one) => one !== ''))
    }),
    runs,
  )
})

test('white space is that of HTTP (RFC 9110 §5.6.3)', () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(trimmed(value)).toBe(withoutSpace(value))
    }),
    runs,
  )
})

test('a quoted string says what is in it, without the backslashes (RFC 9110 §5.6.4)', () => {
  fc.assert(
    fc.property(text, fc.boolean(), (value, isQuoted) => {
      const whole = isQuoted ? `"${value}"` : value
      const inside = /^"(.*)"$/s.exec(whole)?.[1]
      expect(unquoted(whole)).toBe(inside?.replace(/\\(.)/gs, '$1') ?? whole)
    }),
    runs,
  )
})

function withoutSpace(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, '')
}
