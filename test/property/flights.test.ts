import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Flight } from '../../src/core/loading/flight.ts'
import { Flights } from '../../src/core/loading/flights.ts'

const keys = ['a', 'b', 'c'] as const
const step = fc.record({
  does: fc.constantFrom('add', 'add', 'remove' as const),
  key: fc.constantFrom(...keys),
  /** Which of the flights that there were, for a removal. */
  which: fc.nat(20),
})

test('there is one flight of each key, the latest, whichever are removed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const flights = new Flights()
      const model = new Map<string, Flight>()
      const all: Flight[] = []
      for (const { does, key, which } of steps) {
        if (does === 'add') {
          const flight = new Flight({ key, memoryKey: key }, 0, 0, false, undefined)
          all.push(flight)
          flights.add(flight)
          model.set(key, flight)
        } else {
          const flight = all[which % Math.max(1, all.length)]
          if (flight === undefined) continue
          flights.remove(flight)
          if (model.get(flight.memoryKey) === flight) model.delete(flight.memoryKey)
        }
        expect(flights.size).toBe(model.size)
        for (const one of keys) expect(flights.get(one)).toBe(model.get(one))
      }
    }),
    { numRuns: 500 },
  )
})
