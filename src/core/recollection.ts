import type { Memory } from '../contracts/memory.ts'
import { ChangeLog } from '../kernel/change-log.ts'
import { CodecError } from '../kernel/errors.ts'
import { expectNumber } from '../kernel/expect.ts'
import { Entry, type EntryDetails, type Kept, type Lifetime, valueIn } from './entry.ts'
import type { ReadWatch } from './insight/read-watch.ts'
import { logicalKey } from './keyspace.ts'
import type { UsualEntries } from './usual-entries.ts'

/** Most names of changed keys, and of changed tags, that are remembered. */
const remembered = 16_384

/** How values are handed in and out of memory. */
export interface Isolation {
  keep(value: unknown): unknown
  give(value: unknown): unknown
}

export interface RecollectionOptions {
  readonly memory: Memory<Kept> | undefined
  readonly usual: UsualEntries
  readonly isolation: Isolation
  readonly weigh: (value: unknown, key: string) => number
  /** How long, in milliseconds, a copy of what is in the store may be served unasked. */
  readonly trust: () => number
}

/**
 * Memory, and what makes it safe to serve from: which keys and tags changed since when, and since
 * when it may have missed a change. A tick taken before a load or a read, compared afterwards, is
 * what keeps outdated values out (DESIGN: no resurrection).
 */
export class Recollection {
  readonly memory: Memory<Kept> | undefined
  readonly keys: ChangeLog = new ChangeLog(remembered)
  readonly tags: ChangeLog = new ChangeLog(remembered)
  /** Rises when changes may have been missed; entries learned in an earlier epoch are suspect. */
  epoch = 0
  /** Hears what others changed; set where there is a bus that is asked rather than tells. */
  poll: (() => void) | undefined = undefined
  /** Is told of reads; set where somebody wants to know. */
  watch: ReadWatch | undefined = undefined
  readonly #usual: UsualEntries
  readonly #isolation: Isolation
  readonly #weigh: (value: unknown, key: string) => number
  readonly #trust: () => number

  constructor(options: RecollectionOptions) {
    this.memory = options.memory
    this.#usual = options.usual
    this.#isolation = options.isolation
    this.#weigh = options.weigh
    this.#trust = options.trust
  }

  /**
   * Reads what memory keeps, whether fresh or stale; nothing that changed or may have. A value that
   * is kept alone is fresh.
   */
  recall(memoryKey: string, now: number): Kept {
    if (this.watch !== undefined) this.watch.read(memoryKey)
    if (this.memory === undefined) return undefined
    if (this.poll !== undefined) this.poll()
    return this.#standing(memoryKey, this.memory.get(memoryKey, now), now)
  }

  /** As `recall`, for what is no read: nobody notices. */
  glance(memoryKey: string, now: number): Entry | undefined {
    if (this.memory === undefined) return undefined
    if (this.poll !== undefined) this.poll()
    const kept = this.#standing(memoryKey, this.memory.peek(memoryKey, now), now)
    return kept === undefined ? undefined : this.whole(memoryKey, kept)
  }

  /** A new entry; what `details` do not say is as in one that was just loaded and has no tags. */
  entry(value: unknown, lifetime: Lifetime, details: Partial<EntryDetails>): Entry {
    return new Entry(this.keep(value), lifetime, {
      retryAt: 0,
      loadMs: 0,
      negative: false,
      etag: undefined,
      lastModified: undefined,
      tags: [],
      checked: this.tags.now,
      weight: undefined,
      epoch: this.epoch,
      ...details,
    })
  }

  /** The entry of which memory keeps, at this moment, what was recalled. */
  whole(memoryKey: string, kept: Kept): Entry {
    if (kept instanceof Entry) return kept
    return this.#usual.whole(kept, this.memory?.deadlineOf(memoryKey) ?? Number.NaN)
  }

  #standing(memoryKey: string, kept: Kept, now: number): Kept {
    if (!(kept instanceof Entry)) return this.epoch === 0 ? kept : undefined
    if (kept.epoch !== this.epoch || now >= kept.suspectAt) return undefined
    if (kept.checked !== this.tags.now && kept.tags.length !== 0 && !this.#stands(kept)) {
      this.memory?.delete(memoryKey, 'invalidated')
      return undefined
    }
    return kept
  }

  /** A fresh entry from the store, of which the store must be asked whether it still has it. */
  suspect(memoryKey: string, now: number): Entry | undefined {
    const entry = this.memory?.peek(memoryKey, now)
    if (!(entry instanceof Entry) || entry.stamp === 0 || now >= entry.staleAt) return undefined
    return this.tagsChangedSince(entry.tags, entry.checked) ? undefined : entry
  }

  /** The value as a caller may have it. */
  give(value: unknown): unknown {
    return this.#isolation.give(value)
  }

  /** The value as memory keeps it. */
  keep(value: unknown): unknown {
    return this.#isolation.keep(value)
  }

  /** Whether of an entry made now, with a lifetime as the defaults say, the value alone will do. */
  isUsual(value: unknown): boolean {
    return this.#usual.includes(value)
  }

  /**
   * Keeps an entry, or the value of a usual one, unless its key has changed since `keyTick`: then
   * nobody knows which is right.
   */
  remember(memoryKey: string, kept: Kept, keyTick: number, now: number): void {
    if (this.memory === undefined) return
    const epoch = kept instanceof Entry ? kept.epoch : 0
    if (this.keys.changedSince(memoryKey, keyTick) || epoch !== this.epoch) {
      this.memory.delete(memoryKey, 'invalidated')
      return
    }
    const weight = this.#weightFor(memoryKey, kept)
    if (kept instanceof Entry) {
      kept.suspectAt = now + this.#trust()
      const deadline = this.#usual.deadlineOf(kept)
      this.memory.set(memoryKey, this.#usual.kept(kept, deadline), weight, deadline, now)
    } else this.memory.set(memoryKey, kept, weight, this.#usual.deadline(now), now)
    if (this.watch !== undefined) this.watch.kept(memoryKey, weight)
  }

  /** The entry has been given a new end. */
  prolong(memoryKey: string, entry: Entry, now: number): void {
    if (this.memory?.peek(memoryKey, now) !== entry) return
    this.memory.prolong(memoryKey, entry.expiresAt, now)
  }

  /** The key changed: what is in memory goes, and what is being loaded or read is not kept. */
  forget(memoryKey: string, reason: 'deleted' | 'invalidated'): boolean {
    this.keys.mark(memoryKey)
    return this.memory?.delete(memoryKey, reason) !== undefined
  }

  /** Everything changed. */
  forgetAll(reason: 'deleted' | 'invalidated'): void {
    this.keys.markAll()
    this.memory?.clear(reason)
  }

  /** Changes may have been missed: what is known, and what is being learned, is not trusted. */
  suspectAll(): void {
    this.epoch++
    this.keys.markAll()
  }

  /** Whether one of the tags changed since the tick. */
  tagsChangedSince(tags: readonly string[], tick: number): boolean {
    if (tick === this.tags.now) return false
    for (const tag of tags) if (this.tags.changedSince(tag, tick)) return true
    return false
  }

  /** What the entry that memory has of a key was said to weigh: the store is not told. */
  weightSaid(memoryKey: string, now: number): number | undefined {
    const kept = this.memory?.peek(memoryKey, now)
    return kept instanceof Entry ? kept.weight : undefined
  }

  weightOf(memoryKey: string, kept: Kept): number {
    if (kept instanceof Entry && kept.weight !== undefined) return kept.weight
    const weight = this.#weigh(valueIn(kept), logicalKey(memoryKey))
    return expectNumber('weigh(value, key)', weight, 0, Infinity)
  }

  /** Where it cannot be said what it weighs, what was there before is not served any more. */
  #weightFor(memoryKey: string, kept: Kept): number {
    try {
      return this.weightOf(memoryKey, kept)
    } catch (error) {
      this.memory?.delete(memoryKey, 'invalidated')
      throw error
    }
  }

  #stands(entry: Entry): boolean {
    if (this.tagsChangedSince(entry.tags, entry.checked)) return false
    entry.checked = this.tags.now
    return true
  }
}

export const isolations: Readonly<Record<'none' | 'freeze' | 'clone', Isolation>> = {
  none: { keep: (value) => value, give: (value) => value },
  freeze: { keep: freeze, give: (value) => value },
  // What cannot be copied is not kept, so nobody else has it: its loader's callers may have it as it is.
  clone: { keep: copy, give: (value) => attempt(() => structuredClone(value)) ?? value },
}

function attempt(copy: () => unknown): unknown {
  try {
    return copy()
  } catch {
    return undefined
  }
}

function copy(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch (cause) {
    throw new CodecError(`The value cannot be copied, which isolation needs: ${String(cause)}`, {
      cause,
    })
  }
}

/** What has been frozen all the way down. */
const frozen = new WeakSet<object>()

/** Freezes plain data all the way down. What has state of its own (Map, Date, views) stays as it is. */
function freeze(value: unknown): unknown {
  const parts = [value]
  while (parts.length > 0) {
    const part = parts.pop()
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) continue
    // Whether it is frozen already says nothing of what is in it.
    if (frozen.has(part)) continue
    frozen.add(Object.freeze(part))
    for (const inner of Object.values(part)) parts.push(inner)
  }
  return value
}
