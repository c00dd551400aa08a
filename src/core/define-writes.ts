import type { DefinedCache, WriteOptions } from '../contracts/cache.ts'
import { StoreError } from '../kernel/errors.ts'
import { Serial } from '../kernel/serial.ts'
import type { Model } from './define-model.ts'
import type { Unwritten } from './define-reads.ts'
import { type Settle, writeDirectly } from './writing/direct-writes.ts'
import { idempotencyKeys } from './writing/idempotency-keys.ts'
import { Source } from './writing/source.ts'
import type { Change } from './writing/write.ts'
import { WriteBehind } from './writing/write-behind.ts'

type Verbs<K, V> = Pick<
  DefinedCache<K, V>,
  'set' | 'setMany' | 'delete' | 'flush' | 'backlog' | 'deadLetters'
>

const nothingPending = {
  ...{ pending: 0, deadLetters: 0, oldest: 0, written: 0, coalesced: 0, failures: 0 },
}

/** Writes, by the strategy of the definition; where it has no writers, to the cache alone. */
export function definedWrites<K, V>(
  model: Model<K, V>,
): { readonly verbs: Verbs<K, V>; readonly unwritten: Unwritten<K, V> | undefined } {
  const { definition, keyOf, state } = model
  const source = new Source<K, V>(definition)
  const settle = settling(model)
  const serial = new Serial()
  const nextKey = idempotencyKeys(state.stamp)
  const behind = definition.write === 'behind' ? writeBehind(model, source, settle) : undefined
  const change = (kind: 'save' | 'remove', id: K, value?: V): Change<K, V> => ({
    ...{ kind, key: keyOf(id), id, idempotencyKey: nextKey() },
    value: state.recollection.keep(value) as V | undefined,
  })
  const writes = (kind: 'save' | 'remove') => (kind === 'save' ? source.saves : source.removes)

  async function apply(changes: readonly Change<K, V>[]): Promise<boolean[]> {
    const [first] = changes
    if (first === undefined) return []
    state.expectOpen()
    if (!writes(first.kind)) return Promise.all(changes.map((one) => settle(one, 'cache alone')))
    if (behind === undefined) return writeDirectly(source, serial, changes, settle)
    const known = changes.map(({ key }) => behind.latest(key)?.kind === 'save')
    await Promise.all(changes.map((one) => behind.write(one)))
    return known
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
      flush: async () => behind?.flush(),
      backlog: () => behind?.backlog() ?? nothingPending,
      deadLetters: () => behind?.deadLetters() ?? [],
    },
    unwritten: behind && {
      opening: () => behind.ready(),
      of: (key) => behind.latest(key),
    },
  }
}

function writeBehind<K, V>(
  { definition, space, state, isOlder }: Model<K, V>,
  source: Source<K, V>,
  settle: Settle<K, V>,
): WriteBehind<K, V> {
  const { codec, clock, events, random, openLog } = state
  const write: typeof source.write = async (batch) => {
    const begun = events.begin('flush')
    const failures = await source.write(batch)
    events.emit('flush', () => ({
      namespace: space.name.slice(state.name.length + 1),
      writes: batch.length,
      failures: failures.filter((failure) => failure !== undefined).length,
      pending: behind.backlog().pending,
      durationMs: events.since(begun),
    }))
    return failures
  }
  const behind = new WriteBehind<K, V>(
    {
      ...{ name: space.name, source: { write }, settle, isOlder, codec, clock, random, openLog },
      onFailure: (error, key) => state.failed(error, key),
    },
    definition.behind,
  )
  state.drains.add({
    name: space.name,
    backlog: () => behind.backlog(),
    close: () => behind.close(),
  })
  void behind.ready()
  return behind
}

/** What becomes of the cache; where nobody writes to a source, it is all there is. */
function settling<K, V>({
  definition,
  space,
  state,
  optionsOf,
  isOlder,
  replace,
}: Model<K, V>): (change: Change<K, V>, extent?: 'cache alone') => Promise<boolean> {
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
