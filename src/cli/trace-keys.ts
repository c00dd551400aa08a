import { createReadStream } from 'node:fs'
import type { TraceParser } from '../simulator/trace-format.ts'
import { recognise, traceFormat } from '../simulator/trace-formats.ts'
import { Failure } from './command.ts'
import { printable } from './printable.ts'
import { unzipped } from './unzipped.ts'

/** The keys of a trace, and how often each was read. */
export async function readAccesses(
  file: string,
  format: string | undefined,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const access = (key: string | number) => {
    const text = String(key)
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  const source = { file, keyColumn: undefined, sizeColumn: undefined }
  let parser: TraceParser | undefined
  let isRecorded = false
  for await (const chunk of unzipped(createReadStream(file))) {
    const bytes = Buffer.from(chunk)
    if (parser === undefined) {
      const chosen =
        format === undefined ? recognise(file.replace(/\.gz$/i, ''), bytes) : traceFormat(format)
      isRecorded = chosen.name === 'hotset'
      parser = chosen.parser({ access }, source)
    }
    parser.write(bytes)
  }
  parser?.end()
  return isRecorded ? plainKeys(counts, file) : counts
}

/** A recording has a quote before each key that was written as it is. */
function plainKeys(counts: ReadonlyMap<string, number>, file: string): Map<string, number> {
  return new Map(
    [...counts].map(([key, count]) => {
      if (key.startsWith('"')) return [key.slice(1), count]
      throw new Failure(
        `${printable(file)}: Its keys are hashed: record it by cache.record(file, { keys: 'plain' })`,
      )
    }),
  )
}
