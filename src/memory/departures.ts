import type { RemovalReason } from '../contracts/events.ts'
import type { MemoryOptions } from '../contracts/memory.ts'
import type { SlotMap } from '../kernel/slot-map.ts'

interface Departure<V> {
  readonly key: string
  readonly value: V
  readonly reason: RemovalReason
}

/** The entries that left: counted at once; a listener is told when the structure is whole again. */
export class Departures<V> {
  readonly counts: Record<RemovalReason, number> = {
    evicted: 0,
    expired: 0,
    deleted: 0,
    replaced: 0,
    invalidated: 0,
  }
  readonly #listener: MemoryOptions<V>['onRemove']
  readonly #wanted: () => boolean
  /** Those that nobody has been told of yet, in order. */
  readonly #untold = new Set<Departure<V>>()

  constructor(
    listener: MemoryOptions<V>['onRemove'],
    wanted: MemoryOptions<V>['removalsHeard'] = () => true,
  ) {
    this.#listener = listener
    this.#wanted = wanted
  }

  /** Whether anybody listens. */
  get heard(): boolean {
    return this.#listener !== undefined && this.#wanted()
  }

  count(table: SlotMap<V>, slot: number, value: V, reason: RemovalReason): void {
    if (reason === 'evicted') this.counts.evicted++
    else this.counts[reason]++
    if (this.heard) this.note(table.keyAt(slot), value, reason)
  }

  note(key: string, value: V, reason: RemovalReason): void {
    this.#untold.add({ key, value, reason })
  }

  /** Comes last in every operation: a listener may call back, or throw. */
  tell(): void {
    if (this.#untold.size === 0) return
    let failure: { readonly error: unknown } | undefined
    for (const departure of this.#untold) {
      this.#untold.delete(departure)
      try {
        this.#listener?.(departure.key, departure.value, departure.reason)
      } catch (error) {
        failure ??= { error }
      }
    }
    if (failure) throw failure.error
  }
}
