import type { LoadOptions } from '../../src/contracts/cache.ts'
import type { Store, StoreRecord } from '../../src/contracts/store.ts'
import type { OpenStore } from '../../src/core/behind/open-store.ts'
import type { CacheOptions } from '../../src/core/cache-options.ts'
import type { Entry, EntryDetails, Lifetime } from '../../src/core/entry.ts'
import { Flight } from '../../src/core/loading/flight.ts'
import { Load } from '../../src/core/loading/load.ts'
import { resolveLoadOptions } from '../../src/core/loading/load-options.ts'
import { placeOf } from '../../src/core/place.ts'
import { Reader } from '../../src/core/reader.ts'
import { CacheState } from '../../src/core/state.ts'
import { MemoryTier } from '../../src/memory/memory-tier.ts'
import { lru } from '../../src/policies/lru.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { usualCodec } from '../../src/usual-codec.ts'

/** What a search is for, beside the options of its caller. */
export interface Sought extends LoadOptions {
  readonly renewal?: boolean
  readonly fallback?: Entry
  readonly onWait?: () => void
}

/** What a store was asked, of the key or of marks. */
export type Verb = 'read' | 'head' | 'mark' | 'add' | 'replace'

export interface SearchScene {
  readonly clock: FakeClock
  readonly state: CacheState
  readonly reader: Reader
  readonly open: OpenStore
  /** When the store was asked for what. */
  readonly asked: { readonly verb: Verb; readonly at: number }[]
  /** What happens before the store does what it is asked, and whether it refuses what is added. */
  readonly act: { before: (verb: Verb) => Promise<void>; refuses: boolean }
  /** What was told of failures. */
  readonly errors: readonly string[]
  /** When the key was looked at, in milliseconds from the beginning. */
  looks(): number[]
  /** An entry; the instants are milliseconds from the beginning. */
  entry(
    lifetime: Partial<Lifetime>,
    details?: Partial<EntryDetails> & { readonly value?: unknown },
  ): Entry
  /** The entry is in the store, with a lease on it until so many milliseconds from the beginning. */
  put(entry: Entry, leaseUntil?: number): Promise<void>
  /** Somebody else's lease, until so many milliseconds from the beginning. */
  hold(until: number): Promise<void>
  /** The lease, and all else under the key, is gone. */
  drop(): Promise<void>
  seek(sought?: Sought): Load
}

/** A cache whose store does as it is told and tells when it is asked; searches of the key `k` in it. */
export async function searchScene(options: CacheOptions = {}): Promise<SearchScene> {
  const clock = fakeClock()
  const memory = memoryStore({ clock })
  const asked: { readonly verb: Verb; readonly at: number }[] = []
  const act = { before: async (_: Verb): Promise<void> => {}, refuses: false }
  const told = async (verb: Verb) => {
    asked.push({ verb, at: clock.now() })
    if (asked.length > 1_000) throw new Error('asked again and again')
    await act.before(verb)
  }
  const isMark = (key: string | undefined) => key?.includes(':#:') === true
  const store: Store = {
    ...memory,
    async getMany(keys) {
      await told(isMark(keys.at(-1)) ? 'mark' : 'read')
      return memory.getMany(keys)
    },
    async getHeads(keys, length) {
      await told('head')
      return memory.getHeads?.(keys, length) ?? []
    },
    async addMany(records) {
      if (!isMark(records[0]?.key)) {
        await told('add')
        if (act.refuses) return records.map(() => false)
      }
      return memory.addMany?.(records) ?? []
    },
    async replaceMany(changes) {
      if (!isMark(changes[0]?.key)) await told('replace')
      return memory.replaceMany?.(changes) ?? []
    },
  }
  const errors: string[] = []
  const state = new CacheState(
    { ...options, onEvent: (event) => event.type === 'error' && errors.push(String(event.error)) },
    {
      clock,
      codec: usualCodec,
      createMemory: (parts) => new MemoryTier({ seed: 1, ...parts }),
      policy: lru(),
      behind: {
        local: false,
        open: async () => ({ store, bus: undefined, close: async () => {} }),
      },
      openLog: () => Promise.reject(new Error('Nobody puts writes off here')),
      openTrace: () => Promise.reject(new Error('Nobody records here')),
    },
  )
  const open = (await state.connect()).open as OpenStore
  const place = placeOf(state.root, 'k', 'k', undefined)
  const now = clock.now()

  const entry: SearchScene['entry'] = (
    { sliding = 0, slidingCap = Infinity, ...ends },
    { retryAt = 0, ...details } = {},
  ) => {
    const at = (ms: number) => (ms === Infinity ? ms : now + ms)
    const { staleAt = 60_000, eagerAt = Infinity } = ends
    const { revalidateUntil = staleAt, errorUntil = staleAt } = ends
    const lifetime = {
      createdAt: now,
      ...{ staleAt: at(staleAt), revalidateUntil: at(revalidateUntil) },
      ...{ errorUntil: at(errorUntil), eagerAt: at(eagerAt) },
      ...{ sliding, slidingCap: at(slidingCap) },
    }
    return state.recollection.entry(details.value ?? 'value', lifetime, {
      ...details,
      retryAt: at(retryAt),
    })
  }
  const put: SearchScene['put'] = async (given, leaseUntil) => {
    const names = [...state.root.generations, ...given.tags]
    const versions = await open.marks.ensure(names, given.expiresAt)
    const record = open.seal(place, given, versions)
    await memory.setMany([leaseUntil === undefined ? record : await leased(record, leaseUntil)])
    asked.length = 0
  }
  const leased = async (record: StoreRecord, until: number) => {
    await memory.setMany([record])
    const reading = await open.read(place)
    if (reading.state !== 'live') throw new Error(`It is ${reading.state}`)
    return open.reseal(reading.envelope, { leaseUntil: now + until }, state.stamp())
  }
  return {
    ...{ clock, state, open, asked, act, errors, entry, put },
    reader: new Reader(state),
    async hold(until) {
      await memory.setMany([open.lease(place, now + until, state.stamp())])
    },
    async drop() {
      await memory.deleteMany([place.physicalKey])
    },
    looks: () => asked.filter(({ verb }) => verb === 'read').map(({ at }) => at - now),
    seek({ renewal = false, fallback, onWait, ...load } = {}) {
      const { keys, tags } = state.recollection
      const flight = new Flight(place, keys.now, tags.now, renewal, fallback)
      flight.join()
      return new Load(state, flight, {
        ...{ space: state.root, key: 'k', memoryKey: 'k', version: undefined, onWait, begun: 0 },
        loader: () => Promise.reject(new Error('Nobody loads here')),
        options: resolveLoadOptions(load, state.defaults),
      })
    },
  }
}
