import type { WriteLog } from '../../contracts/log.ts'
import type { BehindOptions } from '../../contracts/writing.ts'
import { waitingTime } from '../../kernel/duration.ts'
import {
  expectFunction,
  expectInteger,
  expectOptions,
  expectString,
  invalid,
} from '../../kernel/expect.ts'

/** `BehindOptions` with every choice made; durations in milliseconds. */
export interface ResolvedBehind {
  readonly log: WriteLog | string
  readonly interval: number
  readonly batchSize: number
  readonly coalesce: boolean
  readonly maxPending: number
  readonly full: 'block' | 'through' | 'reject'
  readonly attempts: number
  readonly backoff: number
  readonly maxBackoff: number
  readonly drainTimeout: number
}

const known: ReadonlySet<string> = new Set<keyof BehindOptions<unknown, unknown>>([
  'log',
  'interval',
  'batchSize',
  'coalesce',
  'maxPending',
  'full',
  'attempts',
  'backoff',
  'maxBackoff',
  'drainTimeout',
  'onDeadLetter',
])
const most = Number.MAX_SAFE_INTEGER

export function resolveBehind<K, V>(options: BehindOptions<K, V> | undefined): ResolvedBehind {
  if (options === undefined) throw invalid('behind', "given where write is 'behind'", options)
  expectOptions('behind', options, known)
  const { log, coalesce = true, full = 'block', attempts = Infinity } = options
  if (typeof log !== 'object') expectString('behind.log', log)
  if (typeof coalesce !== 'boolean') throw invalid('behind.coalesce', 'a boolean', coalesce)
  if (!['block', 'through', 'reject'].includes(full)) {
    throw invalid('behind.full', "'block', 'through' or 'reject'", full)
  }
  if (attempts !== Infinity) expectInteger('behind.attempts', attempts, 1, most)
  if (options.onDeadLetter !== undefined) expectFunction('onDeadLetter', options.onDeadLetter)
  return {
    log,
    interval: waitingTime('behind.interval', options.interval ?? 1000),
    batchSize: expectInteger('behind.batchSize', options.batchSize ?? 100, 1, most),
    coalesce,
    maxPending: expectInteger('behind.maxPending', options.maxPending ?? 10_000, 1, most),
    full,
    attempts,
    backoff: waitingTime('behind.backoff', options.backoff ?? 100),
    maxBackoff: waitingTime('behind.maxBackoff', options.maxBackoff ?? 30_000),
    drainTimeout: waitingTime('behind.drainTimeout', options.drainTimeout ?? 10_000),
  }
}
