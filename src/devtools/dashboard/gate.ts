import { hexOf } from '../../kernel/hex.ts'
import type { Asked } from './exchange.ts'

/** Holds what the page must send back; its value is no secret of anybody but this browser. */
const cookie = 'hotset-dashboard'
/** Where the page sends it back: pages of other origins may not send such a field. */
const tokenField = 'x-hotset-token'
const tokenPattern = /^[0-9a-f]{32}$/

/** The token of this browser: the one that it has, or a new one with the field that gives it. */
export function tokenFor(asked: Asked): { token: string; setCookie: string | undefined } {
  const known = tokenOf(asked)
  if (known !== undefined) return { token: known, setCookie: undefined }
  const token = hexOf(crypto.getRandomValues(new Uint8Array(16)))
  return { token, setCookie: `${cookie}=${token}; HttpOnly; SameSite=Strict` }
}

/**
 * Why a message does not come from a page of ours; undefined where it does. Three walls, each enough
 * by itself: a type that no form can send, where the browser says it comes from, and a token that is
 * both in a cookie and in a field, which only who has read the page knows. It holds no state, so that
 * any process of a cluster can answer.
 */
export function forgeryIn(asked: Asked): string | undefined {
  const type = asked.header('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type)) return 'Expected a message of JSON'
  if (!isSameOrigin(asked)) return 'The message does not come from this page'
  const token = tokenOf(asked)
  if (token === undefined || asked.header(tokenField) !== token) {
    return 'The token of the page is missing or has changed: reload the page'
  }
  return undefined
}

/** `Sec-Fetch-Site` is not sent where there is neither TLS nor localhost; `Origin` is, by whoever posts. */
function isSameOrigin(asked: Asked): boolean {
  const site = asked.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = asked.header('origin')
  const host = asked.header('host')
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
}

function tokenOf(asked: Asked): string | undefined {
  const pairs = (asked.header('cookie') ?? '').split(';').map((pair) => pair.trim())
  const found = pairs.find((pair) => pair.startsWith(`${cookie}=`))?.slice(cookie.length + 1)
  return found !== undefined && tokenPattern.test(found) ? found : undefined
}
