import fc from 'fast-check'
import { vi } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { EntryOptions } from '../../src/contracts/cache.ts'
import { type Cache, createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock } from '../../src/testing/index.ts'

/** One cache, or two with memories of their own in front of one store, and a time for all. */
export interface Scene {
  readonly caches: readonly Cache[]
  readonly clock: FakeClock
  /** Moves time on, for libraries too. */
  pass(ms: number): void
}

export const setups: readonly Setup[] = ['one in memory', 'two over a store']
/** For what has to last for its time, whatever is wished of other entries. */
export const exactSetups: readonly Setup[] = [...setups, 'one with other defaults']
export type Setup = 'one in memory' | 'two over a store' | 'one with other defaults'

const otherDefaults: EntryOptions = { jitter: 0.5, sliding: 1, staleWhileRevalidate: '1h' }

/** Runs `body` in a scene of its own, whose clock libraries see as well. */
export async function inScene(setup: Setup, body: (scene: Scene) => Promise<void>): Promise<void> {
  const clock = fakeClock()
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: clock.now() })
  const hub = memoryHub()
  const store = memoryStore({ clock })
  const caches =
    setup === 'two over a store'
      ? [0, 1].map(() => createCache({ clock, store, bus: hub.connect() }))
      : [createCache({ clock, defaults: setup === 'one in memory' ? {} : otherDefaults })]
  try {
    const pass = (ms: number) => {
      clock.advance(ms)
      vi.advanceTimersByTime(ms)
    }
    await body({ caches, clock, pass })
  } finally {
    for (const cache of caches) await cache.close()
    vi.useRealTimers()
  }
}

/** Names as others may choose them: also those that imitate what keys are made of. */
export const hostileName: fc.Arbitrary<string> = fc.constantFrom(
  'plain',
  '__proto__',
  'constructor',
  '#',
  ':',
  'a:b',
  'a/b',
  '\0',
  '*',
  '../x',
  '😀',
  'x'.repeat(3000),
)

/** A step of a history: time, or a verb that one of the sides is asked. */
export interface Step<Verb> {
  readonly side: number
  readonly verb: Verb
}

export function steps<Verb>(verb: fc.Arbitrary<Verb>): fc.Arbitrary<Step<Verb>[]> {
  return fc.array(fc.record({ side: fc.nat(1), verb }), { maxLength: 30 })
}

export function sideOf<T>(sides: readonly T[], { side }: Step<unknown>): T {
  return sides[side % sides.length] as T
}
