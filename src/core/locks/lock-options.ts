import type { AcquireOptions, LockOptions } from '../../contracts/locks.ts'
import { waitingTime } from '../../kernel/duration.ts'
import { expectInteger, expectOptions, expectString, invalid } from '../../kernel/expect.ts'
import type { Keyspace, RegisterPlace } from '../keyspace.ts'

/** What a lock is, with every choice made; durations in milliseconds. */
export interface LockTerms {
  readonly name: string
  readonly place: RegisterPlace
  /** Most holders at once. */
  readonly permits: number
  readonly ttl: number
  readonly autoExtend: boolean
  readonly wait: number
}

const knownOfLock: ReadonlySet<string> = new Set<keyof LockOptions>(['ttl', 'autoExtend', 'wait'])
const knownOfAcquire: ReadonlySet<string> = new Set<keyof AcquireOptions>(['wait', 'signal'])

/** `kind` keeps names of different kinds apart. */
export function lockTerms(
  space: Keyspace,
  kind: string,
  name: string,
  permits: number,
  options: LockOptions = {},
): LockTerms {
  expectOptions('lock options', options, knownOfLock)
  return {
    name,
    place: space.register(`${kind}:${expectString('name', name)}`),
    permits: expectInteger('permits', permits, 1, Number.MAX_SAFE_INTEGER),
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
