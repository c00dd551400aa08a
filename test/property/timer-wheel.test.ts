import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimerWheel } from '../../src/kernel/timer-wheel.ts'

const tick = 256
const slots = 12
const start = 1_700_000_000_123

/** Times of every order of magnitude, from within a tick to beyond the wheel's last ring. */
const span = fc.oneof(
  ...[100, 1_000, 20_000, 20_000, 2_000_000, 2_000_000, 1e8, 1e10, 1e12].map((max) => fc.nat(max)),
)
const slot = fc.nat(slots - 1)

type Operation =
  | { type: 'schedule'; slot: number; span: number }
  | { type: 'extend'; slot: number; span: number }
  | { type: 'cancel'; slot: number }
  | { type: 'pass'; span: number; limit: number }
  | { type: 'wait'; limit: number }
  | { type: 'set back'; span: number }
  | { type: 'clear' }

const limit = fc.constantFrom(1, 2, 1_000)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('schedule'), slot, span }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('extend'), slot, span }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('cancel'), slot }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('pass'), span, limit }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('wait'), limit }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('set back'), span }) },
  { weight: 1, arbitrary: fc.constant<Operation>({ type: 'clear' }) },
)

/** A wheel, and the plain list of what it should know. */
class Pair {
  now = start
  looks = 0
  readonly deadlines = new Array<number>(slots).fill(Infinity)
  /** By which instant each waiting slot must be looked at. */
  readonly waiting = new Map<number, number>()
  readonly wheel = new TimerWheel((slot) => {
    this.looks++
    return this.deadlines[slot] as number
  })

  constructor() {
    this.wheel.reserve(slots)
  }

  schedule(slot: number, deadline: number): void {
    this.deadlines[slot] = deadline
    this.wheel.schedule(slot, this.now)
    this.waiting.delete(slot)
    if (deadline !== Infinity) this.waiting.set(slot, nextTick(Math.max(deadline, this.now)))
  }

  /** Runs until nothing is left to do at this instant. */
  advance(limit: number): void {
    do {
      const before = this.looks
      this.wheel.advance(this.now, limit, (slot) => {
        expect(this.waiting.has(slot)).toBe(true)
        expect(this.deadlines[slot]).toBeLessThanOrEqual(this.now)
        this.waiting.delete(slot)
      })
      expect(this.looks - before).toBeLessThanOrEqual(limit)
    } while (this.wheel.next <= this.now)
    for (const [slot, due] of this.waiting) {
      if (due > this.now) continue
      expect(this.deadlines[slot]).toBeGreaterThan(this.now)
      this.waiting.set(slot, nextTick(this.deadlines[slot] as number))
    }
  }

  check(): void {
    expect(this.wheel.size).toBe(this.waiting.size)
    const disputed = this.deadlines.findIndex((_, i) => this.wheel.has(i) !== this.waiting.has(i))
    expect(disputed).toBe(-1)
    if (this.waiting.size === 0) expect(this.wheel.next).toBe(Infinity)
    const latest = [...this.waiting].map(([slot, due]) =>
      Math.max(due, nextTick(this.deadlines[slot] as number)),
    )
    expect(this.wheel.next).toBeLessThanOrEqual(Math.min(...latest))
  }
}

function nextTick(instant: number): number {
  return Math.ceil(instant / tick) * tick
}

function run(pair: Pair, operation: Operation): void {
  switch (operation.type) {
    case 'schedule':
      pair.schedule(operation.slot, pair.now + operation.span - 400)
      break
    case 'extend':
      pair.deadlines[operation.slot] = (pair.deadlines[operation.slot] as number) + operation.span
      break
    case 'cancel':
      pair.wheel.cancel(operation.slot)
      pair.waiting.delete(operation.slot)
      break
    case 'pass':
      pair.now += operation.span
      pair.advance(operation.limit)
      break
    case 'wait':
      if (pair.wheel.next === Infinity) break
      pair.now = Math.max(pair.now, pair.wheel.next)
      pair.advance(operation.limit)
      break
    case 'set back':
      pair.now -= operation.span
      break
    case 'clear':
      pair.wheel.clear()
      pair.wheel.reserve(slots)
      pair.waiting.clear()
  }
}

test('every slot is due within a tick of its deadline, never before it, wherever the clock is set', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 100, size: 'max' }), (operations) => {
      const pair = new Pair()
      for (const operation of operations) {
        run(pair, operation)
        pair.check()
      }
    }),
    { numRuns: 500 },
  )
})

test('one who calls when told to has each slot on time and looks at it once a level', () => {
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: slots }), (spans) => {
      const pair = new Pair()
      spans.forEach((span, slot) => {
        pair.schedule(slot, pair.now + span)
      })
      const deepest = 10 // the five levels, and the last ring again every 8.7 years
      for (let turns = 0; pair.wheel.next !== Infinity; turns++) {
        expect(turns).toBeLessThanOrEqual(spans.length * deepest)
        pair.now = Math.max(pair.now, pair.wheel.next)
        pair.advance(1_000)
        for (const slot of pair.waiting.keys()) {
          expect(pair.now).toBeLessThan(nextTick(pair.deadlines[slot] as number))
        }
      }
      expect(pair.waiting.size).toBe(0)
      expect(pair.looks).toBeLessThanOrEqual(spans.length * deepest)
    }),
  )
})

test('a slot that is never due is not scheduled', () => {
  const pair = new Pair()
  pair.schedule(0, start + 1_000)
  pair.schedule(0, Infinity)
  pair.check()
  expect(pair.wheel.size).toBe(0)
})

test('room is taken when the first slot is scheduled, for all that were reserved by then', () => {
  const deadlines = new Array<number>(slots).fill(Infinity)
  const wheel = new TimerWheel((slot) => deadlines[slot] as number)
  for (let round = 0; round < 2; round++) {
    wheel.reserve(slots / 2)
    expect([wheel.has(0), wheel.has(slots / 2)]).toEqual([false, false])
    wheel.cancel(0)
    deadlines[slots / 2 - 1] = start + 1_000
    wheel.schedule(slots / 2 - 1, start)
    wheel.reserve(slots)
    deadlines[slots - 1] = start + 1_000
    wheel.schedule(slots - 1, start)
    expect(wheel.size).toBe(2)
    const due: number[] = []
    wheel.advance(start + 2_000, 10, (slot) => due.push(slot))
    expect(due).toEqual([slots / 2 - 1, slots - 1])
    wheel.schedule(slots - 1, start + 2_000)
    wheel.clear()
    expect([wheel.size, wheel.next, wheel.has(slots - 1)]).toEqual([0, Infinity, false])
  }
})

test('a slot whose deadline is put off for ever is let go when it is met', () => {
  const pair = new Pair()
  pair.schedule(0, start + 1_000)
  pair.deadlines[0] = Infinity
  pair.now += 2_000
  pair.wheel.advance(pair.now, 1_000, () => expect.unreachable())
  expect(pair.wheel.size).toBe(0)
})

test('what is due soon is looked at when it is due, and not before, however long others wait', () => {
  const pair = new Pair()
  pair.schedule(0, start + 10_000_000_000)
  pair.now += 600_000
  pair.advance(1_000)
  pair.schedule(1, pair.now + 10_000)
  expect(pair.wheel.next).toBe(nextTick(pair.now + 10_000))
})

test('a clock set forward by a lifetime is caught up with in as many steps as there are slots', () => {
  const pair = new Pair()
  for (let slot = 0; slot < slots; slot++) pair.schedule(slot, start + 10 ** slot)
  pair.looks = 0
  pair.now += 100 * 365 * 86_400_000
  pair.advance(1_000)
  expect(pair.wheel.size).toBe(0)
  expect(pair.looks).toBe(slots)
})
