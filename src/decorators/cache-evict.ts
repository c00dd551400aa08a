import { isPromised } from '../kernel/read-once.ts'
import { expectFactory, type MemberDecorator, memberDecorator } from './member.ts'
import { type Call, Operation } from './operation.ts'
import { type AnyOptions, type CacheEvictOptions, decoratorOptions } from './options.ts'

/**
 * For a method: when it has succeeded, or before it is run, entries leave the caches: that of a
 * key, all of a name or of the cache, or those with some tags. The caller has its result when they
 * are gone. Throws a `ConfigError` for options that make no sense; so does a call of a method that
 * answers at once where a cache promises.
 */
export function cacheEvict<This = never, T = unknown>(
  given: CacheEvictOptions<This, T> = {},
  ...misplaced: never[]
): MemberDecorator<This, T> {
  expectFactory('cacheEvict', misplaced)
  const options = decoratorOptions('cacheEvict', given)
  return memberDecorator('cacheEvict', (member, body) => {
    const operation = new Operation('cacheEvict', member, options)
    const evict = (call: Call, result?: unknown) => evicted(call, options, result)
    return function (...args) {
      const call = operation.call(this, args)
      const run = () => Reflect.apply(body, this, args)
      if (call === undefined) return run()
      if (options.before) {
        const done = evict(call).filter((one) => one !== undefined)
        if (done.length > 0) return Promise.all(done).then(() => operation.promised(run()))
        return run()
      }
      const answer = run()
      if (isPromised(answer)) {
        return answer.then(async (value) => {
          await Promise.all(evict(call, value))
          return value
        })
      }
      operation.expectInstant(evict(call, answer))
      return answer
    }
  })
}

function evicted(
  call: Call,
  { all, tags }: AnyOptions,
  result: unknown,
): (Promise<unknown> | undefined)[] {
  const { version } = call.options
  return call.regions.map((region) => {
    if (tags !== undefined) return region.invalidate(call.tags() ?? [])
    return all ? region.evictAll() : region.evict(call.key(region, result), { version })
  })
}
