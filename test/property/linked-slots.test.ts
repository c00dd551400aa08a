import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LinkedSlots } from '../../src/kernel/linked-slots.ts'

const lists = 3
const slots = 12

function contents(linked: LinkedSlots, list: number): number[] {
  const found: number[] = []
  for (let slot = linked.first(list); slot !== -1; slot = linked.after(slot)) found.push(slot)
  return found
}

test('linked slots are what arrays of slots are', () => {
  const slot = fc.nat(slots - 1)
  const operation = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant('append'), slot, list: fc.nat(lists - 1) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('remove'), slot, list: fc.constant(0) }),
    },
    { weight: 1, arbitrary: fc.constant({ type: 'clear', slot: 0, list: 0 }) },
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60, size: 'max' }), (operations) => {
      const linked = new LinkedSlots(lists)
      const naive: number[][] = Array.from({ length: lists }, () => [])
      for (const { type, slot, list } of operations) {
        linked.reserve(slot + 1)
        const home = naive.find((slots) => slots.includes(slot))
        expect(linked.has(slot)).toBe(home !== undefined)
        if (type === 'clear') {
          linked.clear()
          for (const slots of naive) slots.length = 0
        } else if (type === 'append' && !home) {
          linked.append(slot, list)
          naive[list]?.push(slot)
        } else if (type === 'remove' && home) {
          linked.remove(slot)
          home.splice(home.indexOf(slot), 1)
        }
        for (let list = 0; list < lists; list++) expect(contents(linked, list)).toEqual(naive[list])
      }
    }),
  )
})
