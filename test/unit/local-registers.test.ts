import { expect, test } from 'vitest'
import { LocalRegisters } from '../../src/core/locks/local-registers.ts'

test('registers that nobody needs any more go, however many there are', () => {
  const registers = new LocalRegisters()
  let now = 0
  for (; now < 100_000; now++) {
    registers.set(`${now}`, { value: now, expiresAt: now + 100 }, now)
  }
  const left = Array.from({ length: now }, (_, i) => registers.get(`${i}`)).filter(
    (value) => value !== undefined,
  )
  expect(left.length).toBeLessThanOrEqual(1_001)
  expect(left.slice(-100)).toEqual(Array.from({ length: 100 }, (_, i) => now - 100 + i))
})
