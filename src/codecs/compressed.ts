import * as zlib from 'node:zlib'
import type { Codec } from '../contracts/codec.ts'
import type { Bytes } from '../contracts/store.ts'
import { CodecError, ConfigError } from '../kernel/errors.ts'
import { expectInteger, expectOptions, invalid } from '../kernel/expect.ts'
import { bytes as sizeInBytes } from '../kernel/size.ts'
import { guarded } from './guarded.ts'
import { expectInnerId } from './inner-codec.ts'

/** How bytes are made fewer. */
export type CompressionMethod = 'deflate' | 'brotli' | 'zstd'

interface Method {
  /** Says in the bytes what made them. */
  readonly mark: number
  readonly maxLevel: number
  compress(bytes: Bytes, level: number): Bytes
  decompress(bytes: Bytes, maxOutputLength: number): Bytes
}

/** What the runtime has of zstd: all of it since Node 22.15. */
interface Zstd {
  readonly zstdCompressSync?: (bytes: Bytes, options: { params: Record<number, number> }) => Bytes
  readonly zstdDecompressSync?: (bytes: Bytes, options: { maxOutputLength: number }) => Bytes
}
const { zstdCompressSync, zstdDecompressSync }: Zstd = zlib as typeof zlib & Zstd
/** ZSTD_c_compressionLevel of zstd.h. */
const zstdLevel = 100

const deflate: Method = {
  mark: 1,
  maxLevel: 9,
  compress: (bytes, level) => zlib.deflateRawSync(bytes, { level }),
  decompress: (bytes, maxOutputLength) => zlib.inflateRawSync(bytes, { maxOutputLength }),
}
const brotli: Method = {
  mark: 2,
  maxLevel: 11,
  compress: (bytes, level) =>
    zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: level } }),
  decompress: (bytes, maxOutputLength) => zlib.brotliDecompressSync(bytes, { maxOutputLength }),
}
const zstd: Method | undefined = zstdCompressSync &&
  zstdDecompressSync && {
    mark: 3,
    maxLevel: 19,
    compress: (bytes, level) => zstdCompressSync(bytes, { params: { [zstdLevel]: level } }),
    decompress: (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength }),
  }

const methods: Readonly<Record<CompressionMethod, Method | undefined>> = { deflate, brotli, zstd }
const methodOfMark = new Map(Object.values(methods).map((method) => [method?.mark, method]))
/** The mark of bytes that were left as they are. */
const uncompressed = 0

/** What is compressed, and how. */
export interface CompressedOptions {
  /** Encoded values shorter than this stay as they are; bytes or a size. @default '2kb' */
  readonly threshold?: number | string | undefined
  /**
   * How values are written; those written by another method are read all the same. With `'zstd'` they
   * are about a fifth smaller, and every reader has to run on Node 22.15 or later. @default 'deflate'
   */
  readonly method?: CompressionMethod | undefined
  /** Effort: from 1, the fastest, to 9 for deflate, 11 for brotli, 19 for zstd. @default 1 */
  readonly level?: number | undefined
  /** Longer values stay as they are, and bytes that swell to more are refused; bytes or a size. @default '64mb' */
  readonly maxOutput?: number | string | undefined
}

const known = new Set(['threshold', 'method', 'level', 'maxOutput'])

/**
 * Compresses what `codec` encodes, where that makes it smaller. Its bytes are the id of `codec`, the
 * mark of the method, and what that made. Encrypt around it, not inside: ciphertext does not shrink.
 */
export function compressed(codec: Codec, options: CompressedOptions = {}): Codec {
  expectOptions('compressed()', options, known)
  const threshold = sizeInBytes('threshold', options.threshold ?? '2kb')
  const limit = sizeInBytes('maxOutput', options.maxOutput ?? '64mb')
  const maxOutput = expectInteger('maxOutput', limit, 1, 2 ** 31 - 1)
  const method = expectMethod(options.method ?? 'deflate')
  const level = expectInteger('level', options.level ?? 1, 1, method.maxLevel)
  return {
    id: 4,
    name: `compressed(${codec.name})`,
    counts: codec.counts,
    encode(value, key) {
      const plain = codec.encode(value, key)
      if (plain.length >= threshold && plain.length <= maxOutput) {
        const small = method.compress(plain, level)
        if (small.length < plain.length) return marked(codec.id, method.mark, small)
      }
      return marked(codec.id, uncompressed, plain)
    },
    decode(bytes, key) {
      const [innerId, mark] = bytes
      expectInnerId(codec, innerId)
      return codec.decode(decompress(bytes.subarray(2), mark, maxOutput), key)
    },
  }
}

function expectMethod(name: CompressionMethod): Method {
  if (!Object.hasOwn(methods, name)) throw invalid('method', "'deflate', 'brotli' or 'zstd'", name)
  const method = methods[name]
  if (!method) throw new ConfigError(`\`method\` is ${name}, which this runtime does not have`)
  return method
}

function marked(innerId: number, mark: number, rest: Bytes): Bytes {
  const bytes = new Uint8Array(2 + rest.length)
  bytes.set([innerId, mark])
  bytes.set(rest, 2)
  return bytes
}

function decompress(bytes: Bytes, mark: number | undefined, maxOutput: number): Bytes {
  if (mark === uncompressed) return bytes
  const method = methodOfMark.get(mark)
  if (!method) throw new CodecError(`This runtime knows no compression method ${mark}`)
  return guarded('The bytes cannot be decompressed', () => method.decompress(bytes, maxOutput))
}
