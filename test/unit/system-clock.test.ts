import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/kernel/system-clock.ts'

function recent(): number {
  return systemClock.recent?.() ?? Number.NaN
}

/** Ends when all that was put off to the end of this turn of the event loop has run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

beforeEach(turn)
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a recent instant', () => {
  test('is exact on a clock that a test has put in place, whenever it does', () => {
    const real = recent()
    vi.useFakeTimers({ now: 1_000 })
    expect(recent()).toBe(1_000)
    vi.setSystemTime(5_000)
    expect(recent()).toBe(5_000)
    vi.advanceTimersByTime(1)
    expect(recent()).toBe(5_001)
    vi.useRealTimers()
    expect(recent()).toBeGreaterThanOrEqual(real)
  })

  test('is exact where the time alone is set', () => {
    recent()
    vi.setSystemTime(5_000)
    expect(recent()).toBe(5_000)
    vi.setSystemTime(1_000)
    expect(recent()).toBe(1_000)
  })

  test('is exact where `Date.now` alone is a stand-in', () => {
    recent()
    const times = vi.spyOn(Date, 'now')
    for (const time of [5_000, 1_000]) {
      times.mockReturnValue(time)
      expect(recent()).toBe(time)
    }
  })

  test('knows turns from one another after a test has stopped them', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate'] })
    recent()
    vi.useRealTimers()
    await turn()
    vi.spyOn(Date, 'now').mockReturnValue(1_000)
    expect(recent()).toBe(1_000)
  })

  test('waits for the end of a turn once, whatever is asked in it', () => {
    const immediates = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'Immediate').length
    const before = immediates()
    for (let i = 0; i < 1_000; i++) recent()
    expect(immediates()).toBe(before + 1)
  })
})

describe('a timer', () => {
  test('runs once, when its time has come, and not at all when it is cancelled', () => {
    vi.useFakeTimers()
    const [run, cancelled] = [vi.fn(), vi.fn()]
    systemClock.schedule(1_000, run, 'foreground')
    const cancel = systemClock.schedule(1_000, cancelled, 'foreground')
    vi.advanceTimersByTime(999)
    expect(run).not.toHaveBeenCalled()
    cancel()
    cancel()
    vi.advanceTimersByTime(10_000)
    expect(run).toHaveBeenCalledTimes(1)
    expect(cancelled).not.toHaveBeenCalled()
  })

  test('may be further away than setTimeout reaches, and is cancelled there too', () => {
    vi.useFakeTimers()
    const wait = 2 ** 33
    const [run, cancelled] = [vi.fn(), vi.fn()]
    systemClock.schedule(wait, run, 'foreground')
    const cancel = systemClock.schedule(wait, cancelled, 'foreground')
    vi.advanceTimersByTime(wait - 1)
    expect(run).not.toHaveBeenCalled()
    cancel()
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledTimes(1)
    expect(cancelled).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('of the past runs at once', () => {
    vi.useFakeTimers()
    const run = vi.fn()
    systemClock.schedule(-1_000, run, 'foreground')
    vi.advanceTimersByTime(0)
    expect(run).toHaveBeenCalledTimes(1)
  })

  test.each([
    ['foreground', true],
    ['background', false],
  ] as const)('in the %s keeps the process alive: %s', (kind, alive) => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const cancel = systemClock.schedule(60_000, () => {}, kind)
    expect(timers.mock.results[0]?.value.hasRef()).toBe(alive)
    cancel()
  })
})
