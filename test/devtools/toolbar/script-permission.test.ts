import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scriptPermission } from '../../../src/devtools/toolbar/script-permission.ts'

const allowed: readonly (readonly [policies: string[], nonce: string | undefined])[] = [
  [[], undefined],
  [["img-src 'self'"], undefined],
  [["script-src 'self' 'unsafe-inline'"], undefined],
  [["default-src 'UNSAFE-INLINE'"], undefined],
  [["default-src 'none'; script-src 'nonce-abc='"], 'abc='],
  [["script-src 'nonce-abc' 'strict-dynamic' 'unsafe-inline'"], 'abc'],
  [["script-src 'none'; script-src-elem 'nonce-abc'"], 'abc'],
  [["SCRIPT-SRC 'nonce-aBc'"], 'aBc'],
  [["script-src 'nonce-abc'", "default-src 'unsafe-inline'"], 'abc'],
  [["script-src 'nonce-abc', script-src 'nonce-abc'"], 'abc'],
  [["script-src 'nonce-a' 'nonce-b'"], 'a'],
  [['sandbox allow-scripts allow-forms'], undefined],
]

test.each(allowed)('%j lets it run, with the nonce %s', (policies, nonce) => {
  expect(scriptPermission(policies, undefined)).toEqual({ nonce })
})

const forbidden: readonly (readonly string[])[] = [
  ["default-src 'self'"],
  ["script-src 'none'"],
  ["script-src 'self'; script-src 'unsafe-inline'"],
  ["script-src 'unsafe-inline' 'sha256-abc='"],
  ["script-src 'unsafe-inline' 'strict-dynamic'"],
  ["script-src-elem 'self'; script-src 'unsafe-inline'"],
  ["script-src 'nonce-abc'", "script-src 'self'"],
  ["script-src 'nonce-abc', script-src 'nonce-def'"],
  ["style-src 'nonce-abc'; script-src 'self'"],
  ["script-src 'nonce-\"><script>'"],
  ['sandbox allow-forms'],
  ['sandbox'],
]

test.each(forbidden)('%j %s does not', (...policies) => {
  expect(scriptPermission(policies, undefined)).toBeUndefined()
})

test('a nonce that the application says counts where the policies know it', () => {
  expect(scriptPermission(["script-src 'nonce-a' 'nonce-b'"], 'b')).toEqual({ nonce: 'b' })
  expect(scriptPermission(["script-src 'nonce-a'"], 'b')).toBeUndefined()
  expect(scriptPermission(["script-src 'unsafe-inline'"], 'b')).toEqual({ nonce: 'b' })
})

test('another policy never lets more run', () => {
  const source = fc.constantFrom("'self'", "'unsafe-inline'", "'nonce-a'", "'nonce-b'", "'none'")
  const policy = fc
    .tuple(fc.constantFrom('default-src', 'script-src', 'img-src'), fc.array(source))
    .map(([name, sources]) => [name, ...sources].join(' '))
  fc.assert(
    fc.property(fc.array(policy), policy, (policies, another) => {
      const before = scriptPermission(policies, 'a')
      const after = scriptPermission([...policies, another], 'a')
      if (before === undefined) expect(after).toBeUndefined()
    }),
  )
})
