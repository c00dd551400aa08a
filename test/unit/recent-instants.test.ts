import { beforeEach, expect, test } from 'vitest'
import { createRecentInstants } from '../../src/kernel/recent-instants.ts'

const repeats = 32

let instant: number
let asked: number
let ends: (() => void)[]
let clock: () => number
let recent: () => number

beforeEach(() => {
  instant = 1_000
  asked = 0
  ends = []
  clock = () => {
    asked++
    return instant
  }
  recent = createRecentInstants(
    () => clock,
    (callback) => ends.push(callback),
  )
})

/** The end of a turn of the event loop. */
function endTurn(): void {
  for (const end of ends.splice(0)) end()
}

test('the time is asked for once in so many calls of a turn, and at least as often', () => {
  for (let calls = 1; calls <= 10 * repeats; calls++) {
    recent()
    expect(asked).toBe(Math.ceil(calls / repeats))
  }
})

test('an instant is one that the time was within the turn', () => {
  for (; instant < 1_200; instant++) {
    const given = recent()
    expect(given).toBeLessThanOrEqual(instant)
    expect(given).toBeGreaterThan(Math.max(999, instant - repeats))
  }
})

test('it is exact when a turn has begun', () => {
  for (instant of [1_000, 5_000, 3_000]) {
    for (let calls = 0; calls < 20; calls++) expect(recent()).toBe(instant)
    endTurn()
  }
})

test('the end of a turn is waited for once, whatever is asked in it', () => {
  for (let i = 0; i < 10 * repeats; i++) recent()
  expect(ends).toHaveLength(1)
})

test.each([1, 7])('after a turn of %i calls the time is asked for 256 times each time', (few) => {
  for (let i = 0; i < few; i++) recent()
  endTurn()
  for (let calls = 0; calls < 256; calls++) {
    instant++
    expect(recent()).toBe(instant)
    expect(ends).toHaveLength(0)
  }
  expect(recent()).toBe(instant)
  expect(ends).toHaveLength(1)
})

test.each([8, 31, 32, 33, 40])(
  'after a turn of %i calls the end of the next is waited for',
  (many) => {
    for (let i = 0; i < many; i++) recent()
    endTurn()
    instant++
    expect(recent()).toBe(instant)
    expect(ends).toHaveLength(1)
  },
)

test('it is always asked for where turns cannot be told apart', () => {
  recent = createRecentInstants(() => clock, undefined)
  for (; instant < 1_100; instant++) expect(recent()).toBe(instant)
})

test('it is always asked for while another clock is in place, at once and until it is gone', () => {
  recent()
  const its = clock
  clock = () => 7_000
  expect(recent()).toBe(7_000)
  clock = () => 6_000
  expect(recent()).toBe(6_000)
  expect(recent()).toBe(6_000)
  expect(ends).toHaveLength(1)
  clock = its
  endTurn()
  expect(recent()).toBe(1_000)
})

test('it is its own again as soon as another clock is gone', () => {
  const its = clock
  for (const other of [7_000, 6_000]) {
    recent()
    clock = () => other
    expect(recent()).toBe(other)
    clock = its
    expect(recent()).toBe(1_000)
  }
})
