import { isPromised } from '../kernel/read-once.ts'
import { expectFactory, type MemberDecorator, memberDecorator } from './member.ts'
import { type Call, Operation } from './operation.ts'
import { type CachePutOptions, decoratorOptions } from './options.ts'

/**
 * For a method: it is run whenever it is called, and its result replaces what the caches have. The
 * caller has it when they do. Throws a `ConfigError` for options that make no sense; so does a call
 * of a method that answers at once, after it has run, where a cache promises.
 */
export function cachePut<This = never, T = unknown>(
  given: CachePutOptions<This, T> = {},
  ...misplaced: never[]
): MemberDecorator<This, T> {
  expectFactory('cachePut', misplaced)
  const options = decoratorOptions('cachePut', given)
  return memberDecorator('cachePut', (member, body) => {
    const operation = new Operation('cachePut', member, options)
    return function (...args) {
      const call = operation.call(this, args)
      const answer = Reflect.apply(body, this, args)
      if (call === undefined) return answer
      if (isPromised(answer)) {
        return answer.then(async (value) => {
          await Promise.all(put(operation, call, value))
          return value
        })
      }
      operation.expectInstant(put(operation, call, answer))
      return answer
    }
  })
}

function put(operation: Operation, call: Call, value: unknown): (Promise<void> | undefined)[] {
  operation.expectNoStream(value)
  if (call.vetoes(value)) return []
  const { softTimeout, hardTimeout, followed, ...keeping } = call.keeping
  const options = { ...keeping, tags: call.tags() }
  return call.regions.map((region) => region.put(call.key(region, value), value, options))
}
