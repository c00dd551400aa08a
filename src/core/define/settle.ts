import type { WriteOptions } from '../../contracts/cache.ts'
import { StoreError } from '../../kernel/errors.ts'
import type { Settle } from '../writing/write.ts'
import type { Model } from './model.ts'

/** What the changes of a definition do to its cache. */
export function settling<K, V>({
  definition,
  space,
  state,
  optionsOf,
  isOlder,
  replace,
}: Model<K, V>): Settle<K, V> {
  return async ({ kind, key, id, value }, extent) => {
    const around = definition.write === 'around' && extent === undefined
    if (kind === 'remove' || around) return space.delete(key)
    const options = writeOptions(optionsOf(id))
    if (definition.version === undefined) {
      await space.set(key, value, options)
      return true
    }
    try {
      const stays = (current: unknown) => current != null && isOlder(value as V, current as V)
      return await replace(key, value, options, stays)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      // What the store has is not known to be older: it must go, as soon as the store is back.
      state.failed(error, key)
      return space.delete(key)
    }
  }
}

/** The options that a write knows of those that a load knows. */
function writeOptions({
  signal,
  softTimeout,
  hardTimeout,
  refresh,
  followed,
  ...rest
}: ReturnType<Model<unknown, unknown>['optionsOf']>): WriteOptions {
  return rest
}
