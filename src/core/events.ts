import type { Clock } from '../contracts/clock.ts'
import type { CacheEvent, LoadStartEvent, ReadEvent } from '../contracts/events.ts'
import { channels } from '../kernel/channels.ts'
import type { Entry } from './entry.ts'
import type { Keyspace } from './keyspace.ts'
import type { Flight, Landing } from './loading/flight.ts'
import type { Request } from './loading/request.ts'

type EventType = CacheEvent['type']
/** What is to be said of an event besides its type and its cache. */
type Details<Type extends EventType> = Omit<
  Extract<CacheEvent, { readonly type: Type }>,
  'type' | 'cache'
>

/** Of what happens so often that looking for the channel by its type would be noticed. */
const { read: reads, join: joins, call: calls, write: writes, remove: removals } = channels
const { 'load-start': loadStarts, load: loads } = channels
/** In place of the instant at which something began that nobody listens to. */
export const unheard: number = -1

/** Tells what happens in one cache, to those who listen; what is told is made only then. */
export class Events {
  readonly #cache: string
  readonly #clock: Clock
  readonly #onEvent: ((event: CacheEvent) => void) | undefined

  constructor(cache: string, clock: Clock, onEvent: ((event: CacheEvent) => void) | undefined) {
    this.#cache = cache
    this.#clock = clock
    this.#onEvent = onEvent
  }

  /** Whether anybody is told of loads: when they begin, */
  get hearsLoadStarts(): boolean {
    return this.#onEvent !== undefined || loadStarts.hasSubscribers
  }

  /** or how they end. */
  get hearsLoads(): boolean {
    return this.#onEvent !== undefined || loads.hasSubscribers
  }

  listens(type: EventType): boolean {
    return this.#onEvent !== undefined || channels[type].hasSubscribers
  }

  emit<Type extends EventType>(type: Type, details: () => Details<Type>): void {
    if (this.listens(type)) this.#tell(Object.assign({ type, cache: this.#cache }, details()))
  }

  /** Whether anybody is told of what is read. */
  get hearsReads(): boolean {
    return this.#onEvent !== undefined || reads.hasSubscribers
  }

  /** A flight has landed for one of its callers, with an error where there is no landing. */
  landed(
    { space, key, begun }: Pick<Request, 'space' | 'key' | 'begun'>,
    { load }: Flight,
    { outcome, value, createdAt, tier }: Landing = { outcome: 'miss', value: undefined },
    isJoined: boolean,
  ): void {
    if (!this.hearsReads && !joins.hasSubscribers) return
    const namespace = space.path
    if (isJoined) {
      this.emit('join', () => ({ namespace, key, load, durationMs: this.since(begun) }))
    }
    const answer = (): Details<'read'> => ({
      namespace,
      key,
      outcome: isJoined ? 'coalesced' : outcome,
      // What stands in for a value that could not be loaded counts as found in memory.
      tier: tier === undefined && outcome === 'stale' ? 'memory' : tier,
      value,
      age: createdAt === undefined ? undefined : Math.max(0, this.#clock.now() - createdAt),
      durationMs: this.since(begun),
      load,
    })
    this.emit('read', answer)
  }

  /** A load begins. */
  start(details: Details<'load-start'>): LoadStartEvent {
    const event: LoadStartEvent = { type: 'load-start', cache: this.#cache, ...details }
    this.#tell(event)
    return event
  }

  /** A verb begins. */
  call(space: Keyspace, verb: string, name: string): void {
    if (this.#onEvent !== undefined || calls.hasSubscribers) this.#call(space, verb, name)
  }

  /** As `call`, about many. */
  calls(space: Keyspace | undefined, verb: string, names: () => readonly string[]): void {
    if (this.#onEvent === undefined && !calls.hasSubscribers) return
    this.emit('call', () => ({ namespace: space?.path, verb, names: names() }))
  }

  /** The cache has the value from now on. */
  wrote(space: Keyspace, key: string, value: unknown): void {
    if (this.#onEvent === undefined && !writes.hasSubscribers) return
    this.emit('write', () => ({ namespace: space.path, key, value }))
  }

  /** Whether anybody is told of what leaves memory. */
  get hearsRemovals(): boolean {
    return this.#onEvent !== undefined || removals.hasSubscribers
  }

  /** When a read begins; `unheard` if nobody will be told of it. */
  beginRead(): number {
    return this.hearsReads ? this.instant() : unheard
  }

  /** As `beginRead`, of what happens less often. */
  begin(type: EventType): number {
    return this.listens(type) ? this.instant() : unheard
  }

  /** As `beginRead`, of a read that may have to wait for a load. */
  beginWait(): number {
    return this.hearsReads || joins.hasSubscribers ? this.instant() : unheard
  }

  /** Milliseconds since it began. */
  since(begun: number): number {
    return begun === unheard ? 0 : Math.max(0, this.instant() - begun)
  }

  /** Milliseconds from some instant on, as exactly as the clock can tell. */
  instant(): number {
    const clock = this.#clock
    return clock.precise === undefined ? clock.now() : clock.precise()
  }

  /** An entry was served from memory: what happens most. For who knows that it is heard. */
  remembered(space: Keyspace, key: string, outcome: 'hit' | 'stale', entry: Entry): void {
    // Spreading objects into each other takes longer than all the rest of a hit.
    const event: ReadEvent = {
      type: 'read',
      cache: this.#cache,
      namespace: space.path,
      key,
      outcome,
      tier: 'memory',
      value: entry.value,
      age: Math.max(0, this.#clock.now() - entry.createdAt),
      durationMs: 0,
    }
    this.#tell(event)
  }

  #call(space: Keyspace, verb: string, name: string): void {
    this.emit('call', () => ({ namespace: space.path, verb, names: [name] }))
  }

  #tell(event: Pick<CacheEvent, 'type' | 'cache'>): void {
    try {
      this.#onEvent?.(event as CacheEvent)
    } catch {
      // A listener's failure is not the cache's; there is nobody left to tell.
    }
    const channel = channels[event.type]
    if (channel.hasSubscribers) channel.publish(event)
  }
}
