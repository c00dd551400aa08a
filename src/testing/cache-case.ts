import { deepStrictEqual } from 'node:assert'
import type { Cache, EntryOptions, MemoryBounds } from '../contracts/cache.ts'
import type { NamedCaches } from '../contracts/caches.ts'
import type { CacheEvent, RemovalReason } from '../contracts/events.ts'
import type { CacheErrorCode } from '../kernel/errors.ts'
import { systemClock } from '../kernel/system-clock.ts'

/** `'memory'`: a tier in this process. `'store'`: one behind it, which caches of one name share. */
export type CachePart = 'memory' | 'store'

/** One thing that every cache must do, for any test runner. */
export interface CacheCase {
  /** What it must do, to go on from "a cache". */
  readonly name: string
  /** What the caches must consist of for the case to make sense. */
  readonly needs: readonly CachePart[]
  /** Rejects where the cache breaks its contract. The world is this run's own. */
  run(world: CacheWorld): Promise<void>
}

/** What a case may ask of `createCache`; the rest is the world's choice. */
export interface CacheSetup {
  /** As `name` of `createCache`. */
  readonly name?: string | undefined
  /** As `enabled` of `createCache`. */
  readonly enabled?: boolean | undefined
  /** As `version` of `createCache`. */
  readonly version?: number | undefined
  /** As `keyFunction` of `createCache`. */
  readonly keyFunction?: ((key: string, prefix: string, version: number) => string) | undefined
  /** As `defaults` of `createCache`. */
  readonly defaults?: EntryOptions | undefined
  /** Asked for only by cases that need memory. */
  readonly memory?:
    | (MemoryBounds & {
        readonly isolation?: 'none' | 'freeze' | 'clone' | undefined
        /** `'lru'` stands for `lru()`. */
        readonly policy?: 'lru' | undefined
        readonly cullFrequency?: number | undefined
      })
    | undefined
  /** As `onRemove` of `createCache`. */
  readonly onRemove?: ((key: string, value: unknown, reason: RemovalReason) => void) | undefined
  /** As `onEvent` of `createCache`. */
  readonly onEvent?: ((event: CacheEvent) => void) | undefined
  /** As `random` of `createCache`. */
  readonly random?: (() => number) | undefined
  /** A store by URL in place of the world's own; only such as name none. */
  readonly store?: string | undefined
}

/** Caches, and time as they see it. */
export interface CacheWorld {
  /** A cache on the store of this world, if it has one: all that are made here share it. */
  create(setup?: CacheSetup): Cache | Promise<Cache>
  /** As `createCaches`, each on the store of this world. */
  createCaches(setups: Readonly<Record<string, CacheSetup>>): NamedCaches
  /** Epoch milliseconds, by the clock of the caches. */
  now(): number
  /** Resolves when so many milliseconds have passed for the caches. */
  pass(ms: number): Promise<void>
}

export function cacheCase(
  name: string,
  run: (world: CacheWorld) => Promise<void>,
  needs: readonly CachePart[] = [],
): CacheCase {
  return { name, needs, run }
}

/** Throws unless both are deeply and strictly alike. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  try {
    deepStrictEqual(actual, expected)
  } catch (error) {
    throw new Error(`Not as expected, ${what}: ${(error as Error).message}`)
  }
}

/** Throws unless the promise rejects with this code, and a message that mentions the text. */
export async function rejects(
  code: CacheErrorCode,
  attempt: () => Promise<unknown>,
  mentions: string = '',
): Promise<void> {
  const error = await failureOf(attempt)
  if (codeOf(error) !== code) throw new Error(`Expected ${code}, got ${String(error)}`)
  if (!(error instanceof Error && error.message.includes(mentions))) {
    throw new Error(`Expected a message that mentions ${mentions}, got ${String(error)}`)
  }
}

/** What the promise rejects with; throws if it does not. */
export async function failureOf(attempt: () => Promise<unknown>): Promise<unknown> {
  const outcome = await attempt().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in outcome) return outcome.error
  throw new Error(`Expected a rejection, got ${String(outcome.value)}`)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** Waits, while whatever goes on goes on, until the condition holds. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let look = 0; look < 2_000; look++) {
    if (await holds()) return
    await new Promise<void>((resolve) => void systemClock.schedule(0, resolve, 'foreground'))
  }
  throw new Error(`Expected ${what} to come about`)
}

/** What the promise resolves with, if that needs no time to pass; throws if it does. */
export async function atOnce<T>(what: string, promise: Promise<T>): Promise<T> {
  return inTime(what, promise, async () => {})
}

/** What the promise resolves with while time passes, some milliseconds again and again. */
export async function inTime<T>(
  what: string,
  promise: Promise<T>,
  pass: (ms: number) => Promise<void>,
): Promise<T> {
  let settled = false
  const end = () => {
    settled = true
  }
  promise.then(end, end)
  await eventually(what, async () => {
    if (!settled) await pass(20)
    return settled
  })
  return promise
}

/** A loader that waits to be told what to answer. */
export interface HeldLoader<T> {
  readonly load: () => Promise<T>
  /** Resolves when it has been called for the first time. */
  readonly called: Promise<void>
  readonly calls: number
  answer(value: T): void
  fail(error: unknown): void
}

export function heldLoader<T>(): HeldLoader<T> {
  let call = (): void => {}
  let answer: (value: T) => void = () => {}
  let fail: (error: unknown) => void = () => {}
  const called = new Promise<void>((resolve) => {
    call = resolve
  })
  const answered = new Promise<T>((resolve, reject) => {
    answer = resolve
    fail = reject
  })
  let calls = 0
  return {
    load() {
      calls++
      call()
      return answered
    },
    called,
    get calls() {
      return calls
    },
    answer: (value) => answer(value),
    fail: (error) => fail(error),
  }
}
