import type { AccessSink } from './trace.ts'

/** Takes the bytes of a trace in chunks of any length. */
export interface TraceParser {
  write(chunk: Buffer): void
  end(): void
}

/** Where a trace comes from and what is to be read of it. */
export interface TraceSource {
  /** As it is named in errors. */
  readonly file: string
  /** Column of the keys: its name in the header, or its number from 1 up. */
  readonly keyColumn: string | undefined
  /** Column of the weights, in the same way. */
  readonly sizeColumn: string | undefined
}

export interface TraceFormat {
  readonly name: string
  /** Whether a file is of this format, by its name without the ending `.gz` and its first line. */
  recognises(name: string, firstLine: string): boolean
  parser(sink: AccessSink, source: TraceSource): TraceParser
}
