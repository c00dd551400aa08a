import { expect, test } from 'vitest'
import { Publishers } from '../../src/core/behind/publishers.ts'

const patience = 3_000

function listening(): Publishers {
  const publishers = new Publishers()
  publishers.begin(0)
  return publishers
}

test('a first word with a number leaves open, once, what was said before it', () => {
  const publishers = listening()
  expect(publishers.hear('a', 7, true, 100, patience)).toBe(false)
  expect(publishers.settle(patience, patience)).toBe(false)
  expect(publishers.settle(patience + 1, patience)).toBe(true)
  expect(publishers.settle(patience + 2, patience)).toBe(false)
})

test('who has said nothing yet, or says the first thing, leaves nothing open', () => {
  const publishers = listening()
  publishers.hear('silent', 0, false, 100, patience)
  publishers.hear('new', 1, true, 100, patience)
  expect(publishers.settle(patience + 1, patience)).toBe(false)
})

test('a new beginning leaves nothing open', () => {
  const publishers = listening()
  publishers.hear('a', 7, false, 100, patience)
  publishers.begin(1_000)
  expect(publishers.settle(10_000, patience)).toBe(false)
})

test('who was not heard of in time has been missed', () => {
  const publishers = listening()
  expect(publishers.hear('late', 2, true, patience + 1, patience)).toBe(true)
  expect(publishers.hear('new', 1, true, patience + 1, patience)).toBe(false)
})
