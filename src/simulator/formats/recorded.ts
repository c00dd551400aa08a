import { lineReader } from '../line-reader.ts'
import type { TraceFormat } from '../trace-format.ts'

const rule = 'a key as hexadecimal hash or JSON string, and perhaps a space and a weight'
const access = /^(?:([0-9a-f]+)|("(?:[^"\\]|\\.)*"))(?: (\d+(?:\.\d+)?))?$/

/** What `cache.record(file)` writes: `# hotset trace 1`, then an access a line. */
export const recorded: TraceFormat = {
  name: 'hotset',
  recognises: (_, firstLine) => firstLine.startsWith('# hotset trace '),
  parser(sink, { file }) {
    let begun = false
    return lineReader(file, (bytes, start, end) => {
      const text = bytes.toString('utf8', start, end)
      if (!begun) {
        begun = true
        return text === '# hotset trace 1' ? undefined : 'the first line `# hotset trace 1`'
      }
      if (text.startsWith('#')) return undefined
      const [, hash, quoted, weight] = access.exec(text) ?? []
      const key = hash ?? (quoted === undefined ? undefined : unquoted(quoted))
      if (key === undefined) return rule
      sink.access(key, weight === undefined ? undefined : Number(weight))
      return undefined
    })
  },
}

/** Keeps its opening quote, so that no key is mistaken for a hash. */
function unquoted(text: string): string | undefined {
  try {
    return `"${JSON.parse(text)}`
  } catch {
    return undefined
  }
}
