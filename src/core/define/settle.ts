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
    try {
      if (definition.version !== undefined) {
        return await replace(key, value, options, (there) => isOlder(value as V, there as V))
      }
      await space.set(key, value, options)
      return true
    } catch (error) {
      // The source has the write. What the cache has is not known to be as new: it must go.
      const removed = await space.delete(key)
      if (!(error instanceof StoreError)) throw error
      state.failed(error, key)
      return removed
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
