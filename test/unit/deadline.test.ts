import { expect, test } from 'vitest'
import { withDeadline } from '../../src/kernel/deadline.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

const late = () => new Error('late')
const never = new Promise<string>(() => {})

test.each([100, 40, 10, 1])('after %d ms it is too late, and not before', async (ms) => {
  const clock = fakeClock()
  let failure: unknown
  withDeadline(never, ms, clock, late).catch((error) => {
    failure = error
  })
  await clock.pass(ms - 0.5)
  expect(failure).toBeUndefined()
  expect(clock.pending('foreground')).toBe(1)
  await clock.pass(0.5)
  expect(failure).toEqual(late())
  expect(clock.pending()).toBe(0)
})

test('an answer that came while the process stood still is in time', async () => {
  const clock = fakeClock()
  let answer: (value: string) => void = () => {}
  const asked = new Promise<string>((resolve) => (answer = resolve))
  const settled = withDeadline(asked, 100, clock, late)
  await clock.pass(80)
  answer('in time')
  await expect(settled).resolves.toBe('in time')
})

test('what settles before takes its timer with it', async () => {
  const clock = fakeClock()
  const failure = new Error('its own')
  await expect(withDeadline(Promise.resolve(1), 100, clock, late)).resolves.toBe(1)
  await expect(withDeadline(Promise.reject(failure), 100, clock, late)).rejects.toBe(failure)
  expect(clock.pending()).toBe(0)
})

test('for ever makes no timer', async () => {
  const clock = fakeClock()
  expect(withDeadline(never, Infinity, clock, late)).toBe(never)
  expect(clock.pending()).toBe(0)
})

test('its timers keep the process alive, the last one too', async () => {
  const clock = fakeClock()
  withDeadline(never, 100, clock, late).catch(() => {})
  for (const ms of [0, 85]) {
    await clock.pass(ms)
    expect(clock.pending('foreground')).toBe(1)
  }
})
