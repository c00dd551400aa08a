import type { Bus } from '../../contracts/bus.ts'
import type { Clock } from '../../contracts/clock.ts'
import type { Codec } from '../../contracts/codec.ts'
import type { Bytes, Store } from '../../contracts/store.ts'
import type { OnDemand } from '../../kernel/on-demand.ts'
import type { Events } from '../events.ts'
import { Marks } from './marks.ts'
import { OpenStore, type OpenStoreParts } from './open-store.ts'
import { OwnWrites } from './own-writes.ts'
import { type StoreGate, StoreTier } from './store-tier.ts'
import { Synchronizer, type SyncTarget } from './synchronizer.ts'

/** How to open what lies behind memory. */
export interface Behind {
  /** There is no network between. */
  readonly local: boolean
  open(): Promise<Backing>
}

/** What lies behind memory: a store, a bus, or both. */
export interface Backing {
  readonly store: Store | undefined
  readonly bus: Bus | undefined
  /** Closes what was opened for this cache, and nothing that was handed to it. */
  close(): Promise<void>
}

/** A backing in use. */
export interface Connection {
  readonly backing: Backing
  readonly store: StoreTier | undefined
  /** The store, with what entries need of it. */
  readonly open: OpenStore | undefined
  readonly sync: Synchronizer | undefined
  /** The store for those who find out whether it can be trusted again. */
  readonly repair: { readonly store: StoreTier; readonly marks: Marks } | undefined
  close(): Promise<void>
}

export interface ConnectionOptions {
  readonly cache: string
  readonly clock: Clock
  readonly stamp: () => Bytes
  /** Whose entries are in the store. */
  readonly owner: OpenStoreParts
  readonly codec: OnDemand<Codec>
  readonly storeTimeout: number
  readonly gate: StoreGate
  readonly events?: Events | undefined
  readonly markKey: (name: string) => string
  readonly target: SyncTarget
  /** How the keys of the cache begin in the store. */
  readonly prefixes: readonly string[]
  /** The generation that all entries of the cache depend on. */
  readonly everything: string
}

/** Opens a backing; once this resolves, others' changes are heard. */
export async function connect(backing: Backing, options: ConnectionOptions): Promise<Connection> {
  const { clock, events, stamp, storeTimeout, gate, markKey } = options
  const ownWrites = backing.bus?.watch && new OwnWrites()
  const store =
    backing.store && new StoreTier(backing.store, clock, storeTimeout, gate, ownWrites, events)
  const marks = store && new Marks(store, clock, stamp, markKey)
  const bare = backing.store && new StoreTier(backing.store, clock, storeTimeout)
  const repair = bare && { store: bare, marks: new Marks(bare, clock, stamp, markKey) }
  const sync = backing.bus && new Synchronizer(backing.bus, { ...options, origin: stamp() })
  const codec = options.codec.here ?? (await options.codec.fetch())
  await sync?.open()
  return {
    backing,
    store,
    open: store && marks && new OpenStore(store, marks, codec, options.owner),
    sync,
    repair,
    async close() {
      await sync?.close()
      await backing.close()
    },
  }
}
