import type { DefinedCache } from '../../contracts/cache.ts'
import { Serial } from '../../kernel/serial.ts'
import type { Model } from '../define/model.ts'
import { writeDirectly } from './direct-writes.ts'
import { nothingPending } from './nothing-pending.ts'
import { Source } from './source.ts'
import type { Change, PendingWrite, Settle } from './write.ts'
import { WriteBehind } from './write-behind.ts'

/** A definition's writes to its source, by its strategy. */
export interface Written<K, V>
  extends Pick<DefinedCache<K, V>, 'backlog' | 'deadLetters' | 'flush'> {
  /** Makes changes of one kind, no key twice; answers of each whether there was a value before, as far as is known. */
  apply(changes: readonly Change<K, V>[]): Promise<boolean[]>
  /** Until what waited when the last process ended is known to wait; undefined if it is. */
  opening(): Promise<unknown> | undefined
  /** What a key will be. */
  latest(key: string): PendingWrite<K, V> | undefined
  close(): Promise<void>
}

export async function writtenOf<K, V>(
  model: Model<K, V>,
  settle: Settle<K, V>,
): Promise<Written<K, V>> {
  const source = new Source<K, V>(model.definition)
  return model.definition.write === 'behind'
    ? writtenBehind(model, source, settle)
    : writtenThrough(source, settle)
}

function writtenThrough<K, V>(source: Source<K, V>, settle: Settle<K, V>): Written<K, V> {
  const serial = new Serial()
  return {
    apply: (changes) => writeDirectly(source, serial, changes, settle),
    opening: () => undefined,
    latest: () => undefined,
    flush: async () => {},
    backlog: () => nothingPending,
    deadLetters: () => [],
    close: async () => {},
  }
}

async function writtenBehind<K, V>(
  { definition, space, state, isOlder }: Model<K, V>,
  source: Source<K, V>,
  settle: Settle<K, V>,
): Promise<Written<K, V>> {
  const { clock, events, random, openLog } = state
  const codec = await state.codec.fetch()
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
  void behind.ready()
  return {
    async apply(changes) {
      const known = changes.map(({ key }) => behind.latest(key)?.kind === 'save')
      await Promise.all(changes.map((one) => behind.write(one)))
      return known
    },
    opening: () => behind.ready(),
    latest: (key) => behind.latest(key),
    flush: () => behind.flush(),
    backlog: () => behind.backlog(),
    deadLetters: () => behind.deadLetters(),
    close: () => behind.close(),
  }
}
