import type { Bytes } from './store.ts'

/** Values to bytes and back. Decoding runs no code, builds no unregistered class, touches no prototype. */
export interface Codec {
  /** 1 to 255, written into each entry; bytes written under another id are not handed to `decode`. */
  readonly id: number
  /** Names the codec in errors. */
  readonly name: string
  /**
   * Whole numbers may lie in the store as they are, so that it can add to them: nothing is secret, or
   * to be checked. @default false
   */
  readonly counts?: boolean | undefined
  /** Throws a `CodecError` for a value that would not come back as it is. `key` binds the bytes to their place. */
  encode(value: unknown, key: string): Bytes
  /** Throws a `CodecError` for bytes it cannot read: the cache treats that as a miss. */
  decode(bytes: Bytes, key: string): unknown
}
