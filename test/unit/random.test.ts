import { afterEach, expect, test, vi } from 'vitest'
import { randomSeed, stampSource } from '../../src/kernel/random.ts'

afterEach(() => void vi.restoreAllMocks())

test('a seed has all 32 bits', () => {
  const fill = vi.spyOn(crypto, 'getRandomValues')
  fill.mockImplementation((bytes) => {
    if (bytes instanceof Int32Array) bytes[0] = -0x12345678
    return bytes
  })
  expect(randomSeed()).toBe(-0x12345678)
})

test.each([
  [0, 0],
  [0.25, 2 ** 30],
  [0.75, -(2 ** 30)],
])('where nothing is random yet, it is made of %d', (random, seed) => {
  vi.spyOn(crypto, 'getRandomValues').mockImplementation(() => {
    throw new Error('Not outside of a request')
  })
  vi.spyOn(Math, 'random').mockReturnValue(random)
  expect(randomSeed()).toBe(seed)
})

test('stamps of the system are not alike', () => {
  const next = stampSource()
  const stamps = new Set(Array.from({ length: 2_000 }, () => next().join()))
  expect(stamps.size).toBe(2_000)
})
