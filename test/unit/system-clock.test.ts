import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/kernel/system-clock.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'

/** The longest that `setTimeout` waits. */
const longest = 2 ** 31 - 1

function recent(): number {
  return systemClock.recent?.() ?? Number.NaN
}

/** Ends when all that was put off to the end of this turn of the event loop has run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

beforeEach(turn)
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('a recent instant', () => {
  test('is the time', () => {
    const before = Date.now()
    expect(recent()).toBeGreaterThanOrEqual(before)
    expect(recent()).toBeLessThanOrEqual(Date.now())
  })

  test('is exact where `Date.now` alone is a stand-in', () => {
    recent()
    const times = vi.spyOn(Date, 'now')
    for (const time of [5_000, 1_000]) {
      times.mockReturnValue(time)
      expect(recent()).toBe(time)
    }
  })

  test('waits for the end of a turn once, whatever is asked in it', () => {
    const immediates = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'Immediate').length
    const before = immediates()
    for (let i = 0; i < 1_000; i++) recent()
    expect(immediates()).toBe(before + 1)
  })

  describe('where a test has put another clock in place', () => {
    afterEach(() => void vi.useRealTimers())

    test('is exact whenever it does', () => {
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

    test('knows turns from one another after a test has stopped them', async () => {
      vi.useFakeTimers({ toFake: ['setImmediate'] })
      recent()
      vi.useRealTimers()
      await turn()
      vi.spyOn(Date, 'now').mockReturnValue(1_000)
      expect(recent()).toBe(1_000)
    })
  })
})

/** Timers of the runtime that run when a test says so, and how long each was asked to wait. */
function scriptTimers(): FakeClock & { readonly waits: number[] } {
  const clock = fakeClock()
  const waits: number[] = []
  vi.stubGlobal('setTimeout', (callback: () => void, ms: number) => {
    waits.push(ms)
    return { cancel: clock.schedule(ms > longest ? 1 : ms, callback, 'foreground') }
  })
  vi.stubGlobal('clearTimeout', (timer: { cancel(): void }) => timer.cancel())
  return { ...clock, waits }
}

describe('a timer', () => {
  test('runs once, when its time has come, and not at all when it is cancelled', () => {
    const timers = scriptTimers()
    const [run, cancelled] = [vi.fn(), vi.fn()]
    systemClock.schedule(1_000, run, 'foreground')
    const cancel = systemClock.schedule(1_000, cancelled, 'foreground')
    timers.advance(999)
    expect(run).not.toHaveBeenCalled()
    cancel()
    cancel()
    timers.advance(10_000)
    expect(run).toHaveBeenCalledTimes(1)
    expect(cancelled).not.toHaveBeenCalled()
  })

  test('may be further away than setTimeout reaches, and is cancelled there too', () => {
    const timers = scriptTimers()
    const wait = 2 ** 33
    const [run, cancelled] = [vi.fn(), vi.fn()]
    systemClock.schedule(wait, run, 'foreground')
    const cancel = systemClock.schedule(wait, cancelled, 'foreground')
    timers.advance(wait - 1)
    expect(run).not.toHaveBeenCalled()
    cancel()
    timers.advance(1)
    expect(run).toHaveBeenCalledTimes(1)
    expect(cancelled).not.toHaveBeenCalled()
    expect(timers.pending()).toBe(0)
  })

  test('is made in as few steps as setTimeout can make', () => {
    const timers = scriptTimers()
    systemClock.schedule(longest, () => {}, 'foreground')
    systemClock.schedule(2 * longest + 1, () => {}, 'foreground')
    timers.advance(3 * longest)
    expect(timers.waits).toEqual([longest, longest, longest, 1])
  })

  test('of the past runs at once', () => {
    const timers = scriptTimers()
    const run = vi.fn()
    systemClock.schedule(-1_000, run, 'foreground')
    timers.advance(0)
    expect(timers.waits).toEqual([0])
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

  test.each([7, {}])('is made as well where a process knows of no others: %j', (timer) => {
    const cleared = vi.fn()
    vi.stubGlobal('setTimeout', () => timer)
    vi.stubGlobal('clearTimeout', cleared)
    systemClock.schedule(60_000, () => {}, 'background')()
    expect(cleared).toHaveBeenCalledWith(timer)
  })
})
