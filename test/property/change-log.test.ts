import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChangeLog } from '../../src/kernel/change-log.ts'

type Step = { readonly do: 'mark'; readonly name: string } | { readonly do: 'markAll' }

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({ do: fc.constant('mark'), name: fc.constantFrom(...names) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('markAll') }) },
  ),
  { maxLength: 60 },
)

/** Remembers everything: `changes[i]` is what changed at tick `start + i + 1`. */
class Model {
  readonly changes: Step[] = []
  readonly #start: number

  constructor(start: number) {
    this.#start = start
  }

  changedSince(name: string, tick: number): boolean {
    return this.changes
      .slice(tick - this.#start)
      .some((step) => step.do === 'markAll' || step.name === name)
  }

  /** The tick of the last change that a log of `limit` names has forgotten. */
  forgotten(limit: number): number {
    const known = new Set<string>()
    for (let i = this.changes.length - 1; i >= 0; i--) {
      const step = this.changes[i]
      if (step?.do !== 'mark') return this.#start
      known.add(step.name)
      if (known.size > limit) return this.#start + i + 1
    }
    return this.#start
  }
}

function play(log: ChangeLog, taken: readonly Step[]): Model {
  const model = new Model(log.now)
  for (const step of taken) {
    const before = log.now
    model.changes.push(step)
    const tick = step.do === 'mark' ? log.mark(step.name) : log.markAll()
    expect(tick).toBe(before + 1)
    expect(log.now).toBe(tick)
  }
  return model
}

test('it answers as a log that never forgets, and "changed" where it had to forget', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 8 }), (taken, limit) => {
      const log = new ChangeLog(limit)
      const start = log.now
      const model = play(log, taken)
      const forgotten = model.forgotten(limit)
      for (const name of names) {
        for (let tick = start; tick <= log.now; tick++) {
          const expected = model.changedSince(name, tick) || tick < forgotten
          expect(log.changedSince(name, tick), `${name} since ${tick}`).toBe(expected)
        }
      }
    }),
    { numRuns: 1000 },
  )
})

test('it never says that nothing changed when something did, whatever its limit', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 3 }), fc.nat(), (taken, limit, at) => {
      const log = new ChangeLog(limit)
      const start = log.now
      const model = play(log, taken)
      const tick = start + (at % (taken.length + 1))
      for (const name of names) {
        if (model.changedSince(name, tick)) expect(log.changedSince(name, tick)).toBe(true)
      }
    }),
  )
})

test('it starts at 0; what everything changed outlives names that are forgotten later', () => {
  const log = new ChangeLog(2)
  expect(log.now).toBe(0)
  for (const name of ['a', 'b', 'c']) log.mark(name)
  const before = log.now
  log.markAll()
  for (const name of ['d', 'e', 'f']) log.mark(name)
  expect(log.changedSince('never', before)).toBe(true)
})

test('nothing has changed since now', () => {
  const log = new ChangeLog(2)
  expect(log.changedSince('a', log.now)).toBe(false)
  log.mark('a')
  expect(log.changedSince('a', log.now)).toBe(false)
  log.markAll()
  expect(log.changedSince('a', log.now)).toBe(false)
})

test('it remembers no more names than its limit, however many there are', () => {
  const log = new ChangeLog(1000)
  let largest = 0
  for (let i = 0; i < 200_000; i++) {
    log.mark(`name ${i}`)
    log.mark(`again ${i % 300}`)
    if (i % 50_000 === 49_999) log.markAll()
    largest = Math.max(largest, log.size)
  }
  expect(largest).toBe(1000)
  const tick = log.now
  for (let i = 0; i < 5000; i++) log.mark(`last ${i}`)
  expect(log.size).toBe(1000)
  expect(log.changedSince('last 4999', tick)).toBe(true)
  expect(log.changedSince('never', tick)).toBe(true)
  expect(log.changedSince('never', log.now - 1000)).toBe(false)
})

test.each([300, 16_384])('names that change again and again take no more room: %i', (count) => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const used = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const log = new ChangeLog(16_384)
  for (let i = 0; i < 20_000; i++) log.mark(`once ${i}`)
  const before = used()
  for (let i = 0; i < 3_000_000; i++) log.mark(`name ${i % count}`)
  expect(used() - before).toBeLessThan(5_000_000)
  // Until here it was needed, and with it all that it holds on to.
  expect(log.size).toBe(16_384)
})
