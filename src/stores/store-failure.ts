import { codeOf } from '../kernel/error-code.ts'
import { CacheError, StoreError } from '../kernel/errors.ts'

/** What an operation of a store rejects with: an error of ours as it is, any other told in a line. */
export function storeFailure(subject: string, cause: unknown): CacheError {
  if (cause instanceof CacheError) return cause
  // An attempt at several addresses fails without a message.
  const message =
    cause instanceof Error ? cause.message || codeOf(cause) || cause.name : String(cause)
  return new StoreError(`${subject} failed: ${message}`, { cause })
}
