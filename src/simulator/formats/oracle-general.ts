import { TraceError } from '../trace-error.ts'
import type { TraceFormat } from '../trace-format.ts'

const recordLength = 24

/**
 * Little-endian records of a timestamp (u32), an object (u64), its size (u32) and the access that
 * asks for it next (i64): the binary form of libCacheSim.
 */
export const oracleGeneral: TraceFormat = {
  name: 'oracle-general',
  recognises: (name) => /oraclegeneral/i.test(name),
  parser(sink, { file }) {
    let rest: Buffer = Buffer.alloc(0)
    return {
      write(chunk) {
        const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
        let at = 0
        for (; at + recordLength <= bytes.length; at += recordLength) {
          sink.access(object(bytes, at + 4), bytes.readUInt32LE(at + 12))
        }
        rest = bytes.subarray(at)
      },
      end() {
        if (rest.length === 0) return
        throw new TraceError(
          `Expected records of ${recordLength} bytes, got ${rest.length} bytes at the end`,
          file,
        )
      },
    }
  },
}

function object(bytes: Buffer, at: number): string | number {
  const high = bytes.readUInt32LE(at + 4)
  return high < 2 ** 21
    ? high * 2 ** 32 + bytes.readUInt32LE(at)
    : bytes.toString('latin1', at, at + 8)
}
