import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SlotKeeper, SlotRoom } from '../../src/memory/slot-room.ts'

const firstCapacity = 64

/** What a room looks after: parts that note how much they were given. */
class Parts {
  readonly capacities: number[]
  /** How often a part was given room. */
  growths = 0
  readonly room: SlotRoom

  constructor(count: number) {
    this.capacities = new Array<number>(count).fill(0)
    const keepers = this.capacities.map(
      (_, part): SlotKeeper => ({
        reserve: (capacity) => {
          expect(capacity).toBeGreaterThan(this.capacities[part] as number)
          this.capacities[part] = capacity
          this.growths++
        },
      }),
    )
    this.room = new SlotRoom(keepers)
  }

  /** Answers how many parts grew. */
  makeFor(slot: number, most: number): number {
    const before = this.growths
    this.room.makeFor(slot, most)
    expect(Math.min(...this.capacities)).toBeGreaterThan(slot)
    return this.growths - before
  }

  fill(until: number, most: number, from = 0): number[] {
    const growths: number[] = []
    for (let slot = from; slot < until; slot++) growths.push(this.makeFor(slot, most))
    return growths
  }

  clear(): void {
    this.capacities.fill(0)
    this.room.clear()
  }
}

test('the first slot gives every part room, then each grows in an insertion of its own', () => {
  const parts = new Parts(5)
  const [first, ...others] = parts.fill(10_000, Infinity)
  expect(first).toBe(5)
  expect(Math.max(...others)).toBe(1)
})

test('room is doubled, up to what the bound can make use of', () => {
  const parts = new Parts(3)
  const seen = new Set<number>()
  for (let slot = 0; slot <= 1_000; slot++) {
    parts.makeFor(slot, 1_000)
    seen.add(parts.capacities[0] as number)
  }
  expect([...seen]).toEqual([64, 128, 256, 512, 1_004])
  expect(parts.capacities).toEqual([1_004, 1_004, 1_004])
})

test('a small cache has no more room than it needs, and is given it once', () => {
  const parts = new Parts(5)
  expect(parts.fill(3, 2)).toEqual([5, 0, 0])
  expect(parts.capacities).toEqual([8, 8, 8, 8, 8])
})

test('no part grows before the slots run out', () => {
  const parts = new Parts(5)
  parts.fill(firstCapacity - 5, Infinity)
  expect(parts.growths).toBe(5)
})

test('a larger bound when all slots are taken lets each part grow in an insertion of its own', () => {
  for (const most of [1, 2, 50, 57, 58, 59, 60, 61, 62, 63, 64, 65, 69, 128, 200]) {
    const parts = new Parts(5)
    parts.fill(most + 1, most)
    expect(Math.max(...parts.fill(300, Infinity, most + 1))).toBe(1)
  }
})

test('a larger bound in the middle of a growth lets it end first', () => {
  const parts = new Parts(5)
  parts.fill(firstCapacity - 2, 70)
  expect(parts.capacities).toEqual([76, 76, 76, 64, 64])
  parts.fill(500, 1_000, firstCapacity - 2)
  expect(Math.max(...parts.capacities)).toBeLessThanOrEqual(1_006)
})

test('a smaller bound takes nothing away, in a growth or near the end of the room', () => {
  for (let used = firstCapacity - 10; used < firstCapacity + 10; used++) {
    for (const most of [1, used - 1, used, used + 1, used + 3]) {
      const parts = new Parts(5)
      parts.fill(used, Infinity)
      for (let slot = used; slot <= most; slot++) parts.makeFor(slot, most)
    }
  }
})

test('after clear there is no room, whatever there was', () => {
  for (let used = 0; used < 2 * firstCapacity; used++) {
    const parts = new Parts(4)
    parts.fill(used, Infinity)
    parts.clear()
    expect(parts.makeFor(0, 9)).toBe(4)
    expect(parts.capacities).toEqual([14, 14, 14, 14])
  }
})

test('every slot has room, and none shrinks, whatever becomes of the bound', () => {
  const most = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constant(Infinity))
  const operation = fc.oneof(
    fc.record({ type: fc.constant('insert' as const), count: fc.nat(150) }),
    fc.record({ type: fc.constant('resize' as const), most }),
    fc.constant({ type: 'clear' as const }),
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      most,
      fc.array(operation, { maxLength: 20 }),
      (count, bound, operations) => {
        const parts = new Parts(count)
        let most = bound
        let largest = bound
        let used = 0
        for (const operation of operations) {
          if (operation.type === 'resize') {
            most = operation.most
            largest = Math.max(largest, most)
          } else if (operation.type === 'clear') {
            parts.clear()
            largest = most
            used = 0
          } else {
            // Slots are used again before new ones are: those in use are at most the bound and one.
            for (let i = 0; i < operation.count && used <= most; i++) {
              expect(parts.makeFor(used, most)).toBeLessThanOrEqual(used === 0 ? count : 1)
              used++
            }
          }
          const capacity = Math.max(...parts.capacities)
          expect(capacity).toBeLessThanOrEqual(largest + 1 + 2 * count)
          expect(capacity).toBeLessThanOrEqual(Math.max(firstCapacity, 2 * (used + count)))
        }
      },
    ),
  )
})
