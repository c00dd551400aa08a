import { describe, expect, test } from 'vitest'
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

test('a new beginning leaves nothing open', () => {
  const publishers = listening()
  publishers.hear('a', 7, false, 100, patience)
  publishers.begin(1_000)
  expect(publishers.settle(10_000, patience)).toBe(false)
})

describe('the first word of somebody', () => {
  test.each([
    ['a sign of life without a number', 0, false, false],
    ['the first change', 1, true, false],
    ['a sign of life after one change', 1, false, true],
    ['the second change', 2, true, true],
  ])('leaves open what was said before it, if anything was: %s', (_, number, isChange, open) => {
    const publishers = listening()
    expect(publishers.hear('a', number, isChange, patience, patience)).toBe(false)
    expect(publishers.settle(patience + 1, patience)).toBe(open)
  })

  test('is taken for one up to the last millisecond of patience since the beginning', () => {
    const publishers = new Publishers()
    publishers.begin(10_000)
    expect(publishers.hear('a', 2, true, 10_000 + patience, patience)).toBe(false)
    expect(publishers.settle(10_000 + patience, patience)).toBe(false)
    expect(publishers.settle(10_001 + patience, patience)).toBe(true)
  })

  test('that comes too late, and is not the first, is told at once, and not again', () => {
    const publishers = listening()
    expect(publishers.hear('late', 2, true, patience + 1, patience)).toBe(true)
    expect(publishers.hear('new', 1, true, patience + 1, patience)).toBe(false)
    expect(publishers.settle(patience + 2, patience)).toBe(false)
  })
})

test('who is heard from the first word on leaves nothing open, and every gap shows', () => {
  const publishers = listening()
  const hear = (sequence: number, isChange: boolean) =>
    publishers.hear('a', sequence, isChange, 100, patience)
  const said = [hear(1, true), hear(1, false), hear(2, true), hear(3, true), hear(3, false)]
  expect(said).toEqual([false, false, false, false, false])
  expect(publishers.settle(patience + 1, patience)).toBe(false)
  // A change that comes late or twice, one that skips a number, a sign of life after one unheard.
  expect([hear(2, true), hear(4, true), hear(6, true), hear(7, false)]).toEqual([
    ...[false, false, true, true],
  ])
})

test('at a new beginning nobody is known, and nobody’s earlier words are missed', () => {
  const publishers = listening()
  publishers.hear('a', 1, true, 100, patience)
  publishers.begin(1_000)
  expect(publishers.count).toBe(0)
  expect(publishers.hear('a', 9, true, 1_100, patience)).toBe(false)
})

test('who is silent for longer than patience lasts is forgotten, whoever came first', () => {
  const publishers = listening()
  publishers.hear('a', 1, true, 0, patience)
  publishers.hear('b', 1, true, 10, patience)
  publishers.hear('a', 2, true, 20, patience)
  expect(publishers.forgetSilent(10 + patience, patience)).toBe(false)
  expect(publishers.forgetSilent(11 + patience, patience)).toBe(true)
  expect(publishers.count).toBe(1)
  expect(publishers.hear('a', 4, true, 12 + patience, patience)).toBe(true)
})

test('of more than ten thousand the one is forgotten that has been silent for longest', () => {
  const publishers = listening()
  for (let i = 0; i < 10_000; i++) publishers.hear(`${i}`, 1, true, i, 20_000)
  expect(publishers.count).toBe(10_000)
  publishers.hear('0', 2, true, 10_000, 20_000)
  publishers.hear('one more', 1, true, 10_001, 20_000)
  expect(publishers.count).toBe(10_000)
  expect(publishers.hear('0', 4, true, 10_002, 20_000)).toBe(true)
  expect(publishers.hear('1', 4, true, 10_003, 20_000)).toBe(false)
})
