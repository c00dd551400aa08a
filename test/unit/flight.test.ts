import { describe, expect, test, vi } from 'vitest'
import { Flight } from '../../src/core/loading/flight.ts'

function flight(key = 'k', renewal = false): Flight {
  return new Flight({ key, memoryKey: `m:${key}` }, 0, 0, renewal, undefined)
}

describe('the signal of a flight', () => {
  test('is one for whoever asks, and aborted when the last caller has left', () => {
    const one = flight()
    const { signal } = one
    expect(one.signal).toBe(signal)
    one.join()
    one.join()
    one.leave()
    expect([signal.aborted, one.abandoned]).toEqual([false, false])
    one.leave()
    expect([signal.aborted, one.abandoned]).toEqual([true, true])
    expect(signal.reason).toMatchObject({
      name: 'AbortError',
      message: 'Every caller has given up',
    })
  })

  test('is aborted from the start if nobody was left when it was asked for', () => {
    const one = flight()
    one.join()
    expect(one.signal.aborted).toBe(false)
    const other = flight()
    other.join()
    other.leave()
    expect(other.signal.reason).toMatchObject({ name: 'AbortError' })
    expect(flight().signal.aborted).toBe(false)
  })
})

describe('who keeps others from loading lets them', () => {
  test('when every caller has left, once', () => {
    const one = flight()
    one.yield = vi.fn()
    one.join()
    one.join()
    one.leave()
    expect(one.yield).not.toHaveBeenCalled()
    one.leave()
    expect(one.yield).toHaveBeenCalledTimes(1)
  })

  test('when a later flight takes its place', () => {
    const one = flight()
    one.yield = vi.fn()
    one.supersede()
    expect(one.superseded).toBe(true)
    expect(one.yield).toHaveBeenCalledTimes(1)
  })
})

test.each([
  ['a renewal', () => flight('k', true)],
  [
    'a flight that is kept',
    () => {
      const one = flight()
      one.keep()
      return one
    },
  ],
])('%s goes on though every caller has left', (_, make) => {
  const one = make()
  one.yield = vi.fn()
  one.join()
  one.leave()
  expect([one.abandoned, one.signal.aborted]).toEqual([false, false])
  expect(one.yield).not.toHaveBeenCalled()
})

test('a flight reaches all that it waits for, directly or through others', () => {
  const [a, b, c, d] = [flight('a'), flight('b'), flight('c'), flight('d')]
  a.waitsFor.add(b)
  a.waitsFor.add(c)
  c.waitsFor.add(d)
  expect([a, b, c, d].map((target) => a.reaches(target))).toEqual([true, true, true, true])
  expect([a, b, c, d].map((target) => c.reaches(target))).toEqual([false, false, true, true])
})

test('what a flight ends with is told to all who asked before', async () => {
  const landing = { value: 1, outcome: 'miss' } as const
  const one = flight()
  const asked = [one.landing, one.landing]
  one.land(landing)
  expect(await Promise.all(asked)).toEqual([landing, landing])
  const other = flight()
  const waits = expect(other.landing).rejects.toThrow('down')
  other.crash(new Error('down'))
  await waits
})
