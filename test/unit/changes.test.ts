import { beforeEach, describe, expect, test } from 'vitest'
import type { Changes } from '../../src/core/changes.ts'
import type { Entry } from '../../src/core/entry.ts'
import { builtInDefaults, type ResolvedOptions } from '../../src/core/entry-options.ts'
import type { Decide } from '../../src/core/writer.ts'
import { openParts } from './open-parts.ts'

let changes: Changes
let now: number

beforeEach(() => {
  const parts = openParts()
  changes = parts.changes
  now = parts.clock.now()
})

const lasting = (ttl: number): ResolvedOptions => ({ ...builtInDefaults, ttl, tags: ['new'] })

/** Fresh for a second, and served for two and for three more. */
const windows = { ttl: 1_000, staleWhileRevalidate: 2_000, staleIfError: 3_000, tags: ['old'] }
const entry = (value: unknown, options: Partial<ResolvedOptions> = {}): Entry =>
  changes.entry(value, { ...builtInDefaults, ...windows, ...options }, ['\0/scope'])

const adding = (options: ResolvedOptions) => changes.increment('n', 1, 4, options, [])
const replacing = (options: ResolvedOptions) => changes.replace(5, options, [], () => false)
const verbs: [string, (options: ResolvedOptions) => Decide<unknown>, unknown, unknown][] = [
  ['add', (options) => changes.add(5, options, []), true, undefined],
  ['replace', replacing, true, 'nothing'],
  ['increment', adding, 5, undefined],
]

describe.each(verbs)('where nothing is, %s', (_, verb, answer, nothing) => {
  test('puts an entry that lives for a millisecond', () => {
    const decision = verb(lasting(1))(undefined, now)
    expect(decision).toMatchObject({ answer, next: { value: 5, staleAt: now + 1, tags: ['new'] } })
    expect(decision.follows).not.toBe(true)
  })

  test.each([0, -1])('puts nothing that lives for %d, and answers as if it had', (ttl) => {
    expect(verb(lasting(ttl))(undefined, now)).toEqual({
      answer,
      ...(nothing === undefined ? {} : { next: nothing }),
    })
  })
})

describe('replace', () => {
  test('leaves what stays, fresh or stale, and asks of its value', () => {
    const asked: unknown[] = []
    const stays = (current: unknown) => asked.push(current) > 0
    const decide = changes.replace(5, lasting(1_000), [], stays)
    expect(decide(entry('fresh'), now)).toEqual({ answer: false })
    expect(decide(entry('stale'), now + 1_000)).toEqual({ answer: false })
    expect(asked).toEqual(['fresh', 'stale'])
  })

  test('replaces what does not, and takes no tags from it', () => {
    const decision = replacing(lasting(1_000))(entry(4), now)
    expect(decision).toMatchObject({ answer: true, next: { value: 5, tags: ['new'] } })
    expect(decision.follows).not.toBe(true)
    expect(replacing(lasting(0))(entry(4), now)).toEqual({ answer: true, next: 'nothing' })
  })
})

describe('touch', () => {
  test('gives another end, with the same windows after it', () => {
    const touched = changes.touch(lasting(5_000))(entry('v'), now + 500)
    expect(touched).toMatchObject({ answer: true, follows: true })
    expect(touched.next).toMatchObject({
      ...{ value: 'v', createdAt: now, staleAt: now + 5_500, tags: ['old', '\0/scope'] },
      ...{ revalidateUntil: now + 7_500, errorUntil: now + 8_500 },
    })
  })

  test('opens no window after the end of what had none', () => {
    const { next } = changes.touch(lasting(5_000))(entry('v', { ttl: Infinity }), now)
    const staleAt = now + 5_000
    expect(next).toMatchObject({ staleAt, revalidateUntil: staleAt, errorUntil: staleAt })
  })

  test('keeps for a millisecond what shall live as long, and not what shall not live', () => {
    expect(changes.touch(lasting(1))(entry('v'), now).next).toMatchObject({ staleAt: now + 1 })
    expect(changes.touch(lasting(0))(entry('v'), now)).toEqual({ answer: true, next: 'nothing' })
  })

  test('finds nothing that is stale', () => {
    expect(changes.touch(lasting(1))(entry('v'), now + 1_000)).toEqual({ answer: false })
  })
})

test('an increment follows the entry that it adds to: lifetime and tags stay', () => {
  const current = entry(4)
  const { next, ...rest } = adding(lasting(9_000))(current, now + 999)
  expect(rest).toEqual({ answer: 5, follows: true })
  const { staleAt, revalidateUntil, errorUntil, tags } = current
  expect(next).toMatchObject({ value: 5, staleAt, revalidateUntil, errorUntil, tags })
})

describe('expire', () => {
  test('makes stale what is fresh, which stays as long as it may stand in for a load', () => {
    const { next, ...rest } = changes.expire()(entry('v'), now + 500)
    expect(rest).toEqual({ answer: true, follows: true })
    expect(next).toMatchObject({
      ...{ value: 'v', staleAt: now + 500, revalidateUntil: now + 500, errorUntil: now + 4_000 },
      ...{ eagerAt: Infinity, tags: ['old', '\0/scope'] },
    })
  })

  test('leaves what is stale as it is', () => {
    const current = entry('v')
    const { next } = changes.expire()(current, now + 2_000)
    const { staleAt, revalidateUntil, errorUntil } = current
    expect(next).toMatchObject({ value: 'v', staleAt, revalidateUntil, errorUntil })
  })

  test('of nothing leaves nothing, for a load that is under way', () => {
    expect(changes.expire()(undefined, now)).toEqual({ answer: false, next: 'nothing' })
  })
})
