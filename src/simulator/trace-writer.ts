import { createHmac, randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { AccessBatch, TraceSink } from '../contracts/trace.ts'

/** Accesses that are made to text at a time: a pause of some milliseconds. */
const linesPerWrite = 4_096
/** Hexadecimal digits of a hashed key: 64 bits, so that a billion keys hardly collide. */
const digits = 16

const compressed = promisify(gzip)

/**
 * Begins a trace as `hotset simulate` reads it: a first line, then an access a line. A file whose
 * name ends in `.gz` is compressed, each write as a gzip member of its own (RFC 1952 §2.2), so that
 * what has been written can be read even where nobody got to close it. Fails where there is a file.
 */
export async function openTrace(file: string, keys: 'hashed' | 'plain'): Promise<TraceSink> {
  const handle = await open(file, 'wx')
  const nameOf = keys === 'plain' ? JSON.stringify : hashed(randomBytes(32))

  async function append(text: string): Promise<void> {
    await handle.appendFile(file.endsWith('.gz') ? await compressed(text) : text)
  }

  await append('# hotset trace 1\n')
  return {
    async write(batch) {
      for (let from = 0; from < batch.keys.length; from += linesPerWrite) {
        await append(lines(batch, from, nameOf))
      }
      if (batch.dropped > 0) await append(`# dropped ${batch.dropped}\n`)
    },
    close: () => handle.close(),
  }
}

/** Keys under a secret that goes with the recording: nobody can try which keys give these hashes. */
function hashed(secret: Uint8Array): (key: string) => string {
  return (key) => createHmac('sha256', secret).update(key, 'utf16le').digest('hex').slice(0, digits)
}

function lines(
  { keys, weights }: AccessBatch,
  from: number,
  nameOf: (key: string) => string,
): string {
  let text = ''
  const end = Math.min(from + linesPerWrite, keys.length)
  for (let i = from; i < end; i++) {
    const weight = weights[i]
    text += nameOf(keys[i] as string)
    text += weight === undefined || Number.isNaN(weight) ? '\n' : ` ${decimal(weight)}\n`
  }
  return text
}

/** Without an exponent. */
function decimal(weight: number): string {
  return Number.isInteger(weight) ? BigInt(weight).toString() : weight.toFixed(6)
}
