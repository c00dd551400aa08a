/**
 * A connection for listening alone, in RESP2, where subscriptions and word of changed keys come the
 * same way from every server since 6. It is not mended when it breaks.
 */
export interface Ear {
  /** Sends a command; not once it listens. */
  send(words: readonly string[]): Promise<unknown>
  /** Resolves when what is said on the channel from now on is heard: bytes or, of keys, a list. */
  listen(channel: string, kind: ChannelKind, hear: (said: unknown) => void): Promise<unknown>
  /** Resolves when the server answers. */
  ping(): Promise<unknown>
  /** At once; nothing is heard afterwards. */
  destroy(): void
}

/** A sharded channel lives on the server to which its name belongs, like a key. */
export type ChannelKind = 'plain' | 'sharded'

/** Connects; `lost` is called, once or more often, when the connection has broken. */
export type OpenEar = (lost: (reason: string) => void) => Promise<Ear>
