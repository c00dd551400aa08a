import type { LogPosition } from '../../contracts/log.ts'
import type { Save } from '../../contracts/writing.ts'

/** One change of the source. */
export interface Change<K, V> {
  readonly kind: 'save' | 'remove'
  /** The id as the cache has it. */
  readonly key: string
  readonly id: K
  /** What is to be saved. */
  readonly value: V | undefined
  readonly idempotencyKey: string
}

/** A change that waits for its turn. */
export interface PendingWrite<K, V> extends Change<K, V> {
  /** Where it is in the log; undefined where its caller waits for the source instead. */
  readonly position: LogPosition | undefined
  /** When it was acknowledged, epoch milliseconds. */
  readonly since: number
  /** How often it failed by itself. */
  attempts: number
  /** Tells who waits for the source. */
  readonly tell?: ((failure: Failure | undefined) => void) | undefined
}

/** Why something failed, whatever was thrown. */
export interface Failure {
  readonly error: unknown
}

export function saveOf<K, V>({ id, value, idempotencyKey }: Change<K, V>): Save<K, V> {
  return { id, value: value as V, idempotencyKey }
}

/**
 * What becomes of the cache when a change is made; answers whether there was an entry. It is
 * `'cache alone'` where nobody writes to a source.
 */
export type Settle<K, V> = (change: Change<K, V>, extent?: 'cache alone') => Promise<boolean>
