import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Keyspace } from '../../src/core/keyspace.ts'

const name = fc.stringMatching(/^[a-z#.-]{1,8}$/)
const key = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
  fc.constantFrom(':', '1:a', '\0', '\0/x:1:a', '#:a', '/a:1:b', '\n'),
)
const version = fc.option(fc.nat(30), { nil: undefined })

test('a physical key leads back to the key in memory', () => {
  fc.assert(
    fc.property(name, fc.array(name, { maxLength: 3 }), fc.nat(3), key, version, (...given) => {
      const [root, path, own, logical, chosen] = given
      const cache = new Keyspace(root, own)
      const space = path.reduce((parent, child) => parent.namespace(child), cache)
      const physical = space.physicalKey(logical, chosen)
      expect(cache.nameOf(physical)).toEqual({ memoryKey: space.memoryKey(logical, chosen) })
      expect(cache.prefixes.some((prefix) => physical.startsWith(prefix))).toBe(true)
      expect(new Keyspace(`${root}x`, own).nameOf(physical)).toBeUndefined()
    }),
  )
})

test('a physical key of a mark leads back to its name', () => {
  fc.assert(
    fc.property(name, fc.string(), (root, mark) => {
      const cache = new Keyspace(root, 1)
      expect(cache.nameOf(cache.markKey(mark))).toEqual({ mark })
    }),
  )
})

test('a key function cannot be turned around, but marks are known', () => {
  const cache = new Keyspace('shop', 1, (logical) => `own ${logical}`)
  expect(cache.nameOf(cache.physicalKey('a', undefined))).toBeUndefined()
  expect(cache.nameOf('shop:1:a')).toBeUndefined()
  expect(cache.nameOf(cache.markKey('a'))).toEqual({ mark: 'a' })
  expect(cache.prefixes).toEqual(['shop:#:'])
})
