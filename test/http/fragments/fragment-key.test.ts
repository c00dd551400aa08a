import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { djangoFragmentKey } from '../../../src/http/fragments/django-fragment-key.ts'
import { makeFragmentKey } from '../../../src/http/fragments/fragment-key.ts'
import { md5 } from '../../../src/http/fragments/md5.ts'
import { ConfigError, KeyError } from '../../../src/kernel/errors.ts'

test('keys are what they have been in every release', () => {
  expect(makeFragmentKey('sidebar')).toBe('fragment:sidebar:()')
  expect(makeFragmentKey('sidebar', ['en', 42])).toBe('fragment:sidebar:2:en,42')
  expect(makeFragmentKey('shop/menu', [{ b: 1, a: [null] }])).toBe(
    'fragment:shop/menu:{ 1:a=[ null] 1:b=1}',
  )
  expect(makeFragmentKey('part', ['x'.repeat(300)])).toMatch(/^fragment:part:#[0-9a-f]{64}$/)
})

test('two fragments never share a key', () => {
  const name = fc.stringMatching(/^[a-z0-9_./-]{1,4}$/)
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom(null, undefined))
  const text = fc.stringMatching(/^[:,()#0-9a]{0,6}$/)
  const identity = fc.tuple(
    name,
    fc.array(fc.oneof(scalar, text, fc.array(text)), { maxLength: 3 }),
  )
  fc.assert(
    fc.property(identity, identity, (one, other) => {
      const same = makeFragmentKey(...one) === makeFragmentKey(...other)
      expect(same).toBe(isDeepStrictEqual(one, other))
    }),
  )
  expect(makeFragmentKey('a', ['a:b'])).not.toBe(makeFragmentKey('a', ['a', 'b']))
  expect(makeFragmentKey('a', [1])).not.toBe(makeFragmentKey('a', ['1']))
})

test('names and values of which no key can be made are refused', () => {
  for (const name of ['', 'a:b', 'a b', '\ud800', 'x'.repeat(101), undefined, 1]) {
    expect(() => makeFragmentKey(name as string)).toThrow(ConfigError)
  }
  expect(() => makeFragmentKey('a', [() => {}])).toThrow(KeyError)
})

/** As `make_template_fragment_key` answers; the values are those of Django's own tests. */
test('Django knows its fragments by the same keys', () => {
  const digests: readonly [string, Parameters<typeof djangoFragmentKey>[1], string][] = [
    ['a', undefined, 'd41d8cd98f00b204e9800998ecf8427e'],
    ['foo', ['abc'], '493e283d571a73056196f1a68efd0f66'],
    ['bar', ['abc', 'def'], '17c1a507a0cb58384f4c639067a93520'],
    ['spam', ['abc:def%'], '06c8ae8e8c430b69fb0a6443504153dc'],
    ['ints', [1, 2, 3, 4, 5], '7ae8fd2e0d25d651c683bdeebdb29461'],
    ['unicode', ['42º', '😀'], '7ced1c94e543668590ba39b3c08b0237'],
  ]
  for (const [name, varyOn, digest] of digests) {
    expect(djangoFragmentKey(name, varyOn)).toBe(`template.cache.${name}.${digest}`)
  }
  expect(djangoFragmentKey('a', [true, false, null, 10n])).toBe(
    djangoFragmentKey('a', ['True', 'False', 'None', '10']),
  )
  for (const value of [0.5, Number.NaN, 2 ** 53]) {
    expect(() => djangoFragmentKey('a', [value])).toThrow(ConfigError)
  }
})

test('MD5 is MD5, whatever the length', () => {
  const expected = (text: string) => createHash('md5').update(text).digest('hex')
  for (let length = 0; length < 200; length++) {
    const text = 'é'.repeat(length % 3) + 'x'.repeat(length)
    expect(md5(text)).toBe(expected(text))
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
      expect(md5(text)).toBe(expected(text))
    }),
  )
})
