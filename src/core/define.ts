import type { Cache, DefinedCache, Definition, LoadOptions } from '../contracts/cache.ts'
import { compactKey } from '../kernel/compact-key.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import { structuralKey } from '../kernel/structural-key.ts'

const known: ReadonlySet<string> = new Set<keyof Definition<unknown, unknown>>([
  'name',
  'load',
  'loadMany',
  'key',
  'tags',
  'options',
])

/** A loading cache in a namespace of its own. */
export function define<K, V>(cache: Cache, definition: Definition<K, V>): DefinedCache<K, V> {
  expectOptions('definition', definition, known)
  const { load, loadMany, tags } = definition
  expectFunction('load', load)
  for (const name of ['loadMany', 'key', 'tags'] as const) {
    if (definition[name] !== undefined) expectFunction(name, definition[name])
  }
  const space = cache.namespace(definition.name)
  const keyOf = definition.key ?? ((id: K) => compactKey(structuralKey([id], 'shared')))
  const optionsOf = (id: K, more?: LoadOptions): LoadOptions => ({
    ...definition.options,
    ...(tags && { tags: tags(id) }),
    ...more,
  })
  const get = (id: K, more?: LoadOptions): Promise<V> =>
    space.getOrSet<V>(keyOf(id), (context) => load(id, context), optionsOf(id, more))

  async function getMany(ids: Iterable<K>): Promise<Map<K, V>> {
    const byKey = new Map<string, K>()
    for (const id of ids) byKey.set(keyOf(id), id)
    const idOf = (key: string) => byKey.get(key) as K
    if (loadMany === undefined) {
      const values = [...byKey.values()].map(async (id) => [id, await get(id)] as const)
      return new Map(await Promise.all(values))
    }
    const found = await space.getOrSetMany<V>(
      byKey.keys(),
      async (keys, context) => {
        const loaded = await loadMany(keys.map(idOf), context)
        return new Map([...loaded].map(([id, value]) => [keyOf(id), value]))
      },
      (key) => optionsOf(idOf(key)),
    )
    return new Map([...found].map(([key, value]) => [idOf(key), value]))
  }

  return {
    cache: space,
    key: keyOf,
    get,
    getMany,
    getSync: (id) => space.getSync<V>(keyOf(id)),
    set: (id, value) => space.set(keyOf(id), value, writeOptions(optionsOf(id))),
    delete: (id) => space.delete(keyOf(id)),
    expire: (id) => space.expire(keyOf(id)),
    refresh: (id) => get(id, { refresh: true }),
    clear: () => space.clear(),
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
}: LoadOptions) {
  return rest
}
