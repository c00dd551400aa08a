import type { RequestHead } from '../message.ts'
import type { LifetimeSource } from './freshness.ts'
import { type RequestFields, requestFields } from './request-fields.ts'
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

/**
 * Whether it may be for what a request says of who asks that its response is not stored, and not because of the
 * response: that tells nothing of what others are answered.
 */
export function isOfSomebody({ headers }: RequestHead, rules: Rules): boolean {
  const { authorization, cookie } = requestFields(headers)
  if (!rules.shared) return false
  return authorization !== undefined || (cookie !== undefined && !rules.storeVaryCookie)
}
