import type { Bytes } from './store.ts'

/** Carries invalidations between processes, never values. */
export interface Bus {
  /** Names the bus in errors and in what `inspect` answers. */
  readonly name: string
  /**
   * Resolves when every subscriber that is up will see the message: by itself or, where `poll`
   * exists, no later than its next `poll`. Without `poll` a publisher that has subscribed is told of
   * its own messages as well: that is how it knows that it is heard.
   */
  publish(message: Bytes): Promise<void>
  /** Resolves when messages published from now on will reach the listener. */
  subscribe(listener: BusListener): Promise<Unsubscribe>
  /**
   * Delivers, synchronously, what was published before this call began. Cheap enough to be called
   * before every read of memory, and does not throw: a bus that cannot hear tells of a gap. A bus
   * without it delivers as soon as it can.
   */
  poll?(): void
  /**
   * Only where the bus can see what happens in a store: tells, to those who subscribe from now on, of
   * keys in it that begin with one of the prefixes and that somebody changed, who may be this process.
   * Where that cannot be known there is a gap. Answers what ends it.
   */
  watch?(prefixes: readonly string[], changed: (keys: readonly string[]) => void): () => void
  /** Releases what the bus itself opened. May be called twice. */
  close(): Promise<void>
}

/** Must not throw. */
export interface BusListener {
  /** Messages of one publisher come in the order in which it published them. */
  message(bytes: Bytes): void
  /** Messages may have been lost: nothing learned before this call can be trusted unchecked. */
  gap(reason: string): void
}

/** Ends a subscription; resolved once nothing more is heard. */
export type Unsubscribe = () => Promise<void>
