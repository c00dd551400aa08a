import { lineReader } from '../line-reader.ts'
import type { TraceFormat } from '../trace-format.ts'

const longestRun = 1_000_000

/**
 * A run of blocks a line, as in the traces of "ARC: A Self-Tuning, Low Overhead Replacement Cache"
 * (FAST 2003): the first block, how many, a field without meaning, the number of the request.
 */
export const arc: TraceFormat = {
  name: 'arc',
  recognises: (name) => /\.lis$/i.test(name),
  parser: (sink, { file }) =>
    lineReader(file, (bytes, start, end) => {
      const fields = /^(\d{1,15})\s+(\d{1,15})\s+\d+\s+\d+$/.exec(
        bytes.toString('latin1', start, end),
      )
      if (!fields) return 'four whole numbers: first block, number of blocks, ignored, request'
      const first = Number(fields[1])
      const count = Number(fields[2])
      if (count > longestRun) return `at most ${longestRun.toLocaleString('en')} blocks a line`
      for (let block = first; block < first + count; block++) sink.access(block)
      return undefined
    }),
}
