import type { RateLimitOptions } from '../../contracts/locks.ts'
import { milliseconds } from '../../kernel/duration.ts'
import { expectInteger, expectNumber, expectOptions, invalid } from '../../kernel/expect.ts'
import { expectName } from '../keyspace.ts'

/** What a rate limit allows, with every choice made. */
export interface RateLimitTerms {
  readonly name: string
  readonly limit: number
  /** Milliseconds. */
  readonly window: number
  /** The window before counts as well. */
  readonly slides: boolean
  readonly onFailure: 'allow' | 'deny' | 'throw'
}

const known: ReadonlySet<string> = new Set<keyof RateLimitOptions>([
  'limit',
  'window',
  'algorithm',
  'onFailure',
])

export function rateLimitTerms(name: string, options: RateLimitOptions): RateLimitTerms {
  expectOptions('rate limit options', options, known)
  const length = milliseconds('window', options.window)
  const { algorithm = 'sliding', onFailure = 'throw' } = options
  const terms = {
    limit: expectInteger('limit', options.limit, 1, Number.MAX_SAFE_INTEGER),
    window: expectNumber('window', length, 1, Number.MAX_SAFE_INTEGER),
    slides: expectOneOf('algorithm', algorithm, ['fixed', 'sliding']) === 'sliding',
    onFailure: expectOneOf('onFailure', onFailure, ['allow', 'deny', 'throw']),
  }
  return { name: expectName('rate limit', name), ...terms }
}

function expectOneOf<T extends string>(option: string, value: T, choices: readonly T[]): T {
  if (!choices.includes(value)) throw invalid(option, `one of ${choices.join(', ')}`, value)
  return value
}
