import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test, vi } from 'vitest'
import { ConfigError, KeyError } from '../../src/kernel/errors.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'
import { memoizeOn } from './memoize-parts.ts'

const clock = fakeClock()
const memoize = memoizeOn(clock)

/** A promise and what settles it. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

describe('a synchronous function', () => {
  test('runs once for equal arguments, and stays synchronous', () => {
    const run = vi.fn((filter: { city: string; tags: Set<string> }) => filter.tags.size)
    const count = memoize(run)
    expect(count({ city: 'Rome', tags: new Set(['a', 'b']) })).toBe(2)
    expect(count({ tags: new Set(['b', 'a']), city: 'Rome' })).toBe(2)
    expect(count({ city: 'Oslo', tags: new Set() })).toBe(0)
    expect(run).toHaveBeenCalledTimes(2)
  })

  test.each([undefined, null, 0, '', false, Number.NaN])('keeps %s as a result', (value) => {
    const run = vi.fn(() => value)
    const memoized = memoize(run)
    expect([memoized(), memoized()]).toEqual([value, value])
    expect(run).toHaveBeenCalledTimes(1)
  })

  test('hands out what it kept, not a copy', () => {
    const make = memoize(() => new Map([[1, Buffer.from('a')]]))
    expect(make()).toBe(make())
  })

  test('keeps its name and length, and is a function like others', () => {
    const add = memoize(function plus(a: number, b: number, ...rest: number[]) {
      return a + b + rest.length
    })
    expect([add.name, add.length]).toEqual(['plus', 2])
    expect([1, 2].map((n) => add.call(undefined, n, 1))).toEqual([2, 3])
  })

  test('throws what it throws, and does not keep it', () => {
    const error = new Error('its own')
    const run = vi.fn((): number => {
      throw error
    })
    const memoized = memoize(run)
    expect(() => memoized()).toThrow(error)
    expect(memoized.invalidate()).toBe(false)
    run.mockReturnValue(1)
    expect([memoized(), memoized()]).toEqual([1, 1])
    expect(run).toHaveBeenCalledTimes(2)
  })

  test('may call itself', () => {
    const run = vi.fn((n: number): bigint =>
      n < 2 ? BigInt(n) : fibonacci(n - 1) + fibonacci(n - 2),
    )
    const fibonacci = memoize(run)
    expect(fibonacci(90)).toBe(2_880_067_194_370_816_120n)
    expect(run).toHaveBeenCalledTimes(91)
  })

  test('may call itself with the same arguments, as long as it ends', () => {
    let depth = 0
    const dive = memoize((): number => (++depth < 3 ? dive() : depth))
    expect([dive(), dive(), depth]).toEqual([3, 3, 3])
  })

  test('a result that was forgotten while it was made is not kept', () => {
    let source = 'old'
    const read = memoize((forget: () => void) => {
      const value = source
      source = 'new'
      forget()
      return value
    })
    const forget = () => void read.invalidate(forget)
    expect([read(forget), read(forget)]).toEqual(['old', 'new'])
    const clear = () => read.clear()
    source = 'old'
    expect([read(clear), read(clear)]).toEqual(['old', 'new'])
  })
})

describe('a function that promises', () => {
  test('is called once by concurrent callers, and answers promises', async () => {
    const { promise, resolve } = deferred<string>()
    const run = vi.fn((_id: number) => promise)
    const load = memoize(run)
    const callers = [load(1), load(1), load(1)]
    resolve('value')
    expect(await Promise.all(callers)).toEqual(['value', 'value', 'value'])
    expect(load(1)).toBeInstanceOf(Promise)
    expect(await load(1)).toBe('value')
    expect(run).toHaveBeenCalledTimes(1)
    expect(load.stats()).toMatchObject({ hits: 2, misses: 1, coalesced: 2, hitRatio: 0.4 })
  })

  test('rejects with its own error for all who waited, and tries again', async () => {
    const error = new Error('its own')
    const run = vi.fn(async (): Promise<number> => {
      throw error
    })
    const load = memoize(run)
    const outcomes = await Promise.allSettled([load(), load()])
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)).toEqual([
      error,
      error,
    ])
    expect(run).toHaveBeenCalledTimes(1)
    run.mockResolvedValue(2)
    expect([await load(), await load()]).toEqual([2, 2])
    expect(run).toHaveBeenCalledTimes(2)
  })

  test('may answer anything that can be awaited', async () => {
    const run = vi.fn(
      (): PromiseLike<number> => ({
        // biome-ignore lint/suspicious/noThenProperty: what a query builder is
        then: (onFulfilled, onRejected) => Promise.resolve(7).then(onFulfilled, onRejected),
      }),
    )
    const query = memoize(run)
    expect(query()).toBeInstanceOf(Promise)
    expect([await query(), await query()]).toEqual([7, 7])
    expect(run).toHaveBeenCalledTimes(1)
  })

  test.each(['invalidate', 'clear'] as const)(
    '%s: a call under way is neither kept nor joined',
    async (verb) => {
      const answers = [deferred<string>(), deferred<string>()]
      let next = 0
      const load = memoize((_id: number) => (answers[next++] as (typeof answers)[0]).promise)
      const before = load(1)
      if (verb === 'invalidate') expect(load.invalidate(1)).toBe(true)
      else load.clear()
      const after = load(1)
      answers[1]?.resolve('new')
      expect(await after).toBe('new')
      answers[0]?.resolve('old')
      expect(await before).toBe('old')
      expect(await load(1)).toBe('new')
      expect(next).toBe(2)
    },
  )

  test('forgotten, a call that fails later disturbs nobody', async () => {
    const answers = [deferred<string>(), deferred<string>()]
    let next = 0
    const load = memoize(() => (answers[next++] as (typeof answers)[0]).promise)
    const before = load()
    load.clear()
    const after = load()
    answers[0]?.reject(new Error('late'))
    await expect(before).rejects.toThrow('late')
    const joined = load()
    answers[1]?.resolve('new')
    expect([await after, await joined, next]).toEqual(['new', 'new', 2])
  })
})

describe('verbs', () => {
  test('invalidate forgets one result, clear all', () => {
    const run = vi.fn((n: number) => n)
    const memoized = memoize(run)
    memoized(1)
    memoized(2)
    expect(memoized.invalidate(1)).toBe(true)
    expect(memoized.invalidate(1)).toBe(false)
    memoized(1)
    memoized(2)
    expect(run).toHaveBeenCalledTimes(3)
    memoized.clear()
    memoized(1)
    memoized(2)
    expect(run).toHaveBeenCalledTimes(5)
  })

  test('peek shows what is kept, runs nothing, and does not count', async () => {
    const run = vi.fn(async (n: number) => n)
    const load = memoize(run)
    expect(load.peek(1)).toBeUndefined()
    const promise = load(1)
    expect(load.peek(1)).toBeUndefined()
    await promise
    expect(load.peek(1)).toBe(1)
    expect(run).toHaveBeenCalledTimes(1)
    expect(load.stats()).toMatchObject({ hits: 0, misses: 1 })
  })

  test('refresh serves the old result until the new one is there', async () => {
    const answers = [deferred<string>(), deferred<string>()]
    let next = 0
    const load = memoize(() => (answers[next++] as (typeof answers)[0]).promise)
    answers[0]?.resolve('old')
    await load()
    const refreshed = load.refresh()
    expect(await load()).toBe('old')
    answers[1]?.resolve('new')
    expect(await refreshed).toBe('new')
    expect(await load()).toBe('new')
  })

  test('a refresh that fails leaves the old result', async () => {
    const run = vi.fn(async () => 'old')
    const load = memoize(run)
    await load()
    run.mockRejectedValue(new Error('no'))
    await expect(load.refresh()).rejects.toThrow('no')
    expect(await load()).toBe('old')
    const sync = vi.fn(() => 1)
    const count = memoize(sync)
    count()
    sync.mockImplementation(() => {
      throw new Error('no')
    })
    expect(() => count.refresh()).toThrow('no')
    expect(count()).toBe(1)
  })

  test('a refresh overtakes the call that began before it', async () => {
    const answers = [deferred<string>(), deferred<string>()]
    let next = 0
    const load = memoize(() => (answers[next++] as (typeof answers)[0]).promise)
    const first = load()
    const refreshed = load.refresh()
    const joined = load()
    answers[1]?.resolve('new')
    expect([await refreshed, await joined]).toEqual(['new', 'new'])
    answers[0]?.resolve('old')
    expect(await first).toBe('old')
    expect(await load()).toBe('new')
  })

  test('stats begin at nothing', () => {
    expect(memoize(() => 1).stats()).toEqual({
      hits: 0,
      misses: 0,
      coalesced: 0,
      hitRatio: 1,
      entries: 0,
      weight: 0,
    })
  })
})

describe('lifetime and bounds', () => {
  test('a result is for ever unless it has a ttl', () => {
    const run = vi.fn((n: number) => n)
    const forever = memoize(run)
    const brief = memoize(run, { ttl: '1.5s' })
    forever(1)
    brief(1)
    clock.advance(1499)
    brief(1)
    expect(run).toHaveBeenCalledTimes(2)
    clock.advance(1)
    brief(1)
    expect(run).toHaveBeenCalledTimes(3)
    clock.advance(1e12)
    forever(1)
    expect(run).toHaveBeenCalledTimes(3)
  })

  test('time runs from when the result is there', async () => {
    const { promise, resolve } = deferred<number>()
    const run = vi.fn(() => promise)
    const load = memoize(run, { ttl: 100 })
    const first = load()
    clock.advance(1000)
    resolve(1)
    await first
    clock.advance(99)
    await load()
    expect(run).toHaveBeenCalledTimes(1)
  })

  test('what has expired leaves memory without being read', () => {
    const memoized = memoize((n: number) => n, { ttl: '1m' })
    for (let n = 0; n < 10; n++) memoized(n)
    expect(memoized.stats().entries).toBe(10)
    expect(memoized.peek(1)).toBe(1)
    clock.advance(70_000)
    expect(memoized.stats().entries).toBe(0)
    expect(memoized.peek(1)).toBeUndefined()
  })

  test('a ttl of 0 or less shares calls and keeps nothing', async () => {
    const run = vi.fn(async () => 1)
    const load = memoize(run, { ttl: 0 })
    await Promise.all([load(), load()])
    expect(run).toHaveBeenCalledTimes(1)
    await load()
    expect(run).toHaveBeenCalledTimes(2)
  })

  test('no more than maxEntries are kept, 1,000 unless said', () => {
    const few = memoize((n: number) => n, { maxEntries: 3 })
    const many = memoize((n: number) => n)
    for (let n = 0; n < 2000; n++) {
      few(n)
      many(n)
    }
    expect(few.stats().entries).toBe(3)
    expect(many.stats().entries).toBe(1000)
  })

  test('no more than maxWeight is kept', () => {
    const text = memoize((length: number) => 'x'.repeat(length), { maxWeight: '10kb' })
    for (let length = 1000; length < 1100; length++) text(length)
    expect(text.stats().weight).toBeLessThanOrEqual(10_240)
    expect(text.stats().entries).toBeGreaterThan(5)
    expect(text(20_000)).toHaveLength(20_000)
    expect(text.peek(20_000)).toBeUndefined()
    const weighed = memoize((n: number) => n, { maxWeight: 10, weigh: (value) => value })
    for (const n of [4, 5, 6, 11]) weighed(n)
    expect(weighed.stats()).toMatchObject({ entries: 1, weight: 6 })
  })
})

describe('keys', () => {
  test('a key of one`s own', () => {
    const run = vi.fn((user: { id: number; seen: Date }) => user.id)
    const memoized = memoize(run, { key: (user) => `user ${user.id}` })
    memoized({ id: 1, seen: new Date(1) })
    memoized({ id: 1, seen: new Date(2) })
    expect(run).toHaveBeenCalledTimes(1)
    expect(memoized.key({ id: 1, seen: new Date() })).toBe('user 1')
  })

  test('can be anything but no string', () => {
    const memoized = memoize((text: string) => text, { key: (text) => text })
    const texts = ['@#1.a', '=@#1.a', '#a', '=#a', '==#a', 'a']
    expect(new Set(texts.map((text) => memoized.key(text))).size).toBe(texts.length)
    const object = {}
    memoized.call(object, 'a')
    for (const text of texts) expect(memoized.call(undefined, text)).toBe(text)
    expect(memoized.key.call(object, 'a')).toBe('@#1.a')
    expect(() => memoized('')).toThrow(KeyError)
    // @ts-expect-error a key is a string
    expect(() => memoize(() => 1, { key: () => 1 })()).toThrow('Expected `key` to answer a string')
  })

  test('functions count by identity, and arguments without a key are an error', () => {
    const run = vi.fn((compare: () => number) => compare())
    const memoized = memoize(run)
    const compare = () => 1
    expect([memoized(compare), memoized(compare), memoized(() => 2)]).toEqual([1, 1, 2])
    expect(run).toHaveBeenCalledTimes(2)
    expect(() => memoize((promise: unknown) => promise)(Promise.resolve())).toThrow(KeyError)
  })
})

describe('methods', () => {
  const times = vi.fn(function (this: { factor: number }, n: number): number {
    return this.factor * n
  })

  test('`this` is kept, and no object sees the results of another', () => {
    const scaled = memoize(times)
    const double = { factor: 2, scaled }
    const triple = { factor: 3, scaled }
    expect([double.scaled(5), triple.scaled(5), double.scaled(5)]).toEqual([10, 15, 10])
    expect(scaled.stats()).toMatchObject({ hits: 1, misses: 2 })
  })

  test('in a class, static ones and those of parents too', () => {
    class Shape {
      readonly name = 'shape'
      static sides = 0
      static area = memoize(function (this: typeof Shape, size: number) {
        return this.sides * size
      })
    }
    class Square extends Shape {
      static override sides = 4
    }
    expect([Shape.area(2), Square.area(2), Square.area(2)]).toEqual([0, 8, 8])
    expect(Shape.area.stats()).toMatchObject({ hits: 1, misses: 2 })
  })

  test('on values that are no objects', () => {
    const measure = memoize(function (this: unknown, unit: number) {
      return `${typeof this} ${String(this)} ${unit}`
    })
    expect(measure.call(5, 5)).toBe('number 5 5')
    expect(measure.call('5', 5)).toBe('string 5 5')
    expect(measure.call(5, 5)).toBe('number 5 5')
    expect(measure(5.5)).toBe('undefined undefined 5.5')
    expect(measure.stats()).toMatchObject({ hits: 1, misses: 3 })
  })

  test('verbs work on the one object there is', async () => {
    let asked = 0
    const users = { byId: memoize(async (id: number) => ({ id, asked: ++asked })) }
    await users.byId(1)
    expect(users.byId.peek(1)).toEqual({ id: 1, asked: 1 })
    await users.byId.refresh(1)
    expect(await users.byId(1)).toEqual({ id: 1, asked: 2 })
    expect(users.byId.invalidate(1)).toBe(true)
    expect(users.byId.peek(1)).toBeUndefined()
    expect(await users.byId(1)).toEqual({ id: 1, asked: 3 })
  })

  test('of several, invalidate means all, and the others must be told', () => {
    const scaled = memoize(times)
    const [double, triple] = [{ factor: 2 }, { factor: 3 }]
    scaled.call(double, 1)
    scaled.call(triple, 1)
    scaled.call(triple, 2)
    expect(scaled.invalidate.call(double, 1)).toBe(true)
    expect(scaled.peek.call(double, 1)).toBeUndefined()
    expect(scaled.peek.call(triple, 1)).toBe(3)
    scaled.call(double, 1)
    expect(scaled.invalidate(1)).toBe(true)
    expect(scaled.peek.call(double, 1)).toBeUndefined()
    expect(scaled.peek.call(triple, 1)).toBeUndefined()
    expect(scaled.peek.call(triple, 2)).toBe(6)
    expect(scaled.invalidate(1)).toBe(false)
    expect(scaled.refresh.call(triple, 1)).toBe(3)
    expect(() => scaled.peek(1)).toThrow(KeyError)
    expect(() => scaled.refresh(1)).toThrow('.refresh.call(object, …)')
  })

  test('of several, invalidate cuts off the calls under way on each', async () => {
    const answers = [deferred<string>(), deferred<string>()]
    let next = 0
    const load = memoize((_id: number) => (answers[next++] as (typeof answers)[0]).promise)
    const holders = [{ load }, { load }]
    const before = holders.map((holder) => holder.load(1))
    expect(load.invalidate(1)).toBe(true)
    for (const { resolve } of answers) resolve('old')
    await Promise.all(before)
    expect(holders.map((holder) => load.peek.call(holder, 1))).toEqual([undefined, undefined])
  })

  test('perInstance: false shares the results', () => {
    const run = vi.fn((n: number) => n)
    const shared = memoize(run, { perInstance: false })
    const [one, other] = [{ shared }, { shared }]
    one.shared(1)
    other.shared(1)
    shared(1)
    expect(run).toHaveBeenCalledTimes(1)
    expect(shared.peek(1)).toBe(1)
    expect(shared.invalidate(1)).toBe(true)
  })

  test('results go with the object they belong to', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const memoized = memoize(function (this: object, n: number) {
      return { self: this, n }
    })
    const one = (() => {
      const object = {}
      memoized.call(object, 1)
      return new WeakRef(object)
    })()
    await nextTurn()
    collect()
    await nextTurn()
    collect()
    expect(one.deref()).toBeUndefined()
    expect(memoized.peek(1)).toBeUndefined()
  })

  test('what memory let go of is not held by the object', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const object = {}
    const memoized = memoize((_n: number) => ({}), { maxEntries: 1 })
    const first = new WeakRef(memoized.call(object, 1))
    memoized.call(object, 2)
    const light = memoize((_n: number) => ({}), { maxWeight: 1, weigh: () => 2 })
    const refused = new WeakRef(light.call(object, 1))
    await nextTurn()
    collect()
    await nextTurn()
    collect()
    expect([first.deref(), refused.deref()]).toEqual([undefined, undefined])
    expect(memoized.peek.call(object, 2)).toEqual({})
  })
})

describe('options', () => {
  test.each<[object, string]>([
    [{ ttl: 'soon' }, 'Expected `ttl` to be milliseconds or a number with a unit'],
    [{ ttl: Number.NaN }, '`ttl`'],
    [{ maxEntries: 0 }, '`maxEntries` to be a whole number from 1'],
    [{ maxEntries: 1.5 }, '`maxEntries`'],
    [{ maxWeight: 'much' }, '`maxWeight`'],
    [{ weigh: 1 }, '`weigh` to be a function'],
    [{ key: 'id' }, '`key` to be a function'],
    [{ perInstance: 'no' }, '`perInstance` to be true or false'],
    [{ cache: {} }, '`cache` to be a cache'],
    [{ maxSize: 1 }, 'Unknown option `maxSize` of memoize options'],
    [{ staleWhileRevalidate: '1m' }, 'Option `staleWhileRevalidate` of memoize needs `cache`'],
    [{ name: 'users' }, 'Option `name` of memoize needs `cache`'],
  ])('%o is refused', (options, message) => {
    expect(() => memoize(() => 1, options)).toThrow(ConfigError)
    expect(() => memoize(() => 1, options)).toThrow(message)
  })

  test('what is no function cannot be memoized', () => {
    // @ts-expect-error a function is what it takes
    expect(() => memoize(1)).toThrow(ConfigError)
  })
})

test('nothing is left running', async () => {
  await settle()
  expect(clock.pending('foreground')).toBe(0)
})
