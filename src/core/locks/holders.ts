import type { Change, Decide } from './registers.ts'

/** Who holds a lock or a semaphore: what stands in its register. */
export interface Holders {
  /** The greatest number that was ever given. */
  readonly fence: number
  readonly holders: readonly Holder[]
}

export interface Holder {
  readonly owner: string
  readonly fence: number
  /** Epoch milliseconds. */
  readonly until: number
}

/**
 * Milliseconds for which the last number is remembered after the last holder has ended. Later ones
 * begin with the clock, which only one that goes wrong by more than that could make smaller.
 */
const fenceKept = 3_600_000

/**
 * Takes a place among the holders if one is free. Who holds one already, as the answer to an earlier
 * attempt was lost, keeps that. When all are taken `onTaken` is told until when at most.
 */
export function claim(
  owner: string,
  ttl: number,
  permits: number,
  onTaken: (freeAt: number, now: number) => void,
): Decide<Holders, Holder | undefined> {
  return (current, now) => {
    const holders = living(current, now)
    const mine = holders.find((holder) => holder.owner === owner)
    if (mine !== undefined) return { answer: mine }
    if (holders.length >= permits) {
      onTaken(Math.min(...holders.map(({ until }) => until)), now)
      return { answer: undefined }
    }
    const fence = Math.max((current?.fence ?? 0) + 1, Math.floor(now))
    const holder = { owner, fence, until: now + ttl }
    return changed(holder, fence, [...holders, holder], now)
  }
}

/** Gives a holder another end, and answers that; undefined if it is no holder any more. */
export function prolong(owner: string, ttl: number): Decide<Holders, number | undefined> {
  return (current, now) => {
    const holders = living(current, now)
    if (!holders.some((holder) => holder.owner === owner)) return { answer: undefined }
    const until = now + ttl
    const next = holders.map((holder) => (holder.owner === owner ? { ...holder, until } : holder))
    return changed(until, current?.fence ?? 0, next, now)
  }
}

/** Takes a holder away, and answers whether it was one. */
export function dismiss(owner: string): Decide<Holders, boolean> {
  return (current, now) => {
    const holders = living(current, now)
    const others = holders.filter((holder) => holder.owner !== owner)
    if (others.length === holders.length) return { answer: false }
    return changed(true, current?.fence ?? 0, others, now)
  }
}

function living(current: Holders | undefined, now: number): readonly Holder[] {
  return current?.holders.filter(({ until }) => now < until) ?? []
}

function changed<Answer>(
  answer: Answer,
  fence: number,
  holders: readonly Holder[],
  now: number,
): Change<Holders, Answer> {
  const end = Math.max(now, ...holders.map(({ until }) => until))
  return { answer, next: { value: { fence, holders }, expiresAt: end + fenceKept } }
}
