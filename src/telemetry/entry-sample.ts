import type { RemovalReason } from '../contracts/events.ts'
import { approximateBytes } from '../kernel/approximate-bytes.ts'
import { KeyHash } from '../kernel/key-hash.ts'
import { structuralKey } from '../kernel/structural-key.ts'
import type { GroupTally } from './group-tally.ts'

/** As many hashes as there are. */
const all = 2 ** 32
/** Larger values are not compared. */
const comparedBytes = 16_384

/** One entry of the sample, or, if it is not live, one that expired. */
interface Sampled {
  readonly hash: number
  readonly group: string
  readonly bytes: number
  readonly digest: number | undefined
  read: boolean
  live: boolean
}

/**
 * What becomes of entries, of a sample of all keys: those whose hash is below a threshold, which is
 * halved whenever they get too many (Waldspurger, Park, Garthwaite and Ahmad, "Efficient MRC
 * Construction with SHARDS", USENIX FAST 2015, section 2.1). What is seen counts for as many as the
 * sample stands for at that time.
 */
export class EntrySample {
  readonly #limit: number
  readonly #hash: KeyHash
  readonly #tallyOf: (group: string) => GroupTally
  readonly #entries = new Map<string, Sampled>()
  #expired = 0
  #threshold = all

  constructor(limit: number, seed: number, tallyOf: (group: string) => GroupTally) {
    this.#limit = limit
    this.#hash = new KeyHash(seed)
    this.#tallyOf = tallyOf
  }

  read(name: string): void {
    const entry = this.#entries.get(name)
    if (entry?.live) entry.read = true
  }

  stored(name: string, group: string, value: unknown, isLoad: boolean): void {
    const hash = this.#hash.of(name) >>> 0
    if (hash >= this.#threshold) return
    const bytes = approximateBytes(value, name)
    const digest = bytes > comparedBytes ? undefined : this.#digest(value)
    const before = this.#entries.get(name)
    if (before !== undefined) this.#succeeded(before, digest, isLoad)
    // The map keeps them in the order in which they were stored.
    this.#entries.delete(name)
    this.#entries.set(name, { hash, group, bytes, digest, read: false, live: true })
    if (this.#entries.size > this.#limit) this.#shrink()
  }

  removed(name: string, reason: RemovalReason): void {
    const entry = this.#entries.get(name)
    // One that is replaced has been told of as stored.
    if (!entry?.live || reason === 'replaced') return
    this.#end(entry)
    if (reason === 'expired') {
      entry.live = false
      this.#expired++
    } else this.#entries.delete(name)
  }

  /** The entries there are now, and their bytes, by group. */
  live(): Map<string, { entries: number; bytes: number }> {
    const groups = new Map<string, { entries: number; bytes: number }>()
    for (const { group, bytes, live } of this.#entries.values()) {
      if (!live) continue
      const sum = groups.get(group) ?? { entries: 0, bytes: 0 }
      sum.entries += this.#weight
      sum.bytes += bytes * this.#weight
      groups.set(group, sum)
    }
    return groups
  }

  /** How many keys one of the sample stands for. */
  get #weight(): number {
    return all / this.#threshold
  }

  #succeeded(before: Sampled, digest: number | undefined, isLoad: boolean): void {
    const tally = this.#tallyOf(before.group)
    if (before.live) this.#end(before)
    else {
      this.#expired--
      if (isLoad) tally.reloads += this.#weight
    }
    if (!isLoad || digest === undefined || before.digest === undefined) return
    tally.compared += this.#weight
    if (digest === before.digest) tally.unchanged += this.#weight
  }

  #end({ group, read }: Sampled): void {
    const tally = this.#tallyOf(group)
    tally.ended += this.#weight
    if (!read) tally.wasted += this.#weight
  }

  /** Forgets what expired longest ago or, where that would not do, half of the keys. */
  #shrink(): void {
    const forgetsExpired = this.#expired > this.#limit / 4
    if (!forgetsExpired) this.#threshold /= 2
    let most = forgetsExpired ? this.#expired / 2 : Infinity
    for (const [name, { hash, live }] of this.#entries) {
      if (most <= 0) break
      if (forgetsExpired ? live : hash < this.#threshold) continue
      this.#entries.delete(name)
      if (!live) this.#expired--
      most--
    }
  }

  /** Undefined for what cannot be compared. */
  #digest(value: unknown): number | undefined {
    try {
      return this.#hash.of(structuralKey([value], 'shared'))
    } catch {
      return undefined
    }
  }
}
