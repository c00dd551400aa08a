import { ConfigError } from '../kernel/errors.ts'
import { UsageError } from './command.ts'

/** An option that breaks a rule was typed by somebody. */
export function asUsage<T>(check: () => T): T {
  try {
    return check()
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error
  }
}

/** A whole number that was typed, or undefined where none was. */
export function wholeNumber(name: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && Number.isSafeInteger(number)) return number
  throw new UsageError(`Expected --${name} to be a whole number from ${least} up, got ${text}`)
}
