import { NotANumberError } from '../kernel/errors.ts'
import { show } from '../kernel/expect.ts'

/** `value + delta`, both numbers or both bigints. */
export function add(key: string, value: unknown, delta: number | bigint): number | bigint {
  if (typeof value === 'number' && typeof delta === 'number') return value + delta
  if (typeof value === 'bigint' && typeof delta === 'bigint') return value + delta
  const rule = `a ${typeof delta} to add ${show(delta)} to`
  throw new NotANumberError(
    `Expected the value of "${key}" to be ${rule}, got ${show(value)} (${typeof value})`,
  )
}
