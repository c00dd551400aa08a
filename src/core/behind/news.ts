import type { Events } from '../events.ts'
import type { Keyspace } from '../keyspace.ts'
import type { Recollection } from '../recollection.ts'
import type { Wakers } from '../wakers.ts'
import type { ChangeKind } from './bus-message.ts'
import type { Connection } from './connection.ts'
import type { SyncTarget } from './synchronizer.ts'

/** Whom news concern: the state of a cache. */
export interface Informed {
  readonly name: string
  readonly root: Keyspace
  readonly recollection: Recollection
  readonly wakers: Wakers
  readonly connection: Connection | undefined
  readonly events: Events
  failed(error: unknown): void
  inBackground(work: Promise<unknown>): void
}

/** What others did to what this process remembers, as far as it is told, or has to assume. */
export class News implements SyncTarget {
  readonly #state: Informed

  constructor(state: Informed) {
    this.#state = state
  }

  changed(kind: ChangeKind, names: readonly string[]): void {
    const { events, recollection, wakers, root } = this.#state
    events.emit('heard', () => ({ kind, count: names.length }))
    if (kind === 'keys') {
      for (const name of names) {
        recollection.forget(name, 'invalidated')
        wakers.wake(name)
      }
      return
    }
    for (const name of names) {
      if (kind === 'clear' && name === root.generations[0]) recollection.forgetAll('invalidated')
      else recollection.tags.mark(name)
    }
  }

  /** Somebody wrote to the store: only what was not this process is news. */
  written(physicalKeys: readonly string[]): void {
    const state = this.#state
    for (const physicalKey of physicalKeys) {
      const own = state.connection?.store?.isOwn(physicalKey) ?? false
      if (own === false) this.#unknown(physicalKey)
      else state.inBackground(own.then((isOwn) => isOwn || this.#unknown(physicalKey)))
    }
  }

  /** A change may have been missed. */
  suspect(reason: string): void {
    const state = this.#state
    state.events.emit('gap', () => ({ reason }))
    if (state.connection?.store === undefined) state.recollection.forgetAll('invalidated')
    else state.recollection.suspectAll()
    state.wakers.wakeAll()
  }

  failed(error: unknown): void {
    this.#state.failed(error)
  }

  /** Nobody knows what the store has there now. */
  #unknown(physicalKey: string): void {
    const { recollection, root } = this.#state
    const name = root.nameOf(physicalKey)
    if (name === undefined) return
    if ('memoryKey' in name) this.changed('keys', [name.memoryKey])
    else if (name.mark === root.generations[0]) recollection.suspectAll()
    else recollection.tags.mark(name.mark)
  }
}
