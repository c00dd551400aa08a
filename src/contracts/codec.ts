import type { Bytes } from './store.ts'

/** Values to bytes and back. Decoding runs no code, builds no unregistered class, touches no prototype. */
export interface Codec {
  /** 1 to 255, written into each entry; bytes written under another id are not handed to `decode`. */
  readonly id: number
  readonly name: string
  /** Throws a `CodecError` for a value that would not come back as it is. `key` binds the bytes to their place. */
  encode(value: unknown, key: string): Bytes
  /** Throws a `CodecError` for bytes it cannot read: the cache treats that as a miss. */
  decode(bytes: Bytes, key: string): unknown
}
