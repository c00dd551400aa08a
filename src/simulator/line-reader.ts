import { broken, TraceError } from './trace-error.ts'
import type { TraceParser } from './trace-format.ts'

/** Takes one line, without its end and the white space around it; answers the rule that it breaks. */
export type LineHandler = (bytes: Buffer, start: number, end: number) => string | undefined

const longestLine = 2 ** 20
const newline = 0x0a
const byteOrderMark = '\u00ef\u00bb\u00bf'

/** Cuts chunks into lines: LF or CRLF, the last with or without; blank ones are skipped. */
export function lineReader(file: string, handle: LineHandler): TraceParser {
  let rest: Buffer = Buffer.alloc(0)
  let line = 0

  const take = (bytes: Buffer, from: number, to: number) => {
    let start = from
    let end = to
    line++
    if (line === 1 && bytes.toString('latin1', start, start + 3) === byteOrderMark) start += 3
    while (start < end && isSpace(bytes[start])) start++
    while (start < end && isSpace(bytes[end - 1])) end--
    if (start === end) return
    const rule = handle(bytes, start, end)
    if (rule !== undefined) throw broken(file, line, rule, bytes.toString('utf8', start, end))
  }

  return {
    write(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let start = 0
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
        take(bytes, start, end)
        start = end + 1
      }
      rest = bytes.subarray(start)
      if (rest.length > longestLine) {
        throw new TraceError('Expected lines of at most 1 MiB: is it text?', file, line + 1)
      }
    },
    end() {
      if (rest.length > 0) take(rest, 0, rest.length)
    },
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0d || byte === 0x09
}
