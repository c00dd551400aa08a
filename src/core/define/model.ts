import type { Definition, Loader, LoadOptions } from '../../contracts/cache.ts'
import type { Definer } from './definer.ts'

/** A definition that has been checked, and what follows from it. */
export interface Model<K, V> extends Definer {
  readonly definition: Definition<K, V>
  readonly keyOf: (id: K) => string
  readonly optionsOf: (id: K, more?: LoadOptions) => LoadOptions
  /** Sees to it that what is loaded does not replace a newer version. */
  readonly guard: (load: Loader<V>) => Loader<V>
  /** Whether the first is of an earlier version than the second. */
  readonly isOlder: (value: V, than: V) => boolean
}
