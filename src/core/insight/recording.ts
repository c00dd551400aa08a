import type { Cancel, Clock } from '../../contracts/clock.ts'
import type { Recording, RecordingReport, TraceSink } from '../../contracts/trace.ts'

/** Accesses and characters of keys that wait to be written, before accesses are dropped. */
const mostWaiting = 2 ** 20
const mostCharacters = 2 ** 25
/** As many accesses are written at once, and fewer after so many milliseconds. */
const worthWriting = 4_096
const longestWait = 1_000

export interface RecordingParts {
  readonly open: () => Promise<TraceSink>
  readonly clock: Clock
  readonly maxAccesses: number
  /** Called once, when no more accesses are wanted. */
  readonly onEnd: (recording: TraceRecording) => void
  /** Told once of what became of the file, if it could not be written. */
  readonly onError: (error: unknown) => void
}

/** Accesses on their way into a file. Whoever makes them neither waits for it nor hears of its failure. */
export class TraceRecording implements Recording {
  accesses = 0
  dropped = 0
  readonly #parts: RecordingParts
  #waiting: Waiting = new Waiting()
  #sink: TraceSink | undefined
  #writing: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  #stopped: Promise<RecordingReport> | undefined
  #cancelTimer: Cancel | undefined

  constructor(parts: RecordingParts) {
    this.#parts = parts
    this.#write()
  }

  /** A weight that is not known yet is NaN, and undefined where it does not matter. */
  access(key: string, weight: number | undefined): void {
    if (this.#stopped !== undefined) return
    const waiting = this.#waiting
    if (waiting.keys.length >= mostWaiting || waiting.characters >= mostCharacters) {
      waiting.dropped++
      this.dropped++
      return
    }
    waiting.add(key, weight)
    if (waiting.keys.length >= worthWriting) this.#write()
    this.#cancelTimer ??= this.#soon()
    if (++this.accesses === this.#parts.maxAccesses) this.#end()
  }

  /** The weight of a key, if it became known only when what was missing had been loaded. */
  weigh(key: string, weight: number): void {
    this.#waiting.weigh(key, weight)
  }

  stop(): Promise<RecordingReport> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #stop(): Promise<RecordingReport> {
    this.#parts.onEnd(this)
    this.#cancelTimer?.()
    while (this.#writing !== undefined) await this.#writing
    this.#write()
    await this.#writing
    await this.#sink?.close().catch((error) => this.#fail(error))
    if (this.#failure !== undefined) throw this.#failure.error
    return { accesses: this.accesses, dropped: this.dropped }
  }

  /** Ends by itself: whoever wants to know how it went still asks by `stop`. */
  #end(): void {
    this.stop().catch(() => {})
  }

  #soon(): Cancel {
    return this.#parts.clock.schedule(longestWait, () => this.#write(), 'background')
  }

  #write(): void {
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
    })
  }

  async #drain(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#failure !== undefined) return
    try {
      this.#sink ??= await this.#parts.open()
      while (this.#waiting.keys.length > 0) {
        const batch = this.#waiting
        this.#waiting = new Waiting()
        await this.#sink.write(batch)
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#waiting = new Waiting()
    this.#parts.onError(error)
    this.#end()
  }
}

/** What is to be written next. */
class Waiting {
  readonly keys: string[] = []
  readonly weights: (number | undefined)[] = []
  dropped = 0
  characters = 0
  /** Where the accesses are whose weights are not known. */
  readonly #unweighed = new Map<string, number>()

  add(key: string, weight: number | undefined): void {
    if (Number.isNaN(weight)) this.#unweighed.set(key, this.keys.length)
    this.keys.push(key)
    this.weights.push(weight)
    this.characters += key.length
  }

  weigh(key: string, weight: number): void {
    const index = this.#unweighed.get(key)
    if (index !== undefined) this.weights[index] = weight
    this.#unweighed.delete(key)
  }
}
