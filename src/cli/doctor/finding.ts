export type Severity = 'ok' | 'note' | 'warning' | 'error'

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string
  readonly severity: Severity
  /** What was found. */
  readonly found: string
  /** What to change, where something should be. */
  readonly advice?: string
}

/** Looks at one side of a cache; each finding as soon as it is there. */
export type Examination = AsyncIterable<Finding>

/** From here on a clock that differs is in the way: of lifetimes, and of leases and locks. */
const noticeable = 500
const harmful = 5000

/**
 * What a server's clock says about the instants at which entries end. It was read between two
 * instants of this machine; all are epoch milliseconds.
 */
export function clockFinding(server: number, before: number, after: number): Finding {
  const check = 'clock'
  const doubt = (after - before) / 2
  const skew = Math.round(server - (before + after) / 2)
  const distance = Math.max(0, Math.abs(skew) - doubt)
  const found = `the server's clock is ${Math.abs(skew)} ms ${skew < 0 ? 'behind' : 'ahead'}`
  if (distance < noticeable) return { check, severity: 'ok', found }
  const advice = 'keep the clocks of all machines together, by NTP: entries end by them'
  return { check, severity: distance < harmful ? 'warning' : 'error', found, advice }
}

/** Compares versions by their numbers: `7.0` is at least `6.2.5`. */
export function isAtLeast(version: string, least: string): boolean {
  const [have, need] = [version, least].map((text) => (text.match(/\d+/g) ?? []).map(Number))
  for (const [i, number] of (need ?? []).entries()) {
    const other = have?.[i] ?? 0
    if (other !== number) return other > number
  }
  return true
}

export function versionFinding(what: string, version: string, least: string): Finding {
  const check = 'version'
  const found = `${what} ${version}`
  if (isAtLeast(version, least)) return { check, severity: 'ok', found }
  return { check, severity: 'error', found, advice: `use ${what} ${least} or later` }
}
