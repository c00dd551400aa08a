import type { Codec } from '../contracts/codec.ts'
import { guarded } from './guarded.ts'
import { jsonCodec, jsonObstacle } from './json.ts'
import { type StructuredOptions, structuredCodec } from './structured.ts'
import { encodeUtf8 } from './utf8.ts'

/**
 * JSON where JSON brings the value back as it is, shared objects included, and the structured format
 * otherwise. Which of the two needs no mark: structured bytes begin below 0x20, and JSON text as it
 * is written here never does.
 */
export function autoCodec<T>(options: StructuredOptions<T> = {}): Codec {
  const structured = structuredCodec(options)
  return {
    id: 3,
    name: 'auto',
    counts: true,
    encode: (value, key) =>
      guarded('The value cannot be encoded', () =>
        jsonObstacle(value, 'refused') === undefined
          ? encodeUtf8(JSON.stringify(value))
          : structured.encode(value, key),
      ),
    decode: (bytes, key) => ((bytes[0] ?? 0) < 0x20 ? structured : jsonCodec).decode(bytes, key),
  }
}
