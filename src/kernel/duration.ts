import { invalid } from './expect.ts'

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const pattern = /^(-?\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/
const rule = "milliseconds or a number with a unit (ms, s, m, h, d, w) such as '5m'"

/** Milliseconds of a duration; fractions and negative ones are allowed, NaN is not. */
export function milliseconds(option: string, value: unknown): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value
  if (typeof value === 'string') {
    const match = pattern.exec(value)
    if (match) return Number(match[1]) * (units[match[2] as string] as number)
  }
  throw invalid(option, rule, value)
}

/** As `milliseconds`, where `null` is for ever. */
export function lifetimeOf(option: string, ttl: unknown): number {
  return ttl === null ? Infinity : milliseconds(option, ttl)
}

/** As `milliseconds`, refusing what is below zero. */
export function waitingTime(option: string, value: unknown): number {
  const ms = milliseconds(option, value)
  if (ms < 0) throw invalid(option, 'a duration of 0 or more', value)
  return ms
}
