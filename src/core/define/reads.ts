import type { BulkLoader, DefinedCache, LoadOptions } from '../../contracts/cache.ts'
import { Batcher } from '../../kernel/batcher.ts'
import { loadScope } from '../loading/load-scope.ts'
import type { PendingWrite } from '../writing/write.ts'
import type { Model } from './model.ts'

/** Most calls of `get` that share one bulk load. */
const mostTogether = 1000

/** What is on its way to the source, which nobody else knows yet. */
export interface Unwritten<K, V> {
  /** Until when that is not known; undefined if it is. */
  opening(): Promise<unknown> | undefined
  of(key: string): PendingWrite<K, V> | undefined
}

type Load<K, V> = (id: K, more?: LoadOptions) => Promise<V>

/** Reads: what is not written yet, if there is such a thing; then as the cache does, with the loaders. */
export function definedReads<K, V>(
  model: Model<K, V>,
  unwritten: Unwritten<K, V> | undefined,
): Pick<DefinedCache<K, V>, 'get' | 'getMany' | 'getSync' | 'refresh'> {
  const { definition, space, state, keyOf, optionsOf } = model
  const { loadMany } = definition
  const alone: Load<K, V> = (id, more) =>
    space.getOrSet<V>(
      keyOf(id),
      model.guard((context) => definition.load(id, context)),
      optionsOf(id, more),
    )
  const load = loadMany === undefined ? alone : inOneTurn(model, loadMany, alone)

  const give = (write: PendingWrite<K, V>) => state.recollection.give(write.value) as V

  const get: Load<K, V> = (id, more) => {
    try {
      const opening = unwritten?.opening()
      if (opening !== undefined) return opening.then(() => get(id, more))
      const write = unwritten?.of(keyOf(id))
      if (write === undefined) return load(id, more)
      state.expectOpen()
      return Promise.resolve(give(write))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async function getMany(ids: Iterable<K>): Promise<Map<K, V>> {
    await unwritten?.opening()
    const missing: K[] = []
    const values = new Map<K, V>()
    for (const id of distinct(ids, keyOf)) {
      const write = unwritten?.of(keyOf(id))
      if (write === undefined) missing.push(id)
      else if (write.kind === 'save') values.set(id, give(write))
    }
    const found =
      loadMany === undefined
        ? missing.map(async (id) => ({ value: await alone(id) }))
        : loadEach(model, loadMany, missing, (id) => optionsOf(id))
    for (const [i, answer] of (await Promise.all(found)).entries()) {
      if (answer !== undefined) values.set(missing[i] as K, answer.value)
    }
    return values
  }

  return {
    get,
    getMany,
    getSync(id) {
      const write = unwritten?.of(keyOf(id))
      return write === undefined ? space.getSync<V>(keyOf(id)) : give(write)
    },
    refresh: (id) => get(id, { refresh: true }),
  }
}

/**
 * Calls in one turn of the event loop share a bulk load, but for what memory has. One that the bulk load leaves out is loaded
 * alone: what there is to answer, or to throw, about an id that does not exist is `load`'s to say.
 */
function inOneTurn<K, V>(
  model: Model<K, V>,
  loadMany: NonNullable<Model<K, V>['definition']['loadMany']>,
  alone: Load<K, V>,
): Load<K, V> {
  interface Call {
    readonly id: K
    readonly more: LoadOptions | undefined
  }
  const together = async (calls: Call[]) => {
    const [first] = calls
    if (first !== undefined && calls.length === 1) return [{ value: alone(first.id, first.more) }]
    const ids = calls.map(({ id }) => id)
    const answers = loadEach(model, loadMany, ids, (id, i) => model.optionsOf(id, calls[i]?.more))
    return answers.map((answer, i) => ({
      value: answer.then((found) => (found ? found.value : alone(ids[i] as K, calls[i]?.more))),
    }))
  }
  // Calls of different loaders are not mixed: a load that waits for itself could not be told.
  const batchers = new WeakMap<object, Batcher<Call, { readonly value: Promise<V> }>>()
  return async (id, more) => {
    if (model.atHand(model.keyOf(id))) return alone(id, more)
    const scope = loadScope.current() ?? model
    let batcher = batchers.get(scope)
    if (batcher === undefined) {
      batcher = new Batcher(together, mostTogether)
      batchers.set(scope, batcher)
    }
    return (await batcher.add({ id, more })).value
  }
}

function loadEach<K, V>(
  { keyOf, loadEach, guard }: Model<K, V>,
  loadMany: NonNullable<Model<K, V>['definition']['loadMany']>,
  ids: readonly K[],
  options: (id: K, index: number) => LoadOptions,
): Promise<{ readonly value: V } | undefined>[] {
  const idOf = new Map(ids.map((id) => [keyOf(id), id]))
  const loader: BulkLoader<V> = async (keys, context) => {
    const loaded = await loadMany(
      keys.map((key) => idOf.get(key) as K),
      context,
    )
    return new Map([...loaded].map(([id, value]) => [keyOf(id), value]))
  }
  const keys = ids.map(keyOf)
  return loadEach(keys, loader, (i) => options(ids[i] as K, i), guard)
}

/** The last of each key. */
function distinct<K>(ids: Iterable<K>, keyOf: (id: K) => string): Iterable<K> {
  return new Map([...ids].map((id) => [keyOf(id), id])).values()
}
