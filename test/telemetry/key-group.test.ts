import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compactKey } from '../../src/kernel/compact-key.ts'
import { structuralKey } from '../../src/kernel/structural-key.ts'
import { keyGroup } from '../../src/telemetry/key-group.ts'

const word = fc.constantFrom('user', 'page', 'report', 'order', 'en', 'summary')
const hex = (length: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
    .filter((text) => /\d/.test(text))
const id = fc.oneof(
  fc.nat().map(String),
  fc.uuid(),
  hex(8),
  hex(40),
  hex(64),
  fc.emailAddress().filter((address) => !/[:/|,;]/.test(address)),
  fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') })
    .map((date) => date.toISOString().slice(0, 10)),
  fc.ipV4(),
)

test('keys that differ in what varies alone are of one group', () => {
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 3 }),
      id,
      id,
      fc.constantFrom(':', '/'),
      (words, one, two, by) => {
        const group = keyGroup([...words, one].join(by))
        expect(group).toBe([...words, '{id}'].join(by))
        expect(keyGroup([...words, two].join(by))).toBe(group)
      },
    ),
  )
})

test('words stay as they are, and tell groups apart', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      expect(keyGroup(words.join(':'))).toBe(words.join(':'))
      expect(keyGroup(words.join('-'))).toBe(words.join('-'))
    }),
  )
})

test('any key has a short group, at once, which is a group of its own', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 4096, unit: 'binary' }),
      fc.option(word, { nil: undefined }),
      (key, namespace) => {
        expect(keyGroup(key, namespace).length).toBeLessThanOrEqual(101)
      },
    ),
  )
})

test('keys made of arguments are of one group, whatever the arguments', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 50 }), fc.integer(), (text, number) => {
      expect(keyGroup(compactKey(structuralKey([number], 'shared')), 'user').replace('-', '')).toBe(
        'user:{id}',
      )
      expect(keyGroup(compactKey(structuralKey([text], 'shared')), 'user')).toBe('user:{id}')
    }),
  )
})

test.each([
  ['user:42', 'user:{id}'],
  ['user:42:posts:7', 'user:{id}:posts:{id}'],
  ['/catalogue/2024-05-17/page/3', '/catalogue/{id}/page/{id}'],
  ['GET https://example.org/a?page=3', 'GET https://example.org/a?page={id}'],
  ['session:dGhpcyBpcyBub3QgYSB3b3Jk1', 'session:{id}'],
  ['monthly-report-2024-summary', 'monthly-report-{id}-summary'],
  ['user:alice', 'user:alice'],
])('%s → %s', (key, group) => {
  expect(keyGroup(key)).toBe(group)
})
