import type { ReadEvent } from '../../contracts/events.ts'
import { approximateBytes } from '../../kernel/approximate-bytes.ts'
import type { CallSite } from './call-site.ts'
import type { LoadRun } from './load-run.ts'
import type { CallReport, LoadReport, NameReport } from './request-report.ts'

/** Of a call about more, only the first are told one by one; */
const mostNames = 100
/** and of long ones the beginning. */
const longestName = 300

/** Those of which reads tell the answers. */
const readingVerbs: ReadonlySet<string> = new Set(['get', 'getMany', 'getOrSet'])

/** What is told of a call when it begins. */
export interface CallStart {
  readonly verb: string
  readonly cache: string
  readonly namespace: string | undefined
  readonly names: readonly string[]
}

/** What is kept of a read: not its value, which may be large. */
interface Answer extends Pick<ReadEvent, 'outcome' | 'tier' | 'age' | 'durationMs'> {
  readonly bytes: number | undefined
  /** Another request's, too. */
  readonly load: LoadRun | undefined
  /** What a load of what was served took, if that is known. */
  readonly sparedMs: number | undefined
}

/** One call of a cache: what was asked, from where, and the answers as they come. */
export class Call {
  readonly verb: string
  readonly site: CallSite
  /** The load whose loader made the call. */
  readonly within: LoadRun | undefined
  readonly #start: CallStart
  readonly #names: string[]
  readonly #begun: number
  readonly #answers = new Map<string, Answer>()
  /** Names whose answers are still to be told. */
  readonly #awaited: Set<string>
  #endedAt: number | undefined

  constructor(start: CallStart, site: CallSite, within: LoadRun | undefined, now: number) {
    this.verb = site.verb ?? start.verb
    this.site = site
    this.within = within
    this.#start = start
    this.#names = [...start.names]
    this.#awaited = new Set(readingVerbs.has(start.verb) ? start.names : [])
    this.#begun = now
  }

  get names(): readonly string[] {
    return this.#names
  }

  /** By name. */
  get answers(): ReadonlyMap<string, Answer> {
    return this.#answers
  }

  /** The cache and the space in it that its names are of. */
  get place(): string {
    return JSON.stringify([this.#start.cache, this.#start.namespace ?? ''])
  }

  /** Whether it is one call to the application: a loading verb about many is told of key by key. */
  isContinuedBy({ cache, namespace }: CallStart, site: CallSite): boolean {
    return (
      this.verb.endsWith('Many') &&
      site.verb === this.verb &&
      site.line !== undefined &&
      site.line === this.site.line &&
      this.#start.cache === cache &&
      this.#start.namespace === namespace
    )
  }

  /** It is about more names. */
  extend(names: readonly string[]): void {
    for (const name of names) {
      this.#names.push(name)
      this.#awaited.add(name)
    }
  }

  /** Whether a read is an answer to it. */
  awaits({ cache, namespace, key }: ReadEvent): boolean {
    const { cache: own, namespace: ownNamespace } = this.#start
    return cache === own && namespace === ownNamespace && this.#awaited.has(key)
  }

  answer(
    event: ReadEvent,
    load: LoadRun | undefined,
    sparedMs: number | undefined,
    now: number,
  ): void {
    const { key, outcome, tier, age, durationMs, value } = event
    this.#awaited.delete(key)
    const bytes = value === undefined ? undefined : approximateBytes(value)
    this.#answers.set(key, { outcome, tier, age, durationMs, bytes, load, sparedMs })
    this.#endedAt = now
  }

  /** A change that was asked for is made, and perhaps all of them. */
  changed(now: number): void {
    if (this.#answers.size === 0) this.#endedAt = now
  }

  get durationMs(): number | undefined {
    return this.#endedAt === undefined ? undefined : this.#endedAt - this.#begun
  }

  /** How long loaders were waited for: those of many keys run side by side. */
  get loadMs(): number {
    let longest = 0
    for (const { durationMs, load } of this.#answers.values()) {
      if (load === undefined) continue
      const waited = Math.min(load.durationMs ?? durationMs, durationMs)
      longest = Math.max(longest, waited)
    }
    return longest
  }

  /** Told for the request that began at `from`; `ofOther` says whose load it was, if another's. */
  report(
    from: number,
    ofOther: (load: LoadRun) => LoadReport['of'],
    marks: Pick<CallReport, 'sameKey' | 'sameLine'>,
  ): CallReport {
    const { cache, namespace } = this.#start
    return {
      ...{ verb: this.verb, cache, namespace },
      line: this.site.line,
      caller: this.site.caller,
      atMs: this.#begun - from,
      durationMs: this.durationMs,
      names: this.#names.slice(0, mostNames).map((name) => this.#reportOf(name, ofOther)),
      nameCount: this.#names.length,
      within: this.within && shortened(this.within.key),
      ...marks,
    }
  }

  #reportOf(name: string, ofOther: (load: LoadRun) => LoadReport['of']): NameReport {
    const { outcome, tier, age, bytes, load, sparedMs } = this.#answers.get(name) ?? {}
    return {
      ...{ name: shortened(name), outcome, tier, ageMs: age, bytes },
      load: load && { ...load.report(), of: ofOther(load) },
      sparedMs,
    }
  }
}

export function shortened(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName)}…` : name
}
