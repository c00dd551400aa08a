import type { Cache, LoadContext, LoadOptions } from '../../contracts/cache.ts'
import { compactKey } from '../../kernel/compact-key.ts'
import { type Args, Receivers, sharedPrefix } from '../calls.ts'
import { joined } from './joined.ts'
import { type Source, Tape, type TapeOptions, type TapeReader } from './tape.ts'

/** What a function answered: where its chunks come from, and what goes before them. */
export interface Opened<T, Head> {
  readonly head: Head
  readonly source: Source<T>
  /** `false` if it is for this caller alone, and not kept. */
  readonly sharable: boolean
}

export interface Playing<T, Head> {
  readonly head: Head
  readonly reader: TapeReader<T>
}

export interface StreamCallsOptions<T, Head> extends TapeOptions {
  readonly open: (self: unknown, args: Args) => Opened<T, Head> | Promise<Opened<T, Head>>
  readonly name: string
  readonly cache: Cache
  readonly keyOf: (args: Args) => string
  readonly perInstance: boolean
  readonly chunks: 'kept' | 'joined'
  readonly tags: readonly string[] | ((...args: never[]) => readonly string[]) | undefined
  readonly load: Omit<LoadOptions, 'tags' | 'signal' | 'refresh' | 'followed'>
}

/** A complete run as it is kept: one value. */
interface Kept<T, Head> {
  readonly head: Head
  readonly chunks: readonly T[]
}

/** A run that callers can be given readers of; the first reader is the caller's who began it. */
interface Run<T, Head> {
  readonly head: Head
  readonly tape: Tape<T>
  readonly own: TapeReader<T> | undefined
}

/** Callers of a key who came while nothing was kept. */
interface Group<T, Head> {
  readonly run: Promise<Run<T, Head>>
  readonly joinable: () => boolean
}

/** Calls whose answers come in chunks, and are kept in a cache when they have come to their end. */
export class StreamCalls<T, Head> {
  readonly #options: StreamCallsOptions<T, Head>
  readonly #space: Cache
  readonly #calledOn: Receivers
  readonly #groups = new Map<string, Group<T, Head>>()

  constructor(options: StreamCallsOptions<T, Head>) {
    this.#options = options
    this.#space = options.cache.namespace(options.name)
    this.#calledOn = new Receivers(options.name)
  }

  /** Joins the run that is under way, or what has been kept, or begins one. */
  async play(self: unknown, args: Args): Promise<Playing<T, Head>> {
    this.#calledOn.note(self, this.#prefixOf(self))
    const key = this.#keyOn(self, args)
    for (;;) {
      const known = this.#groups.get(key)
      const group = known?.joinable() ? known : this.#begin(key, self, args)
      const { head, tape, own } = await group.run
      const reader = group === known ? tape.join() : (own ?? tape.join())
      if (reader !== undefined) return { head, reader }
    }
  }

  key(self: unknown, args: Args): string {
    return this.#keyOn(this.#calledOn.of('key', self), args)
  }

  /** Who comes after it joins no run from before it. */
  async invalidate(self: unknown, args: Args): Promise<boolean> {
    const key = this.#keyOn(this.#calledOn.of('invalidate', self), args)
    this.#groups.delete(key)
    const there = await this.#space.delete(key, { version: this.#options.load.version })
    this.#groups.delete(key)
    return there
  }

  async clear(): Promise<void> {
    this.#groups.clear()
    await this.#space.clear()
    this.#groups.clear()
  }

  #keyOn(self: unknown, args: Args): string {
    return compactKey(this.#prefixOf(self) + this.#options.keyOf(args))
  }

  #prefixOf(self: unknown): string {
    return this.#options.perInstance ? sharedPrefix(this.#options.name, self) : ''
  }

  #begin(key: string, self: unknown, args: Args): Group<T, Head> {
    let shown: Run<T, Head> | undefined
    let answered = false
    let group: Group<T, Head> | undefined
    const run = new Promise<Run<T, Head>>((resolve, reject) => {
      const show = (found: Run<T, Head>): boolean => {
        if (answered) return false
        answered = true
        shown = found
        resolve(found)
        return true
      }
      const load = (context: LoadContext) => this.#record(self, args, context, show)
      this.#keptOr(key, args, load, () => shown !== undefined)
        .then(
          (kept) => {
            if (kept) show({ head: kept.head, tape: Tape.of(kept.chunks), own: undefined })
          },
          (error) => {
            answered = true
            reject(error)
          },
        )
        .then(() => {
          if (this.#groups.get(key) === group) this.#groups.delete(key)
        })
    })
    group = { run, joinable: () => shown === undefined || shown.tape.joinable }
    this.#groups.set(key, group)
    return group
  }

  /** What is kept; undefined where this call of it began a run itself. */
  async #keptOr(
    key: string,
    args: Args,
    load: (context: LoadContext) => Promise<Kept<T, Head> | undefined>,
    began: () => boolean,
  ): Promise<Kept<T, Head> | undefined> {
    const { tags, load: options } = this.#options
    const named = typeof tags === 'function' ? Reflect.apply(tags, undefined, args) : tags
    for (;;) {
      const kept = await this.#space.getOrSet(
        key,
        load as () => Promise<Kept<T, Head> | undefined>,
        {
          ...options,
          tags: named,
          followed: false,
        },
      )
      // Nothing: it waited for a run of others that was not kept.
      if (kept !== undefined || began()) return kept
    }
  }

  /** One run of the function; it has been kept when the promise is. */
  async #record(
    self: unknown,
    args: Args,
    context: LoadContext,
    show: (run: Run<T, Head>) => boolean,
  ): Promise<Kept<T, Head> | undefined> {
    const { open, chunks, maxBytes, pace } = this.#options
    const { head, source, sharable } = await open(self, args)
    const tape = new Tape(source, { maxBytes, pace })
    const own = tape.join()
    if (!sharable) tape.keepNothing()
    await tape.begin()
    if (!show({ head, tape, own }) && own !== undefined) void drain(own)
    const all = await tape.whole
    if (all === undefined) {
      context.skip()
      return undefined
    }
    return { head, chunks: chunks === 'joined' ? joined(all) : all }
  }
}

/** Reads what nobody else does: a run that renews what is being served. */
async function drain<T>(reader: TapeReader<T>): Promise<void> {
  try {
    while (!(await reader.next()).done);
  } catch {
    // The load failed with the same error.
  }
}
