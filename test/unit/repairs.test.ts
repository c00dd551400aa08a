import { expect, test } from 'vitest'
import { Marks } from '../../src/core/behind/marks.ts'
import { Repairs } from '../../src/core/behind/repairs.ts'
import { StoreTier } from '../../src/core/behind/store-tier.ts'
import { stampSource } from '../../src/kernel/random.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

const everything = '\0'

/** Repairs, what they do to a store, and what they tell others. */
function repairing() {
  const clock = fakeClock()
  const done: string[] = []
  let failures = 0
  const failing = () => {
    if (failures-- > 0) throw new Error('still down')
  }
  const memory = memoryStore({ clock })
  const store = new StoreTier(
    {
      ...memory,
      async setMany(records) {
        failing()
        done.push(...records.map(({ key }) => `renewed ${key}`))
        return []
      },
      async deleteMany(keys) {
        failing()
        done.push(`deleted ${keys.length > 3 ? keys.length : keys.join(' ')}`)
        return keys.map(() => true)
      },
    },
    clock,
    500,
  )
  const marks = new Marks(store, clock, stampSource(), (name) => `#${name}`)
  const repairs = new Repairs(everything)
  const run = () =>
    repairs.run(store, marks, async (kind, names) => {
      done.push(`told ${kind} ${names.length > 3 ? names.length : names.join(' ')}`)
    })
  const fail = (times: number) => {
    failures = times
  }
  return { repairs, run, done, fail }
}

const key = (name: string) => ({ physicalKey: `cache:1:${name}`, memoryKey: name })

test('marks are renewed, then keys deleted, and others told of each by the names they know', async () => {
  const { repairs, run, done } = repairing()
  repairs.add({ keys: [key('a')], marks: ['tag'] })
  repairs.add({ keys: [key('b'), key('a')] })
  expect(repairs.size).toBe(3)
  await run()
  expect(done).toEqual([
    'renewed #tag',
    'told clear tag',
    'deleted cache:1:a cache:1:b',
    'told keys a b',
  ])
  expect(repairs.size).toBe(0)
})

test('what fails is left, nobody is told of it, and it is done the next time', async () => {
  const { repairs, run, done, fail } = repairing()
  repairs.add({ keys: [key('a')], marks: ['tag'] })
  fail(1)
  await expect(run()).rejects.toThrow('still down')
  expect(done).toEqual([])
  expect(repairs.size).toBe(2)
  await run()
  expect(done).toContain('told clear tag')
  expect(repairs.size).toBe(0)
})

test('keys that could not be deleted are left, and no mark is touched for them', async () => {
  const { repairs, run, done, fail } = repairing()
  repairs.add({ keys: [key('a'), key('b')] })
  fail(1)
  await expect(run()).rejects.toThrow('still down')
  expect(done).toEqual([])
  expect(repairs.size).toBe(2)
  await run()
  expect(done).toEqual(['deleted cache:1:a cache:1:b', 'told keys a b'])
})

test('what is added while it runs is done as well', async () => {
  const { repairs, run, done } = repairing()
  repairs.add({ marks: ['tag'] })
  const running = run()
  repairs.add({ keys: [key('late')] })
  await running
  expect(done).toContain('deleted cache:1:late')
})

test('many keys go in several batches', async () => {
  const { repairs, run, done } = repairing()
  repairs.add({ keys: Array.from({ length: 2_500 }, (_, i) => key(`k${i}`)) })
  await run()
  expect(done.filter((line) => line.startsWith('deleted'))).toEqual([
    'deleted 1000',
    'deleted 1000',
    'deleted 500',
  ])
})

test('as many keys and marks as there is room for are kept apart', () => {
  const { repairs } = repairing()
  repairs.add({ keys: Array.from({ length: 10_000 }, (_, i) => key(`k${i}`)) })
  repairs.add({ marks: Array.from({ length: 1_000 }, (_, i) => `tag${i}`) })
  expect(repairs.size).toBe(11_000)
})

test.each([
  ['keys', { keys: Array.from({ length: 10_001 }, (_, i) => key(`k${i}`)) }],
  ['marks', { marks: Array.from({ length: 1_001 }, (_, i) => `tag${i}`) }],
])('too many %s become one: everything', async (_, repair) => {
  const { repairs, run, done } = repairing()
  repairs.add(repair)
  expect(repairs.size).toBe(1)
  repairs.add({ keys: [key('more')], marks: ['more'] })
  expect(repairs.size).toBe(1)
  await run()
  expect(done).toEqual([`renewed #${everything}`, `told clear ${everything}`])
})
