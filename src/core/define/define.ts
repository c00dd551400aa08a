import type { DefinedCache, Definition, Loader } from '../../contracts/cache.ts'
import { compactKey } from '../../kernel/compact-key.ts'
import { expectFunction, expectOptions, invalid } from '../../kernel/expect.ts'
import { structuralKey } from '../../kernel/structural-key.ts'
import type { Definer } from './definer.ts'
import type { Model } from './model.ts'
import { definedReads } from './reads.ts'
import { definedWrites } from './writes.ts'

const functions = [
  'loadMany',
  'key',
  'tags',
  'save',
  'saveMany',
  'remove',
  'version',
] as const satisfies (keyof Definition<unknown, unknown>)[]
const known: ReadonlySet<string> = new Set<keyof Definition<unknown, unknown>>([
  ...functions,
  ...(['name', 'load', 'options', 'write', 'behind'] as const),
])

/** A cache in a namespace of its own that loads what is missing, and writes what changes. */
export function define<K, V>(definition: Definition<K, V>, definer: Definer): DefinedCache<K, V> {
  expectOptions('definition', definition, known)
  expectFunction('load', definition.load)
  for (const name of functions) {
    if (definition[name] !== undefined) expectFunction(name, definition[name])
  }
  const { write = 'through' } = definition
  if (!['through', 'behind', 'around'].includes(write)) {
    throw invalid('write', "'through', 'behind' or 'around'", write)
  }
  const { tags, version } = definition
  const { space } = definer
  const isOlder = (value: V, than: V) =>
    version !== undefined && value != null && than != null && version(value) < version(than)
  const model: Model<K, V> = {
    ...definer,
    definition,
    keyOf: definition.key ?? ((id: K) => compactKey(structuralKey([id], 'shared'))),
    optionsOf: (id, more) => ({ ...definition.options, ...(tags && { tags: tags(id) }), ...more }),
    guard: version === undefined ? (load) => load : (load) => newestOf(load, isOlder),
    isOlder,
  }
  const writes = definedWrites(model)
  return {
    ...{ cache: space, key: model.keyOf },
    ...definedReads(model, writes.unwritten),
    ...writes.verbs,
    expire: async (id) => space.expire(model.keyOf(id)),
    clear: () => space.clear(),
  }
}

/** A loader whose answer, from a replica that is behind perhaps, does not replace a newer value. */
function newestOf<V>(load: Loader<V>, isOlder: (value: V, than: V) => boolean): Loader<V> {
  return async (context) => {
    const value = await load(context)
    const known = context.stale?.value
    return known !== undefined && isOlder(value, known) ? context.notModified() : value
  }
}
