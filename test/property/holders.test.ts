import fc from 'fast-check'
import { expect, test } from 'vitest'
import { claim, dismiss, type Holders, prolong } from '../../src/core/locks/holders.ts'

/** The rules of a lock by themselves, against a list of who holds it until when. */

const owners = fc.constantFrom('a', 'b', 'c', 'd')
const step = fc.oneof(
  fc.record({ verb: fc.constant('claim'), owner: owners, ms: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ verb: fc.constant('prolong'), owner: owners, ms: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ verb: fc.constant('dismiss'), owner: owners, ms: fc.constant(0) }),
  fc.record({ verb: fc.constant('wait'), owner: owners, ms: fc.integer({ min: 1, max: 60 }) }),
)

test('places are given to so many at most, are lost only by time, and fences only grow', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.array(step), (permits, steps) => {
      let now = 1_000
      let register: Holders | undefined
      let fence = 0
      const until = new Map<string, number>()
      const isLive = (owner: string) => (until.get(owner) ?? 0) > now
      const live = () => [...until.keys()].filter(isLive)
      for (const { verb, owner, ms } of steps) {
        if (verb === 'wait') now += ms
        else if (verb === 'claim') {
          const wasLive = isLive(owner)
          const before = live()
          let freeAt: number | undefined
          const { answer, next } = claim(owner, ms, permits, (at) => {
            freeAt = at
          })(register, now)
          register = next?.value ?? register
          expect(answer !== undefined).toBe(wasLive || before.length < permits)
          if (answer === undefined) {
            expect(freeAt).toBe(Math.min(...before.map((other) => until.get(other) ?? 0)))
          } else if (!wasLive) {
            expect(answer.fence).toBeGreaterThan(fence)
            fence = answer.fence
            until.set(owner, now + ms)
          }
        } else if (verb === 'prolong') {
          const { answer, next } = prolong(owner, ms)(register, now)
          register = next?.value ?? register
          expect(answer).toBe(isLive(owner) ? now + ms : undefined)
          if (isLive(owner)) until.set(owner, now + ms)
        } else {
          const { answer, next } = dismiss(owner)(register, now)
          register = next?.value ?? register
          expect(answer).toBe(isLive(owner))
          until.delete(owner)
        }
        expect(live().length).toBeLessThanOrEqual(permits)
      }
    }),
  )
})
