import fc from 'fast-check'
import { expect } from 'vitest'
import type { PolicyFactory } from '../../src/contracts/policy.ts'
import { SplitMix } from '../../src/kernel/split-mix.ts'
import { type DriverOptions, PolicyDriver } from './policy-driver.ts'

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
function take(driver: PolicyDriver, step: Step): readonly (number | undefined)[] {
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

/** Whatever happens, both hold the same, evict the same and lose nothing. */
export function expectAlike(
  policy: PolicyFactory,
  model: PolicyFactory,
  options: DriverOptions,
  history: readonly Step[],
): void {
  const one = new PolicyDriver(policy, options)
  const other = new PolicyDriver(model, options)
  for (const step of history) {
    expect([take(one, step), one.held]).toEqual([take(other, step), other.held])
  }
  const { held } = one
  const drained = drain(one)
  expect(drained).toEqual(drain(other))
  expect(sorted(drained)).toEqual(sorted(held))
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

/** Both hit and evict the same in so many accesses of the trace, be entries or weight bounded. */
export function expectAlikeOn(
  trace: Trace,
  accesses: number,
  policy: PolicyFactory,
  model: PolicyFactory,
): void {
  for (const options of [{ maxEntries: 100 }, { maxWeight: 450 }]) {
    const numbers = new SplitMix(1)
    const one = new PolicyDriver(policy, options)
    const other = new PolicyDriver(model, options)
    for (let index = 0; index < accesses; index++) {
      const key = trace(numbers, index)
      if (one.get(key) !== other.get(key)) throw new Error(`access ${index} differs`)
      if (one.has(key)) continue
      const weight = options.maxWeight ? 1 + (key % 8) : 1
      expect(one.set(key, weight)).toEqual(other.set(key, weight))
    }
    expect(drain(one)).toEqual(drain(other))
  }
}
