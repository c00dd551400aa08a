import type { CurvePoint } from '../contracts/cache.ts'
import type { GroupStatistics } from './group-tally.ts'

/** Something that could be done better, and why. */
export interface Advice {
  /** What could be done better, for programs. */
  readonly kind:
    | 'ttl-too-short'
    | 'never-reused'
    | 'too-large'
    | 'memory-too-small'
    | 'memory-too-large'
  /** The keys that it is about; undefined for the cache as a whole. */
  readonly group: string | undefined
  /** For a person, in two sentences at most. */
  readonly text: string
}

/** Fewer than so many say nothing. */
const evidence = 50
/** Shares from which something is worth telling. */
const mostWasted = 0.8
const rarelyHit = 0.2
const mostUnchanged = 0.8
const mostReloads = 0.3
const largeShare = 0.25
/** A group saves too little whose share of what is saved is less than so much of that of the bytes. */
const fairShare = 0.1
/** Difference of hit ratios that is worth twice the memory, and one that is worth nothing. */
const worthTwice = 0.05
const worthNothing = 0.01

/** What the numbers say, the most certain first. */
export function adviceOn(
  groups: readonly GroupStatistics[],
  curve: readonly CurvePoint[],
): Advice[] {
  const bytes = sum(groups, 'bytes')
  const savedMs = sum(groups, 'savedMs')
  const each = groups.filter(({ group }) => group !== 'other')
  return [
    ...each.flatMap(neverReused),
    ...each.flatMap(ttlTooShort),
    ...each.flatMap((group) => tooLarge(group, bytes, savedMs)),
    ...onSize(curve),
  ]
}

function neverReused({ group, ended, wasted, hitRatio }: GroupStatistics): Advice[] {
  if (ended < evidence || wasted < mostWasted * ended) return []
  // What memory never answers the store may.
  const remedy = hitRatio < rarelyHit ? 'cache them nowhere' : 'keep them in the store alone'
  const text = `${percent(wasted / ended)} of the entries of ${group} left memory without having been read once. They take the room of others: ${remedy}.`
  return [{ kind: 'never-reused', group, text }]
}

function ttlTooShort(statistics: GroupStatistics): Advice[] {
  const { group, loads, loadMs, reloads, compared, unchanged } = statistics
  if (reloads < evidence || reloads < mostReloads * loads) return []
  if (compared < evidence || unchanged < mostUnchanged * compared) return []
  const spent = seconds((reloads * loadMs) / loads)
  const text = `${percent(reloads / loads)} of the loads of ${group} came after the entry had expired, and ${percent(unchanged / compared)} of the values were the same as before. A longer TTL would have saved up to ${spent} of loading.`
  return [{ kind: 'ttl-too-short', group, text }]
}

function tooLarge(statistics: GroupStatistics, bytes: number, savedMs: number): Advice[] {
  const { group, entries, reads } = statistics
  const share = bytes === 0 ? 0 : statistics.bytes / bytes
  const saved = savedMs === 0 ? 0 : statistics.savedMs / savedMs
  if (reads < evidence || savedMs === 0 || share < largeShare || saved > fairShare * share)
    return []
  const mean = Math.round(statistics.bytes / entries).toLocaleString('en')
  const text = `The entries of ${group} take ${percent(share)} of the bytes in memory, ${mean} each, and ${percent(saved)} of the load time that is saved is theirs. Keep less in them, or give them a memory of their own.`
  return [{ kind: 'too-large', group, text }]
}

/** The points are half, once, twice and four times the size. */
function onSize([half, now, twice]: readonly CurvePoint[]): Advice[] {
  if (half === undefined || now === undefined || twice === undefined) return []
  const [less, present, more] = [half, now, twice].map(({ hitRatio }) => percent(hitRatio))
  if (twice.hitRatio - now.hitRatio >= worthTwice) {
    const text = `Memory is small for its traffic: twice the size would raise its hit ratio from ${present} to ${more}.`
    return [{ kind: 'memory-too-small', group: undefined, text }]
  }
  if (now.hitRatio - half.hitRatio < worthNothing && twice.hitRatio < 1) {
    const text = `Memory is larger than its traffic needs: half the size would do nearly as well (${less} instead of ${present}).`
    return [{ kind: 'memory-too-large', group: undefined, text }]
  }
  return []
}

function sum(groups: readonly GroupStatistics[], member: 'bytes' | 'savedMs'): number {
  return groups.reduce((total, group) => total + group[member], 0)
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
}
