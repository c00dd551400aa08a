import { lineReader } from '../line-reader.ts'
import { keyToken } from '../tokens.ts'
import type { TraceFormat } from '../trace-format.ts'

/** One key a line. What is nothing else is this. */
export const keys: TraceFormat = {
  name: 'keys',
  recognises: () => true,
  parser: (sink, { file }) =>
    lineReader(file, (bytes, start, end) => {
      sink.access(keyToken(bytes, start, end))
      return undefined
    }),
}
