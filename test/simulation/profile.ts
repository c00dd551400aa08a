import { Dice } from './dice.ts'

/** What may go wrong in a world. */
export interface Profile {
  readonly bus: boolean
  readonly store: boolean
  readonly crashes: boolean
  readonly skew: boolean
}

export type ProfileName = 'calm' | 'bus' | 'store' | 'everything'

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  calm: { bus: false, store: false, crashes: false, skew: false },
  bus: { bus: true, store: false, crashes: false, skew: false },
  store: { bus: false, store: true, crashes: false, skew: true },
  everything: { bus: true, store: true, crashes: true, skew: true },
}

/** What is decided once for a world. */
export interface Setup {
  readonly processes: number
  /** Milliseconds in which work begins, and faults happen. */
  readonly length: number
  readonly steps: number
  readonly faults: number
  /** Milliseconds by which each process's clock is ahead. */
  readonly skews: readonly number[]
  readonly ttl: number
  readonly staleWhileRevalidate: number
  readonly leaseWait: number
  /** Applications that write values take turns; without `set` they need not. */
  readonly sets: boolean
  /** Waits until memory is trusted no more before it looks whether all agree. */
  readonly patient: boolean
}

export function setupOf(profile: Profile, seed: number): Setup {
  const dice = new Dice(~seed)
  const processes = dice.between(2, 3)
  const short = dice.percent(20)
  const length = dice.pick([1_500, 4_000, 9_000])
  const disturbed = profile.bus || profile.store || profile.crashes
  return {
    processes,
    length,
    steps: dice.between(10, 34) + (length > 5_000 ? 25 : 0),
    faults: disturbed ? dice.between(1, 4) : 0,
    skews: Array.from({ length: processes }, () =>
      profile.skew && dice.percent(50) ? dice.between(-4_000, 4_000) : 0,
    ),
    ttl: short ? 400 : 300_000,
    staleWhileRevalidate: short ? 2_000 : 0,
    leaseWait: dice.percent(25) ? 300 : 30_000,
    sets: dice.percent(60),
    patient: dice.percent(12),
  }
}
