import type { AcquireOptions, LockOptions } from '../../contracts/locks.ts'
import { waitingTime } from '../../kernel/duration.ts'
import { expectOptions, invalid } from '../../kernel/expect.ts'

/** Lock options with every default filled in, in milliseconds. */
export interface ResolvedLockOptions {
  readonly ttl: number
  readonly autoExtend: boolean
  readonly wait: number
}

const knownOfLock: ReadonlySet<string> = new Set<keyof LockOptions>(['ttl', 'autoExtend', 'wait'])
const knownOfAcquire: ReadonlySet<string> = new Set<keyof AcquireOptions>(['wait', 'signal'])

export function resolveLockOptions(options: LockOptions): ResolvedLockOptions {
  expectOptions('lock options', options, knownOfLock)
  return {
    ttl: lockTime('ttl', options.ttl ?? 30_000),
    autoExtend: options.autoExtend ?? false,
    wait: waitingTime('wait', options.wait ?? 10_000),
  }
}

export function expectAcquireOptions(options: AcquireOptions): void {
  expectOptions('acquire options', options, knownOfAcquire)
}

/** What has no end would never be free again after its holder died. */
export function lockTime(option: string, value: unknown): number {
  const ms = waitingTime(option, value)
  if (ms === 0 || ms === Infinity) throw invalid(option, 'a duration that ends, above 0', value)
  return ms
}
