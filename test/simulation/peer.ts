import { jsonCodec } from '../../src/codecs/json.ts'
import type { Cache } from '../../src/contracts/cache.ts'
import type { Clock } from '../../src/contracts/clock.ts'
import type { Codec } from '../../src/contracts/codec.ts'
import type { CacheEvent } from '../../src/contracts/events.ts'
import type { Backing } from '../../src/core/behind/connection.ts'
import { cacheOf } from '../../src/core/cache.ts'
import { CacheState } from '../../src/core/state.ts'
import { onDemand } from '../../src/kernel/on-demand.ts'
import { MemoryTier } from '../../src/memory/memory-tier.ts'
import { lru } from '../../src/policies/lru.ts'
import type { Dice } from './dice.ts'
import type { Setup } from './profile.ts'
import type { Timeline } from './timeline.ts'

export interface PeerOptions {
  readonly name: string
  readonly place: number
  readonly setup: Setup
  readonly timeline: Timeline
  readonly dice: Dice
  readonly backing: (peer: Peer) => Backing
  readonly onEvent: (peer: Peer, event: CacheEvent) => void
}

/** Makes values large, as it is of those that the store is asked whether they are still the same. */
const codec: Codec = {
  ...jsonCodec,
  counts: false,
  encode: (value, key) => Buffer.concat([jsonCodec.encode(value, key), padding]),
}
const padding: Uint8Array = Buffer.alloc(2048, ' ')

/** A process: a cache of its own, until it crashes. */
export class Peer {
  readonly name: string
  /** Whoever is started after a crash takes the same place. */
  readonly place: number
  readonly cache: Cache
  alive = true
  /** Times that it was told that messages may be missing. */
  gaps = 0
  /** Answers from memory. */
  memoryReads = 0
  subscribedAt: number = Infinity
  readonly #state: CacheState

  constructor(options: PeerOptions) {
    const { name, place, setup, timeline, dice } = options
    this.name = name
    this.place = place
    const skew = setup.skews[place] ?? 0
    const clock: Clock = {
      now: () => start + timeline.now + skew,
      schedule: (ms, run) => timeline.after(ms, () => this.alive && run()),
    }
    this.#state = new CacheState(
      {
        name: 'sim',
        clock,
        random: () => dice.below(1_000_000) / 1_000_000,
        leaseWait: setup.leaseWait,
        onEvent: (event) => {
          if (event.type === 'gap') this.gaps++
          if (event.type === 'read' && event.tier === 'memory') this.memoryReads++
          options.onEvent(this, event)
        },
      },
      {
        clock,
        codec: onDemand(async () => codec),
        createMemory: (memory) => new MemoryTier({ seed: 1, ...memory }),
        policy: lru(),
        behind: { local: false, open: async () => options.backing(this) },
        openLog: () => Promise.reject(new Error('Nobody puts writes off here')),
        openTrace: () => Promise.reject(new Error('Nobody records here')),
      },
    )
    this.cache = cacheOf(this.#state)
  }

  /** Calls that joined another's flight. */
  get joined(): number {
    return this.#state.counters.coalesced
  }

  /** The store is asked, and nothing is left to be made good there. */
  get settled(): boolean {
    return this.#state.backend.passable && this.#state.backend.unrepaired === 0
  }
}

/** When simulated time begins, epoch milliseconds. */
export const start: number = 1_700_000_000_000
