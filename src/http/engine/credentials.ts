import type { LifetimeSource } from './freshness.ts'
import type { RequestFields } from './request-fields.ts'
import type { Rules } from './rules.ts'

/**
 * Why a request that says who asks has no part in a response that nobody declared to be everybody's:
 * it is then neither stored for others nor answered from what was stored for others.
 */
export function barred(
  response: { readonly source: LifetimeSource; readonly authorized: boolean },
  asked: RequestFields,
  rules: Rules,
): 'authorization' | 'cookie' | undefined {
  if (!rules.shared || response.source === 'declared' || rules.cookies === 'ignore')
    return undefined
  if (asked.authorization !== undefined && !response.authorized) return 'authorization'
  return asked.cookie !== undefined && rules.cookies === 'bypass' ? 'cookie' : undefined
}
