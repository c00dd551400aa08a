import type { LoadStartEvent } from '../contracts/events.ts'
import type { Entry } from './entry.ts'

/** What a flight ends with, and how it was come by. */
export interface Landing {
  /** As memory keeps it; each caller is given it by the rules of isolation. */
  readonly value: unknown
  readonly outcome: 'hit' | 'stale' | 'miss'
  /** Where it was found, if it was not loaded. */
  readonly tier?: 'store'
  /** Epoch milliseconds, if it was not loaded just now. */
  readonly createdAt?: number
}

/** One resolution of one key that is under way in this process, and those who wait for it. */
export class Flight {
  readonly key: string
  readonly memoryKey: string
  /** Ticks of the change logs from before what it answers was read or loaded. */
  keyTick: number
  tagTick: number
  /** Nobody may wait for it: it renews an entry that is being served meanwhile. */
  readonly renewal: boolean
  /** Everybody who waited for it gave up. */
  abandoned = false
  /** A later flight of the key took its place: what this one loads is not kept. */
  superseded = false
  /** Somebody waited for it longer than allowed: new callers do not join it. */
  overdue = false
  /** What may be served if the load fails or takes too long. */
  fallback: Entry | undefined
  /** The tags that its value turned out to have. */
  tags: readonly string[] = []
  landing: Promise<Landing> | undefined
  /** What was told of its load when that began, if anybody listened. */
  load: LoadStartEvent | undefined
  /** Lets others load, whom this one keeps from it in the store. */
  yield: (() => void) | undefined
  /** To be done once it has landed. */
  afterwards: (() => void) | undefined
  #waitsFor: Set<Flight> | undefined
  #callers = 0
  #kept: boolean
  #controller: AbortController | undefined

  constructor(
    { key, memoryKey }: { readonly key: string; readonly memoryKey: string },
    keyTick: number,
    tagTick: number,
    renewal: boolean,
    fallback: Entry | undefined,
  ) {
    this.key = key
    this.memoryKey = memoryKey
    this.keyTick = keyTick
    this.tagTick = tagTick
    this.renewal = renewal
    this.#kept = renewal
    this.fallback = fallback
  }

  /** Aborted when everybody who waited has given up. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#callers === 0 && this.abandoned) this.#controller.abort(givenUp())
    }
    return this.#controller.signal
  }

  /** The flights that its loader waits for; most have no loader, and a set is the largest part of them. */
  get waitsFor(): Set<Flight> {
    this.#waitsFor ??= new Set()
    return this.#waitsFor
  }

  /**
   * It has landed. V8 keeps what a map once held from being collected as young as it is: a table that
   * was outgrown refers to the next one, and an old one of them to all that came after it.
   */
  release(): void {
    this.landing = undefined
    this.fallback = undefined
  }

  join(): void {
    this.#callers++
  }

  /** It goes on even if nobody waits any more. */
  keep(): void {
    this.#kept = true
  }

  /** A caller gave up; when nobody is left the load is aborted. */
  leave(): void {
    this.#callers--
    if (this.#callers > 0 || this.#kept) return
    this.abandoned = true
    this.#controller?.abort(givenUp())
    this.yield?.()
  }

  /** A later flight of the key takes its place. */
  supersede(): void {
    this.superseded = true
    this.yield?.()
  }

  /** Whether this flight waits, directly or through others, for `target`. */
  reaches(target: Flight): boolean {
    if (this === target) return true
    for (const next of this.#waitsFor ?? []) if (next.reaches(target)) return true
    return false
  }
}

function givenUp(): DOMException {
  return new DOMException('Every caller has given up', 'AbortError')
}
