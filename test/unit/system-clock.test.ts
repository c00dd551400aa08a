import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/kernel/system-clock.ts'

const repeats = 32

function recent(): number {
  return systemClock.recent?.() ?? Number.NaN
}

/** A clock that takes the spy for the runtime's own, and the spy. */
async function watchedClock() {
  const times = vi.spyOn(Date, 'now')
  vi.resetModules()
  const { systemClock } = await import('../../src/kernel/system-clock.ts')
  return { times, recent: () => systemClock.recent?.() ?? Number.NaN }
}

/** Ends when all that was put off to the end of this turn of the event loop has run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function immediates(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Immediate').length
}

beforeEach(turn)
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a recent instant', () => {
  test('is asked for once in so many calls of a turn, and at least as often', async () => {
    const { times: asked, recent } = await watchedClock()
    asked.mockClear()
    for (let calls = 1; calls <= 10 * repeats; calls++) {
      recent()
      expect(asked).toHaveBeenCalledTimes(Math.ceil(calls / repeats))
    }
  })

  test('is one that the time was within the turn', async () => {
    const { times, recent } = await watchedClock()
    let time = 1_000
    times.mockImplementation(() => time)
    for (; time < 1_200; time++) {
      const instant = recent()
      expect(instant).toBeLessThanOrEqual(time)
      expect(instant).toBeGreaterThan(Math.max(999, time - repeats))
    }
  })

  test('is exact when a turn has begun', async () => {
    const { times, recent } = await watchedClock()
    for (const time of [1_000, 5_000, 3_000]) {
      times.mockReturnValue(time)
      expect(recent()).toBe(time)
      await turn()
    }
  })

  test('is exact in every callback of a later turn, whoever asked before', async () => {
    const { times, recent } = await watchedClock()
    times.mockReturnValue(1_000)
    recent()
    await turn()
    // Asked at the end of a turn: the next one is another.
    times.mockReturnValue(2_000)
    expect(recent()).toBe(2_000)
    times.mockReturnValue(3_000)
    await new Promise((resolve) => setTimeout(resolve, 0))
    await turn()
    expect(recent()).toBe(3_000)
  })

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

  test('seldom waits for the end of a turn where it is asked for once in each', async () => {
    const { times, recent } = await watchedClock()
    let waited = 0
    for (let time = 1; time <= 1_000; time++) {
      times.mockReturnValue(time)
      const before = immediates()
      expect(recent()).toBe(time)
      waited += immediates() - before
      await turn()
    }
    expect(waited).toBeLessThanOrEqual(4)
  })

  test('waits for the end of a turn once, whatever is asked in it', () => {
    const before = immediates()
    for (let i = 0; i < 10 * repeats; i++) recent()
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
