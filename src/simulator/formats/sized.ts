import { lineReader } from '../line-reader.ts'
import { decimal, keyToken } from '../tokens.ts'
import type { TraceFormat } from '../trace-format.ts'

const space = 0x20

/** A key, a space and its size a line. */
export const sized: TraceFormat = {
  name: 'sized',
  recognises: (name) => /\.sized(\.|$)/i.test(name),
  parser: (sink, { file }) =>
    lineReader(file, (bytes, start, end) => {
      const gap = bytes.lastIndexOf(space, end - 1)
      const weight = gap > start ? decimal(bytes, gap + 1, end) : -1
      if (weight === -1) return 'a key, a space and a size in digits'
      sink.access(keyToken(bytes, start, gap), weight)
      return undefined
    }),
}
