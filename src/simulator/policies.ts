import type { PolicyFactory } from '../contracts/policy.ts'
import { ConfigError } from '../kernel/errors.ts'
import { show } from '../kernel/expect.ts'
import { fifo } from '../policies/fifo.ts'
import { lru } from '../policies/lru.ts'
import { random } from '../policies/random.ts'
import { s3fifo } from '../policies/s3-fifo.ts'
import { sieve } from '../policies/sieve.ts'
import { tinylfu } from '../policies/tinylfu.ts'

/** The optimum, which is no policy that a cache could have. */
export const optimum = 'belady'

const factories: Readonly<Record<string, () => PolicyFactory>> = {
  lru,
  fifo,
  random,
  sieve,
  s3fifo,
  tinylfu,
}

/** The names that `policies` knows. */
export const policyNames: readonly string[] = [...Object.keys(factories), optimum]

/** @throws ConfigError when there is no such policy. */
export function policyNamed(name: string): PolicyFactory {
  const factory = Object.hasOwn(factories, name) ? factories[name] : undefined
  if (factory) return factory()
  throw unknownPolicy(name)
}

/** @throws ConfigError when there is one that is unknown, or none at all. */
export function expectPolicies(names: readonly string[]): void {
  const unknown = names.find((name) => !policyNames.includes(name))
  if (unknown !== undefined || names.length === 0) throw unknownPolicy(unknown ?? '')
}

function unknownPolicy(name: string): ConfigError {
  return new ConfigError(`Unknown policy ${show(name)}; known are ${policyNames.join(', ')}`)
}
