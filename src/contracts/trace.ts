/** What is written down of the reads. */
export interface RecordingOptions {
  /** `'hashed'`: the file tells which reads are of the same key, but of which. `'plain'`: it tells the keys. @default 'hashed' */
  readonly keys?: 'hashed' | 'plain' | undefined
  /** Reads after which it ends by itself. @default 10,000,000 */
  readonly maxAccesses?: number | undefined
}

/** Reads on their way into a file. It ends with the cache at the latest. */
export interface Recording extends AsyncDisposable {
  /** Reads until now, without those dropped. */
  readonly accesses: number
  /** Reads that were not written because the file was too slow. */
  readonly dropped: number
  /** Ends it; resolves when all is written, and rejects with what went wrong with the file. */
  stop(): Promise<RecordingReport>
}

/** What was written down, and what was not. */
export interface RecordingReport {
  /** Reads in the file. */
  readonly accesses: number
  /** Reads that were not written because the file was too slow. */
  readonly dropped: number
}

/** Accesses in order. */
export interface AccessBatch {
  readonly keys: readonly string[]
  /** Undefined where it does not matter, NaN where nobody knows it. */
  readonly weights: readonly (number | undefined)[]
  /** How many more came after these, and were not kept. */
  readonly dropped: number
}

/** A trace that is being written. */
export interface TraceSink {
  write(batch: AccessBatch): Promise<void>
  close(): Promise<void>
}

/** Begins a file that is not there yet: keys as they are, or so that nobody can tell them from it. */
export type OpenTrace = (file: string, keys: 'hashed' | 'plain') => Promise<TraceSink>
