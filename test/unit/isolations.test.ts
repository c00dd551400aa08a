import { describe, expect, test } from 'vitest'
import { isolations } from '../../src/core/recollection.ts'

describe('what is frozen', () => {
  const { keep, give } = isolations.freeze

  test('is the value itself, and all the plain data in it', () => {
    const value = { list: [{ deep: 1 }], text: 'x', none: null, nothing: undefined }
    expect(keep(value)).toBe(value)
    expect(give(value)).toBe(value)
    for (const part of [value, value.list, value.list[0]]) expect(Object.isFrozen(part)).toBe(true)
  })

  test('may refer to itself', () => {
    const value: { self?: unknown } = {}
    value.self = [value]
    expect(keep(value)).toBe(value)
    expect(Object.isFrozen(value.self)).toBe(true)
  })

  test.each([5, 'x', null, undefined, true, 5n])('is not %s, which cannot change', (value) => {
    expect(keep(value)).toBe(value)
  })

  test.each([
    ['bytes', new Uint8Array(2)],
    ['a view', new DataView(new ArrayBuffer(2))],
    ['a function', () => 1],
  ])('is not what has state of its own: %s', (_, value) => {
    expect(keep(value)).toBe(value)
    expect(keep({ value })).toEqual({ value })
    expect(Object.isFrozen(value)).toBe(false)
  })
})
