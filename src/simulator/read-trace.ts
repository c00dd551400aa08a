import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { csv } from './formats/csv.ts'
import { type Trace, TraceBuilder } from './trace.ts'
import { TraceError } from './trace-error.ts'
import { recognise, traceFormat } from './trace-formats.ts'

const chunkLength = 256 * 1024
/** Enough to see a format by. */
const headLength = 4096

/** Other compressions by their first bytes (as latin1), to say what is wrong. */
const compressions: readonly (readonly [magic: string, name: string])[] = [
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['\xfd7zXZ', 'xz'],
  ['BZh', 'bzip2'],
  ['PK\x03\x04', 'zip'],
]

/** How a trace is read. */
export interface TraceOptions {
  /** What the file is, one of `traceFormats`. @default by its name and first bytes */
  readonly format?: string | undefined
  /**
   * Of CSV, the column of the keys: its name in the header, or its number from 1 up.
   * @default the first that is named `key`, `id` or alike; without a header, the first
   */
  readonly key?: string | number | undefined
  /** Of CSV, the column of the sizes. @default the first that is named `size` or alike */
  readonly size?: string | number | undefined
  /** Told how many bytes have been read (as they are stored, compressed), and of how many. */
  readonly onProgress?: ((read: number, total: number) => void) | undefined
}

/**
 * Reads a trace file, compressed by gzip or not.
 * @throws TraceError when it cannot be read, or breaks the rules of its format.
 * @throws ConfigError when there is no such format.
 */
export async function readTrace(file: string, options: TraceOptions = {}): Promise<Trace> {
  const { onProgress } = options
  try {
    const { size } = await stat(file)
    const stream = createReadStream(file, { highWaterMark: chunkLength })
    if (onProgress) stream.on('data', () => onProgress(stream.bytesRead, size))
    return await parseTrace(file, stream, options)
  } catch (error) {
    throw asTraceError(file, error)
  }
}

/**
 * Reads a trace that comes in chunks; `file` is what it is called in errors, and names the trace.
 * @throws as `readTrace` does.
 */
export async function parseTrace(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  options: TraceOptions = {},
): Promise<Trace> {
  const chosen = options.format === undefined ? undefined : traceFormat(options.format)
  const [keyColumn, sizeColumn] = [options.key?.toString(), options.size?.toString()]
  const byColumns = keyColumn !== undefined || sizeColumn !== undefined ? csv : undefined
  try {
    const { head, all } = await peek(await plain(file, chunks), headLength)
    const format = chosen ?? byColumns ?? recognise(file.replace(/\.gz$/i, ''), head)
    const builder = new TraceBuilder()
    const parser = format.parser(builder, { file, keyColumn, sizeColumn })
    for await (const chunk of all) parser.write(chunk)
    parser.end()
    return builder.build(traceName(file))
  } catch (error) {
    throw asTraceError(file, error)
  }
}

/** What a trace is called: its file without the folder and the endings that tell its format. */
export function traceName(file: string): string {
  const base = file.replace(/^.*[/\\]/, '')
  const name = base.replace(/(\.(gz|sized|txt|csv|tsv|lis|trace|log|bin|oraclegeneral))+$/i, '')
  return name === '' ? base : name
}

/** The bytes without their compression, which is told by how they begin. */
async function plain(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  const { head, all } = await peek(chunks, 8)
  const magic = head.toString('latin1')
  for (const [beginning, name] of compressions) {
    if (magic.startsWith(beginning)) {
      throw new TraceError(`Expected gzip or no compression, got ${name}`, file)
    }
  }
  if (!magic.startsWith('\x1f\x8b')) return all
  const gunzip = createGunzip({ chunkSize: chunkLength })
  return pipeline(Readable.from(all), gunzip, () => {})
}

/** The first bytes, as many as there are up to `length`, and all of them once more. */
async function peek(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  while (head.length < length) {
    const { done, value } = await iterator.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      yield head
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        yield Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
      }
    } finally {
      await iterator.return?.()
    }
  }
  return { head, all: all() }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file',
  EISDIR: 'Expected a file, got a directory',
  EACCES: 'No permission to read it',
  Z_BUF_ERROR: 'The gzip data ends too early',
  Z_DATA_ERROR: 'The gzip data is damaged',
}

function asTraceError(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TraceError) return error
  const code = 'code' in error ? String(error.code) : ''
  if (!/^[EZ][A-Z_]+$/.test(code) || code.startsWith('ERR_')) return error
  return new TraceError(reasons[code] ?? error.message, file, undefined, { cause: error })
}
