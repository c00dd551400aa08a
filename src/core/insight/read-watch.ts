import type { TraceRecording } from './recording.ts'

/** Tells recordings of what is read. */
export class ReadWatch {
  readonly recordings: Set<TraceRecording> = new Set()
  readonly #weightOf: (memoryKey: string) => number | undefined
  /** Was asked for in memory alone, and not found: whoever asked is about to ask again. */
  #unanswered: string | undefined

  constructor(weightOf: (memoryKey: string) => number | undefined) {
    this.#weightOf = weightOf
  }

  /** To be called before memory is read. */
  read(memoryKey: string): void {
    const again = this.#unanswered === memoryKey
    this.#unanswered = undefined
    if (again) return
    const weight = this.#weightOf(memoryKey)
    for (const recording of this.recordings) recording.access(memoryKey, weight)
  }

  /** A read of memory alone begins: it is not the one before once more. */
  begin(): void {
    this.#unanswered = undefined
  }

  /** It found nothing: the next read of the key is the same one, going on. */
  unanswered(memoryKey: string): void {
    this.#unanswered = memoryKey
  }

  /** What was missing is there now. */
  kept(memoryKey: string, weight: number): void {
    for (const recording of this.recordings) recording.weigh(memoryKey, weight)
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.recordings].map((recording) => recording.stop()))
  }
}
