import { invalid } from './expect.ts'

const units: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }
const pattern = /^(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)$/i

/** Bytes of a size: a number, or a number with a unit of 1,024 such as `'64mb'`. */
export function bytes(option: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value
  const match = typeof value === 'string' ? pattern.exec(value) : null
  if (!match)
    throw invalid(option, "bytes or a number with a unit (b, kb, mb, gb) such as '64mb'", value)
  return Math.floor(Number(match[1]) * (units[(match[2] as string).toLowerCase()] as number))
}
