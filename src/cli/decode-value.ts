import { autoCodec } from '../codecs/auto.ts'
import { compressed } from '../codecs/compressed.ts'
import { jsonCodec } from '../codecs/json.ts'
import { structuredCodec } from '../codecs/structured.ts'
import type { Codec } from '../contracts/codec.ts'
import type { Bytes } from '../contracts/store.ts'
import { counterCodec, type EntryEnvelope } from '../core/behind/envelope.ts'
import { counterIn } from '../kernel/counter.ts'
import { CodecError } from '../kernel/errors.ts'

/** Those that need to be told nothing, by the id that is in each entry. */
const plain: ReadonlyMap<number, Codec> = new Map(
  [jsonCodec, structuredCodec(), autoCodec()].map((codec) => [codec.id, codec]),
)
const compressedId = compressed(jsonCodec).id

/** The value of an entry, by what the entry says of itself. @throws CodecError */
export function decodeValue({ codec, payload, key }: EntryEnvelope): unknown {
  return codec === counterCodec ? counterIn(payload) : codecOf(codec, payload).decode(payload, key)
}

function codecOf(id: number, payload: Bytes): Codec {
  const known = plain.get(id)
  if (known !== undefined) return known
  const inner = id === compressedId ? plain.get(payload[0] ?? 0) : undefined
  if (inner !== undefined) return compressed(inner)
  throw new CodecError(
    `Its codec (${id}) is known to the caches of the project alone: use --caches`,
  )
}
