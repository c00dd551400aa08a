import { StoreError } from '../kernel/errors.ts'
import { Serial } from '../kernel/serial.ts'
import type { TagVersion } from './behind/envelope.ts'
import type { OpenStore, Reading } from './behind/open-store.ts'
import type { Repair } from './behind/repairs.ts'
import type { Entry } from './entry.ts'
import { anyTag, type Keyspace } from './keyspace.ts'
import type { Place } from './place.ts'
import type { CacheState } from './state.ts'

/** What a verb makes of the entry that it found. */
export interface Decision<Answer> {
  readonly answer: Answer
  /** What stands there from now on; undefined leaves what is there. */
  readonly next?: Entry | 'nothing'
  /** The entry keeps the tags, as they stood, of the one that it follows. @default false */
  readonly follows?: boolean
}

/** `versions` are those that the entry embeds in the store. */
export type Decide<Answer> = (
  current: Entry | undefined,
  now: number,
  versions?: readonly TagVersion[],
) => Decision<Answer>

const nothing = { entry: undefined, envelope: undefined }

/** Most times that an atomic change is tried again because another process was faster. */
const mostAttempts = 200

/**
 * Writes: to the store, then to memory, then a word to the others. The key is marked as changed
 * before and after: a load that began before, and a read that began meanwhile, keep nothing.
 */
export class Writer {
  readonly #state: CacheState
  readonly #serial = new Serial()

  constructor(state: CacheState) {
    this.#state = state
  }

  /**
   * Writes unconditionally; answers the places that the store refused, where it has nothing now.
   * Memory has all entries. Where the store fails, what it has under their keys will be deleted.
   * The entries embed `versions`, or else those of now.
   */
  async put(
    entries: readonly (readonly [Place, Entry])[],
    versions?: readonly TagVersion[],
  ): Promise<Place[]> {
    const { recollection, counters, events } = this.#state
    this.#state.expectOpen()
    const places = entries.map(([place]) => place)
    events.calls(places[0]?.space, 'set', () => keysOf(places))
    const ticks = places.map(({ memoryKey }) => recollection.keys.mark(memoryKey))
    // In one turn where memory is all there is: who writes next must find it written.
    const answer = this.#state.backed
      ? await this.#attempt({ keys: places }, async (open) =>
          open.store.write(
            versions === undefined
              ? await this.#sealAll(open, entries)
              : entries.map(([place, entry]) => open.seal(place, entry, versions)),
          ),
        )
      : undefined
    try {
      for (const [i, [place, entry]] of entries.entries()) {
        this.#keep(place, entry, ticks[i] as number)
      }
    } finally {
      counters.writes += entries.length
      await this.#tell(places)
    }
    const names = new Set(answer)
    const refused = places.filter((place) => names.has(place.physicalKey))
    for (const { key } of refused) {
      this.#state.failed(new StoreError(`The store has no room for the value of "${key}"`), key)
    }
    return refused
  }

  /** Changes one entry, atomically: `decide` may be asked again when another process was faster. */
  async update<Answer>(place: Place, decide: Decide<Answer>): Promise<Answer> {
    this.#state.events.call(place.space, 'update', place.key)
    return this.#update(place, decide)
  }

  /**
   * Moves an entry as it stands: gone from one place before it is at the other, and valid as long as
   * it would have been. Answers whether `depart` found one.
   */
  async move(from: Place, to: Place, depart: Decide<Entry | undefined>): Promise<boolean> {
    let embedded: readonly TagVersion[] | undefined
    const entry = await this.update(from, (current, now, versions) => {
      embedded = versions
      return depart(current, now)
    })
    if (entry === undefined) return false
    await this.put([[to, entry]], embedded)
    return true
  }

  async #update<Answer>(place: Place, decide: Decide<Answer>): Promise<Answer> {
    const open = await this.#open()
    if (open === undefined) return this.#updateMemory(place, decide)
    return this.#serial.run(place.memoryKey, () => this.#updateStore(open, place, decide))
  }

  /**
   * Adds to a number, in one step where the store can do that by itself: where there is a fresh entry
   * that it can add to. Otherwise as `update`.
   */
  async increment<N extends number | bigint>(place: Place, by: N, decide: Decide<N>): Promise<N> {
    this.#state.events.call(place.space, 'increment', place.key)
    const open = await this.#open()
    if (!open?.store.counts || !Number.isSafeInteger(by)) return this.#update(place, decide)
    const { recollection, clock } = this.#state
    const tick = recollection.keys.mark(place.memoryKey)
    const reading = await open.increment(place, by as number)
    if (reading?.state !== 'live') return this.#update(place, decide)
    const { staleAt } = reading.entry
    if (clock.now() >= staleAt) {
      // The store adds to what is stale as well, which must stay what it was, as the fallback of a load.
      const undone = await open.increment(place, -(by as number))
      const isAnother = undone?.state === 'live' && undone.entry.staleAt !== staleAt
      if (isAnother) await open.increment(place, by as number)
      return this.#update(place, decide)
    }
    this.#keep(place, reading.entry, tick)
    await this.#tell([place])
    return reading.entry.value as N
  }

  /** Answers how many entries there were, as far as can be told. */
  async remove(places: readonly Place[]): Promise<number> {
    const { recollection, clock, events } = this.#state
    this.#state.expectOpen()
    events.calls(places[0]?.space, 'delete', () => keysOf(places))
    const known = places.map(
      ({ memoryKey }) => recollection.glance(memoryKey, clock.now()) !== undefined,
    )
    this.#forget(places)
    const there = await this.#attempt({ keys: places }, async (open) => {
      const readings = await Promise.all(places.map((place) => open.read(place)))
      const removed = await open.store.remove(places.map(({ physicalKey }) => physicalKey))
      return readings.map(({ state }, i) => state === 'live' && removed[i])
    })
    if (this.#state.backed) this.#forget(places)
    this.#deleted(places)
    await this.#tell(places)
    return (there ?? known).filter(Boolean).length
  }

  async invalidate(tags: readonly string[]): Promise<void> {
    const { recollection, events } = this.#state
    this.#state.expectOpen()
    events.calls(undefined, 'invalidate', () => tags)
    await this.#change('tags', tags, [anyTag, ...tags], () => {
      for (const tag of tags) recollection.tags.mark(tag)
    })
    events.emit('invalidate', () => ({ tags }))
  }

  /** Empties a space by changing its generation. */
  async clear(space: Keyspace): Promise<void> {
    const { recollection, events } = this.#state
    this.#state.expectOpen()
    events.calls(space, 'clear', () => [])
    const generation = space.generations.at(-1) as string
    await this.#change('clear', [generation], [generation], () => {
      if (space.scopes.length > 0) recollection.tags.mark(generation)
      else recollection.forgetAll('deleted')
    })
    events.emit('clear', () => ({ namespace: space.path }))
  }

  /** Gives marks new versions, one after the other, between two marks of the same in memory. */
  async #change(
    kind: 'tags' | 'clear',
    names: readonly string[],
    marks: readonly string[],
    mark: () => void,
  ): Promise<void> {
    mark()
    await this.#attempt({ marks }, async (open) => {
      // In this order: a load that chose its tags late compares the mark of any tag last.
      for (const some of [marks.filter((name) => name === anyTag), names]) {
        if (some.length > 0) await open.marks.renew(some)
      }
    })
    mark()
    await this.#state.publish(kind, names)
  }

  /** Does something in the store; where that fails it is made good before the store is asked again. */
  async #attempt<T>(repair: Repair, run: (open: OpenStore) => Promise<T>): Promise<T | undefined> {
    const state = this.#state
    if (!state.backed) return undefined
    try {
      const { open } = await state.connect()
      // Not given up as a whole: what it still did later could undo what was made good meanwhile.
      return open && (await run(open))
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      state.counters.storeErrors++
      state.failed(error)
      state.backend.defer(repair)
      return undefined
    }
  }

  async #open(): Promise<OpenStore | undefined> {
    this.#state.expectOpen()
    return this.#state.backed ? (await this.#state.connect()).open : undefined
  }

  #updateMemory<Answer>(place: Place, decide: Decide<Answer>): Answer | Promise<Answer> {
    const { recollection, clock } = this.#state
    const now = clock.now()
    const { answer, next } = decide(recollection.glance(place.memoryKey, now), now)
    if (next === undefined) return answer
    if (next === 'nothing') this.#removed(place)
    else this.#keep(place, next, recollection.keys.mark(place.memoryKey))
    return this.#state.backed ? this.#tell([place]).then(() => answer) : answer
  }

  async #updateStore<Answer>(
    open: OpenStore,
    place: Place,
    decide: Decide<Answer>,
  ): Promise<Answer> {
    const { recollection, clock } = this.#state
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const tick = recollection.keys.mark(place.memoryKey)
      const reading = await open.read(place)
      const { entry, envelope } = reading.state === 'live' ? reading : nothing
      const { answer, next, follows } = decide(entry, clock.now(), envelope?.tags)
      if (next === undefined) return answer
      if (!(await this.#replace(open, place, reading, next, follows))) continue
      if (next === 'nothing') this.#removed(place)
      else this.#keep(place, next, tick)
      await this.#tell([place])
      return answer
    }
    throw new StoreError(
      `The store "${open.store.name}" did not take a change of "${place.key}" in ${mostAttempts} attempts`,
    )
  }

  async #replace(
    open: OpenStore,
    place: Place,
    reading: Reading,
    next: Entry | 'nothing',
    follows: boolean | undefined,
  ): Promise<boolean> {
    if (next === 'nothing') {
      if (reading.state === 'absent') return true
      if (open.store.atomic) return open.store.replace(place.physicalKey, reading.stamp, undefined)
      await open.store.remove([place.physicalKey])
      return true
    }
    const tags =
      follows && reading.state === 'live'
        ? reading.envelope.tags
        : await open.marks.ensure(this.#dependencies(place, next), next.expiresAt)
    const record = open.seal(place, next, tags)
    if (open.store.atomic) return open.put(reading, record)
    return (await open.store.write([record])).length === 0
  }

  async #sealAll(open: OpenStore, entries: readonly (readonly [Place, Entry])[]) {
    const names = new Set<string>()
    let until = 0
    for (const [place, entry] of entries) {
      for (const name of this.#dependencies(place, entry)) names.add(name)
      until = Math.max(until, entry.expiresAt)
    }
    const marks = await open.marks.ensure([...names], until)
    const versions = new Map(marks.map((mark) => [mark.tag, mark]))
    return entries.map(([place, entry]) =>
      open.seal(
        place,
        entry,
        this.#dependencies(place, entry).map((name) => versions.get(name) as TagVersion),
      ),
    )
  }

  #dependencies(place: Place, entry: Entry): string[] {
    return [...new Set([...place.space.generations, ...entry.tags])]
  }

  #keep(place: Place, entry: Entry, tick: number): void {
    const { recollection, clock, events } = this.#state
    recollection.remember(place.memoryKey, entry, tick, clock.now())
    recollection.keys.mark(place.memoryKey)
    events.wrote(place.space, place.key, entry.value)
  }

  #forget(places: readonly Place[]): void {
    for (const { memoryKey } of places) this.#state.recollection.forget(memoryKey, 'deleted')
  }

  #removed(place: Place): void {
    this.#forget([place])
    this.#deleted([place])
  }

  #deleted(places: readonly Place[]): void {
    const { events } = this.#state
    for (const { space, key } of places) {
      events.emit('delete', () => ({ namespace: space.path, key }))
    }
  }

  #tell(places: readonly Place[]): Promise<void> {
    return this.#state.publish(
      'keys',
      places.map(({ memoryKey }) => memoryKey),
    )
  }
}

function keysOf(places: readonly Place[]): string[] {
  return places.map(({ key }) => key)
}
