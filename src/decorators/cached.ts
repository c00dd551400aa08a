import type { LoadContext } from '../contracts/cache.ts'
import { isPromised } from '../kernel/read-once.ts'
import { expectFactory, type MemberDecorator, memberDecorator } from './member.ts'
import { type Call, Operation } from './operation.ts'
import { type CachedOptions, decoratorOptions } from './options.ts'
import type { InstantRegion, PromisedRegion, Region } from './region.ts'

/**
 * For a method or a getter: it is run only where no cache has a result for its arguments. One that
 * promises shares a run between concurrent callers, by the rules of `getOrSet`; failures are not
 * kept. Throws a `ConfigError` for options that make no sense; so does a call of what answers at
 * once with a cache that promises, or the other way round, and of what answers a stream.
 */
export function cached<This = never, T = unknown>(
  given: CachedOptions<This, T> = {},
  ...misplaced: never[]
): MemberDecorator<This, T> {
  expectFactory('cached', misplaced)
  const options = decoratorOptions('cached', given)
  return memberDecorator('cached', (member, body) => {
    const operation = new Operation('cached', member, options)
    return function (...args) {
      const call = operation.call(this, args)
      const run = () => Reflect.apply(body, this, args)
      if (call === undefined) return run()
      const { regions } = call
      if (areInstant(regions)) return answered(operation, call, regions, run)
      if (arePromised(regions)) return promisedBy(operation, call, regions, run)
      throw operation.misfit('needs caches that all promise, or that all answer at once')
    }
  })
}

function areInstant(regions: readonly Region[]): regions is readonly InstantRegion[] {
  return regions.every((region) => region.instant)
}

function arePromised(regions: readonly Region[]): regions is readonly PromisedRegion[] {
  return regions.every((region) => !region.instant)
}

/** Each cache loads from the next, so that those before a hit are filled; the last runs the method. */
async function promisedBy(
  operation: Operation,
  call: Call,
  regions: readonly PromisedRegion[],
  run: () => unknown,
): Promise<unknown> {
  const options = { ...call.keeping, tags: call.tags() }
  const load = regions.reduceRight<() => Promise<unknown>>(
    (next, region) => async () =>
      region.getOrSet(
        call.key(region),
        async (context: LoadContext) => {
          const value = await next()
          operation.expectNoStream(value)
          if (call.vetoes(value)) context.skip()
          return value
        },
        options,
      ),
    async () => operation.promised(run()),
  )
  return load()
}

function answered(
  operation: Operation,
  call: Call,
  regions: readonly InstantRegion[],
  run: () => unknown,
): unknown {
  const options = call.keeping
  const missed: InstantRegion[] = []
  for (const region of regions) {
    const found = region.find(call.key(region))
    if (found === undefined) missed.push(region)
    else {
      for (const before of missed) before.put(call.key(before), found[0], options)
      return found[0]
    }
  }
  const value = run()
  if (isPromised(value)) {
    value.then(undefined, () => {})
    throw operation.misfit('answers a promise: `cache` must be one of createCache')
  }
  operation.expectNoStream(value)
  if (!call.vetoes(value))
    for (const region of regions) region.put(call.key(region), value, options)
  return value
}
