import { describe, expect, test } from 'vitest'
import { lifetimeOf, milliseconds, waitingTime } from '../../src/kernel/duration.ts'
import { forever } from '../../src/kernel/forever.ts'
import { memoryBounds } from '../../src/kernel/memory-bounds.ts'
import { bytes } from '../../src/kernel/size.ts'

describe('a duration is', () => {
  test.each([
    [5, 5],
    [-2.5, -2.5],
    [Infinity, Infinity],
    ['7ms', 7],
    ['3s', 3_000],
    ['2m', 120_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['-1s', -1_000],
    ['12 m', 720_000],
  ])('%s', (value, ms) => {
    expect(milliseconds('ttl', value)).toBe(ms)
    expect(lifetimeOf('ttl', value)).toBe(ms)
  })

  test.each([
    Number.NaN,
    '',
    '5',
    's',
    '5 weeks',
    ' 5s',
    '5s ',
    '.5s',
    '5.s',
    '5sm',
    '5M',
    5n,
    null,
    undefined,
  ])('not %s', (value) => {
    const rule = "milliseconds or a number with a unit (ms, s, m, h, d, w) such as '5m'"
    expect(() => milliseconds('ttl', value)).toThrow(`Expected \`ttl\` to be ${rule}, got `)
  })

  test('for ever where there is none', () => {
    expect(lifetimeOf('ttl', null)).toBe(Infinity)
  })

  test('0 or more where it is waited for', () => {
    expect(waitingTime('wait', 0)).toBe(0)
    expect(waitingTime('wait', '1s')).toBe(1_000)
    expect(() => waitingTime('wait', -1)).toThrow('`wait` to be a duration of 0 or more, got -1')
  })
})

describe('a size is', () => {
  test.each([
    [0, 0],
    [1.5, 1.5],
    ['7b', 7],
    ['2kb', 2_048],
    ['1.5 MB', 1_572_864],
    ['1gb', 1_073_741_824],
    ['0.3b', 0],
    ['0.0015kb', 1],
  ])('%s', (value, size) => expect(bytes('maxWeight', value)).toBe(size))

  test.each([-1, Number.NaN, '', '5', '-5b', 'x5b', '5bx', '5.kb', '5tb', null, {}])(
    'not %s',
    (value) => {
      const rule = "bytes or a number with a unit (b, kb, mb, gb) such as '64mb'"
      expect(() => bytes('maxWeight', value)).toThrow(`\`maxWeight\` to be ${rule}, got `)
    },
  )
})

test('memory is bounded in entries unless it is in bytes', () => {
  expect(memoryBounds({})).toEqual({ maxEntries: 10_000, maxWeight: Infinity })
  expect(memoryBounds({ maxWeight: '1kb' })).toEqual({ maxEntries: Infinity, maxWeight: 1024 })
  expect(memoryBounds({ maxEntries: 1 })).toEqual({ maxEntries: 1, maxWeight: Infinity })
  expect(memoryBounds({ maxEntries: 2 ** 30, maxWeight: 5 })).toEqual({
    maxEntries: 2 ** 30,
    maxWeight: 5,
  })
  expect(memoryBounds({ maxEntries: Infinity })).toMatchObject({ maxEntries: Infinity })
  expect(() => memoryBounds({ maxEntries: 0 })).toThrow('from 1 to 1073741824, got 0')
  expect(() => memoryBounds({ maxEntries: 2 ** 30 + 1 })).toThrow('got 1073741825')
})

test('a list of one duration, or size, is none', () => {
  expect(() => milliseconds('ttl', ['5s'])).toThrow('ttl')
  expect(() => bytes('maxBytes', ['64mb'])).toThrow('maxBytes')
})

test('for ever, added to an instant, is an exact number', () => {
  const instant = 1_700_000_000_001
  expect(instant + forever - instant).toBe(forever)
  expect(instant + forever - forever).toBe(instant)
})
