import type { DefinedCache } from '../../contracts/cache.ts'
import { onDemand } from '../../kernel/on-demand.ts'
import { resolveBehind } from '../writing/behind-options.ts'
import { fetchedWriting } from '../writing/fetched-writing.ts'
import { idempotencyKeys } from '../writing/idempotency-keys.ts'
import { nothingPending } from '../writing/nothing-pending.ts'
import type { Change } from '../writing/write.ts'
import type { Model } from './model.ts'
import type { Unwritten } from './reads.ts'
import { settling } from './settle.ts'

type Verbs<K, V> = Pick<
  DefinedCache<K, V>,
  'set' | 'setMany' | 'delete' | 'flush' | 'backlog' | 'deadLetters'
>

/** Writes, by the strategy of the definition; where it has no writers, to the cache alone. */
export function definedWrites<K, V>(
  model: Model<K, V>,
): { readonly verbs: Verbs<K, V>; readonly unwritten: Unwritten<K, V> | undefined } {
  const { definition, keyOf, space, state } = model
  const writers = { save: definition.save ?? definition.saveMany, remove: definition.remove }
  const settle = settling(model)
  const nextKey = idempotencyKeys(state.stamp)
  const written = onDemand(async () => {
    const { writtenOf } = fetchedWriting.here ?? (await fetchedWriting.fetch())
    return writtenOf(model, settle)
  })
  const change = (kind: 'save' | 'remove', id: K, value?: V): Change<K, V> => ({
    ...{ kind, key: keyOf(id), id, idempotencyKey: nextKey() },
    value: state.recollection.keep(value) as V | undefined,
  })

  async function apply(changes: readonly Change<K, V>[]): Promise<boolean[]> {
    const [first] = changes
    if (first === undefined) return []
    state.expectOpen()
    return writers[first.kind] === undefined
      ? Promise.all(changes.map((one) => settle(one, 'cache alone')))
      : (written.here ?? (await written.fetch())).apply(changes)
  }

  const behind = definition.write === 'behind'
  const backlog = () => written.here?.backlog() ?? nothingPending
  if (behind) {
    resolveBehind(definition.behind)
    const close = async () => (await written.fetch()).close()
    state.drains.add({ name: space.name, backlog, close })
    // What the last process left is sent whether or not anybody asks.
    written.fetch().catch((error) => state.failed(error))
  }

  return {
    verbs: {
      async set(id, value) {
        await apply([change('save', id, value)])
      },
      async setMany(values) {
        const last = new Map([...values].map(([id, value]) => [keyOf(id), { id, value }]))
        await apply([...last.values()].map(({ id, value }) => change('save', id, value)))
      },
      async delete(id) {
        return (await apply([change('remove', id)]))[0] ?? false
      },
      flush: async () => (behind ? (await written.fetch()).flush() : undefined),
      backlog,
      deadLetters: () => written.here?.deadLetters() ?? [],
    },
    unwritten: behind
      ? {
          opening: () => (written.here === undefined ? written.fetch() : written.here.opening()),
          of: (key) => written.here?.latest(key),
        }
      : undefined,
  }
}
