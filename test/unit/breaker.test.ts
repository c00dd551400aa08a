import { expect, test } from 'vitest'
import { Breaker } from '../../src/kernel/breaker.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

/** A breaker, what it told, and what becomes of its probes. */
function breaking() {
  const clock = fakeClock()
  const told: string[] = []
  const probes: number[] = []
  const answers: (() => Promise<void>)[] = []
  const begun = clock.now()
  const breaker = new Breaker({
    clock,
    failures: 3,
    firstPause: 200,
    longestPause: 1_000,
    probe() {
      probes.push(clock.now() - begun)
      return answers.shift()?.() ?? Promise.reject(new Error('still down'))
    },
    onChange: (state) => told.push(state),
  })
  return { breaker, clock, told, probes, answers }
}

test('it opens after so many failures in a row', () => {
  const { breaker, told } = breaking()
  breaker.failed(false)
  breaker.failed(false)
  breaker.succeeded()
  breaker.failed(false)
  breaker.failed(false)
  expect(breaker.passable).toBe(true)
  breaker.failed(false)
  expect(breaker.passable).toBe(false)
  expect(told).toEqual(['open'])
})

test('one failure that took its time is enough', () => {
  const { breaker } = breaking()
  breaker.failed(true)
  expect(breaker.passable).toBe(false)
})

test('probes are made ever more rarely, but for a longest pause', async () => {
  const { breaker, clock, probes, told } = breaking()
  breaker.open()
  await clock.pass(4_500)
  expect(probes).toEqual([200, 600, 1_400, 2_400, 3_400, 4_400])
  expect(told).toEqual(['open'])
})

test('nobody passes while a probe is under way, and all once it has succeeded', async () => {
  const { breaker, clock, told, answers } = breaking()
  let succeed: () => void = () => {}
  answers.push(() => new Promise((resolve) => (succeed = resolve)))
  breaker.open()
  await clock.pass(10_000)
  expect(breaker.passable).toBe(false)
  succeed()
  await clock.pass(0)
  expect(breaker.passable).toBe(true)
  expect(told).toEqual(['open', 'closed'])
})

test('what fails while it is open changes nothing, and is forgotten when it closes', async () => {
  const { breaker, clock, told, answers, probes } = breaking()
  breaker.open()
  breaker.open()
  for (let i = 0; i < 5; i++) breaker.failed(true)
  answers.push(async () => {})
  await clock.pass(200)
  expect(probes).toEqual([200])
  breaker.failed(false)
  breaker.failed(false)
  expect(breaker.passable).toBe(true)
  expect(told).toEqual(['open', 'closed'])
})

test('the failures that opened it count no more once it has closed', async () => {
  const { breaker, clock, answers } = breaking()
  for (let i = 0; i < 3; i++) breaker.failed(false)
  answers.push(async () => {})
  await clock.pass(200)
  breaker.failed(false)
  breaker.failed(false)
  expect(breaker.passable).toBe(true)
})

test('the pause begins anew with every outage', async () => {
  const { breaker, clock, probes, answers } = breaking()
  breaker.open()
  await clock.pass(600)
  answers.push(async () => {})
  await clock.pass(800)
  expect(breaker.passable).toBe(true)
  breaker.open()
  await clock.pass(200)
  expect(probes).toEqual([200, 600, 1_400, 1_600])
})

test('a listener may open it again at once', async () => {
  const clock = fakeClock()
  let closed = 0
  const breaker: Breaker = new Breaker({
    clock,
    failures: 1,
    firstPause: 100,
    longestPause: 100,
    probe: async () => {},
    onChange(state) {
      if (state === 'closed' && ++closed === 1) breaker.open()
    },
  })
  breaker.open()
  await clock.pass(100)
  expect(breaker.passable).toBe(false)
  await clock.pass(100)
  expect(breaker.passable).toBe(true)
})

test('once closed for good it probes no more', async () => {
  const { breaker, clock, probes } = breaking()
  breaker.open()
  breaker.close()
  await clock.pass(10_000)
  expect(probes).toEqual([])
  expect(clock.pending()).toBe(0)
})

test('closed for good while a probe is under way, it makes no other', async () => {
  const { breaker, clock, probes, answers } = breaking()
  let fail: (error: Error) => void = () => {}
  answers.push(() => new Promise((_, reject) => (fail = reject)))
  breaker.open()
  await clock.pass(200)
  breaker.close()
  fail(new Error('still down'))
  await clock.pass(10_000)
  expect(probes).toEqual([200])
})

test('probes are made in the background', () => {
  const { breaker, clock } = breaking()
  breaker.failed(true)
  breaker.failed(true)
  expect(clock.pending('background')).toBe(1)
  expect(clock.pending()).toBe(1)
})
