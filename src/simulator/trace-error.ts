import { CacheError } from '../kernel/errors.ts'
import { show } from '../kernel/expect.ts'

/** A trace cannot be read: it is not there, or a line of it breaks the rules of its format. */
export class TraceError extends CacheError {
  /** The trace that cannot be read. */
  readonly file: string
  /** Where in the file, beginning with 1; `undefined` where it is about the whole file. */
  readonly line: number | undefined

  constructor(message: string, file: string, line?: number, options?: ErrorOptions) {
    const place = line === undefined ? file : `${file}:${line}`
    super('ERR_CACHE_TRACE', `${place}: ${message}`, options)
    this.file = file
    this.line = line
  }

  static {
    TraceError.prototype.name = 'TraceError'
  }
}

/** The one form of message for a line that breaks a rule. */
export function broken(file: string, line: number, rule: string, text: string): TraceError {
  return new TraceError(`Expected ${rule}, got ${show(text)}`, file, line)
}
