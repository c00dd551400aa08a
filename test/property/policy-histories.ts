import fc from 'fast-check'
import type { SplitMix } from '../../src/kernel/split-mix.ts'
import type { DriverOptions, PolicyDriver } from './policy-driver.ts'

export const bounds: fc.Arbitrary<DriverOptions> = fc.oneof(
  fc.record({ maxEntries: fc.nat(20) }),
  fc.record({ maxWeight: fc.integer({ min: 4, max: 120 }) }),
  fc.record({ maxEntries: fc.nat(20), maxWeight: fc.integer({ min: 4, max: 120 }) }),
)

export type Step =
  | { readonly type: 'access' | 'set'; readonly key: number; readonly weight: number }
  | { readonly type: 'get' | 'delete'; readonly key: number }
  | { readonly type: 'evict' | 'clear' }
  | { readonly type: 'resize'; readonly bounds: DriverOptions }

const key = fc.nat(40)
const weight = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 8 }) }, fc.constant(0))
const only = <T extends string>(type: T) => fc.constant(type)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ type: only('access'), key, weight }) },
  { weight: 10, arbitrary: fc.record({ type: only('get'), key: fc.nat(10) }) },
  { weight: 4, arbitrary: fc.record({ type: only('set'), key, weight }) },
  { weight: 3, arbitrary: fc.record({ type: only('delete'), key }) },
  { weight: 1, arbitrary: fc.record({ type: only('evict') }) },
  { weight: 1, arbitrary: fc.record({ type: only('resize'), bounds }) },
  { weight: 1, arbitrary: fc.record({ type: only('clear') }) },
)

/** What may happen to a cache. */
export const history: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 400, size: 'max' })

/** Answers the keys that were evicted, in order. */
export function take(driver: PolicyDriver, step: Step): readonly (number | undefined)[] {
  switch (step.type) {
    case 'access':
      return driver.get(step.key) ? [] : driver.set(step.key, step.weight)
    case 'set':
      return driver.set(step.key, step.weight)
    case 'resize':
      return driver.resize(step.bounds.maxEntries ?? Infinity, step.bounds.maxWeight)
    case 'evict':
      return [driver.evict()]
    case 'get':
      driver.get(step.key)
      return []
    case 'delete':
      driver.delete(step.key)
      return []
    case 'clear':
      driver.clear()
      return []
  }
}

/** Evicts everything; answers the keys in order. */
export function drain(driver: PolicyDriver): number[] {
  const keys: number[] = []
  for (let key = driver.evict(); key !== undefined; key = driver.evict()) keys.push(key)
  return keys
}

export function sorted(keys: readonly number[]): number[] {
  return keys.toSorted((one, other) => one - other)
}

/** The keys of a kind of traffic, alike every time. */
export type Trace = (numbers: SplitMix, index: number) => number

type TraceName = 'skewed' | 'loop' | 'scans through hot keys' | 'a moving set' | 'every key twice'

export const traces: Readonly<Record<TraceName, Trace>> = {
  skewed: (numbers) => Math.floor(1000 ** (numbers.below(2 ** 20) / 2 ** 20)),
  loop: (_, index) => index % 130,
  'scans through hot keys': (numbers, index) => (index % 400 < 200 ? numbers.below(60) : index),
  'a moving set': (numbers, index) => Math.floor(index / 50) + numbers.below(120),
  'every key twice': (_, index) => Math.floor(index / 40) * 20 + (index % 20),
}
