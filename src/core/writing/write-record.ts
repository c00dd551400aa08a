import type { Codec } from '../../contracts/codec.ts'
import type { Bytes } from '../../contracts/store.ts'
import { CodecError } from '../../kernel/errors.ts'
import { FrameReader } from '../../kernel/frame-reader.ts'
import { FrameWriter } from '../../kernel/frame-writer.ts'
import type { Change } from './write.ts'

/** Begins every record: the version of what follows. */
const head = 0x31575348 // 'HSW1'
const kinds = ['save', 'remove'] as const

/** A change as it is kept in a log. */
export interface WriteRecord<K, V> extends Change<K, V> {
  readonly since: number
  /** Why it was given up; empty while it was not. */
  readonly reason: string
}

const writer = new FrameWriter()

/** Throws a `CodecError` for an id or a value that cannot be encoded. */
export function encodeWrite<K, V>(codec: Codec, write: WriteRecord<K, V>): Bytes {
  const { kind, key, id, value, idempotencyKey, since, reason } = write
  const payload = codec.encode(kind === 'save' ? [id, value] : [id], key)
  writer.begin(head)
  writer.uint8(kinds.indexOf(kind))
  writer.uint8(codec.id)
  writer.float64(since)
  writer.text(key)
  writer.text(idempotencyKey)
  writer.text(reason)
  return writer.finish(payload)
}

/** Throws a `CodecError` for bytes that cannot be read. */
export function decodeWrite<K, V>(codec: Codec, bytes: Bytes): WriteRecord<K, V> {
  const reader = new FrameReader(bytes)
  const version = reader.uint32()
  const kind = kinds[reader.uint8()]
  const codecId = reader.uint8()
  const since = reader.float64()
  const [key, idempotencyKey, reason] = [reader.text(), reader.text(), reader.text()]
  const payload = reader.rest()
  if (version !== head || kind === undefined || !reader.finished) {
    throw new CodecError('A write in the log is no write')
  }
  if (codecId !== codec.id) {
    throw new CodecError(`A write in the log was encoded by codec ${codecId}, not ${codec.id}`)
  }
  const [id, value] = codec.decode(payload, key) as [K, V | undefined]
  return { kind, key, id, value, idempotencyKey, since, reason }
}
