import type { LoadOptions } from '../../contracts/cache.ts'
import { waitingTime } from '../../kernel/duration.ts'
import { invalid } from '../../kernel/expect.ts'
import { type ResolvedOptions, resolveEntryOptions } from '../entry-options.ts'

/** How a caller waits for a load; `Infinity` where it waits as long as it takes. */
export interface Patience {
  readonly signal: AbortSignal | undefined
  readonly softTimeout: number
  readonly hardTimeout: number
}

export interface ResolvedLoadOptions {
  readonly entry: ResolvedOptions
  readonly patience: Patience
  readonly refresh: boolean
  readonly followed: boolean
}

/** It waits as long as it takes. */
export const endless: Patience = { signal: undefined, softTimeout: Infinity, hardTimeout: Infinity }

export function resolveLoadOptions(
  options: LoadOptions | undefined,
  defaults: ResolvedOptions,
): ResolvedLoadOptions {
  if (options === undefined) {
    return { entry: defaults, patience: endless, refresh: false, followed: true }
  }
  const { signal, softTimeout, hardTimeout, refresh, followed } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalid('signal', 'an AbortSignal', signal)
  }
  const patient = signal === undefined && softTimeout === undefined && hardTimeout === undefined
  return {
    entry: resolveEntryOptions('load', options, defaults),
    patience: patient
      ? endless
      : {
          signal,
          softTimeout:
            softTimeout === undefined ? Infinity : waitingTime('softTimeout', softTimeout),
          hardTimeout:
            hardTimeout === undefined ? Infinity : waitingTime('hardTimeout', hardTimeout),
        },
    refresh: refresh === true,
    followed: followed !== false,
  }
}
