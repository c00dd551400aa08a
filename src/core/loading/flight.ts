import type { LoadStartEvent } from '../../contracts/events.ts'
import type { Entry } from '../entry.ts'

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

/** Those who wait for a landing. */
interface Waiting {
  readonly landing: Promise<Landing>
  readonly resolve: (landing: Landing) => void
  readonly reject: (error: unknown) => void
}

const noTags: readonly string[] = []

/**
 * One resolution of one key that is under way in this process, and those who wait for it. Most end
 * before anybody else asks for the key: what only others need is made when they do.
 */
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
  /** It loads in any case, whatever is there. */
  refresh = false
  /** How often the key's load has been begun anew because one took too long. */
  attempt = 0
  /** Somebody waited for it longer than allowed: new callers do not join it. */
  overdue = false
  /** The tags that its value turned out to have. */
  tags: readonly string[] = noTags
  /** What was told of its load when that began, if anybody listened. */
  load: LoadStartEvent | undefined = undefined
  /** Lets others load, whom this one keeps from it in the store. */
  yield: (() => void) | undefined = undefined
  /** To be done once it has landed. */
  afterwards: (() => void) | undefined = undefined
  #fallback: Entry | undefined
  /** Since when, at least, it is under way; known where somebody's patience is limited. */
  #since = Infinity
  /** Is told of a fallback that is found. */
  #hopeful: (() => void)[] | undefined = undefined
  #waiting: Waiting | undefined = undefined
  #waitsFor: Set<Flight> | undefined = undefined
  #callers = 0
  #kept: boolean
  #controller: AbortController | undefined = undefined

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
    this.#fallback = fallback
  }

  /** What may be served if the load fails or takes too long. */
  get fallback(): Entry | undefined {
    return this.#fallback
  }

  set fallback(entry: Entry | undefined) {
    this.#fallback = entry
    for (const look of this.#hopeful ?? []) look()
  }

  /** Looks again when a fallback is found. */
  hope(look: () => void): void {
    this.#hopeful ??= []
    this.#hopeful.push(look)
  }

  /** Aborted when everybody who waited has given up. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.abandoned) this.#controller.abort(givenUp())
    }
    return this.#controller.signal
  }

  /** The flights that its loader waits for. */
  get waitsFor(): Set<Flight> {
    this.#waitsFor ??= new Set()
    return this.#waitsFor
  }

  /** What it will end with; to be asked for before it has. */
  get landing(): Promise<Landing> {
    this.#waiting ??= waiting()
    return this.#waiting.landing
  }

  /** It has landed. */
  land(landing: Landing): void {
    this.#waiting?.resolve(landing)
    this.#release()
  }

  /** It has ended in an error. */
  crash(error: unknown): void {
    this.#waiting?.reject(error)
    this.#release()
  }

  join(): void {
    this.#callers++
  }

  /** Somebody begins to wait whose patience is limited. */
  watch(now: number): void {
    this.#since = Math.min(this.#since, now)
  }

  /**
   * Somebody waited `patience` milliseconds in vain. It is taken to hang, and may be begun anew; each
   * attempt is given twice as long as the one before, so that one that is merely slow gets to its end.
   */
  tire(now: number, patience: number): void {
    if (now - this.#since >= patience * 2 ** this.attempt) this.overdue = true
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

  /**
   * V8 keeps what a map once held from being collected as young as it is: a table that was outgrown
   * refers to the next one, and an old one of them to all that came after it.
   */
  #release(): void {
    this.#waiting = undefined
    this.#hopeful = undefined
    this.#fallback = undefined
  }
}

function waiting(): Waiting {
  let resolve: Waiting['resolve'] = () => {}
  let reject: Waiting['reject'] = () => {}
  const landing = new Promise<Landing>((resolved, rejected) => {
    resolve = resolved
    reject = rejected
  })
  return { landing, resolve, reject }
}

function givenUp(): DOMException {
  return new DOMException('Every caller has given up', 'AbortError')
}
