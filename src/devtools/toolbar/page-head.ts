import { ofThisCopy } from '../../http/node/sent-head.ts'
import { scriptPermission } from './script-permission.ts'

/** The head of a response that is about to be sent. Names are in lower case. */
export interface PageHead {
  readonly status: number
  /** The lines of a field. */
  get(name: string): readonly string[]
  set(name: string, value: string): void
  remove(name: string): void
}

/** The slice of a request by which is decided what may be done to its response. */
export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** The value of a field, by its name in lower case. */
  header(name: string): string | undefined
}

/** What says of the bytes of a page what is true no longer when something is put in. */
const ofBytes = [
  ...['content-length', 'etag', 'last-modified', 'accept-ranges'],
  ...['content-md5', 'digest', 'content-digest', 'repr-digest'],
]

/**
 * Whether the answer is a page that somebody opens: not what a script fetches to put somewhere. Browsers
 * say so themselves where there is TLS or localhost; elsewhere scripts do not ask for HTML by default.
 */
function opensPage({ method, header }: Asked): boolean {
  if (method === 'HEAD') return false
  const destination = header('sec-fetch-dest')
  if (destination !== undefined) return destination === 'document'
  const isScripts = header('x-requested-with') !== undefined || header('hx-request') !== undefined
  return !isScripts && (header('accept') ?? '').includes('text/html')
}

/** What is fetched by the hundred, and has nothing to tell as long as it does not call a cache. */
export function isAsset({ header }: Asked): boolean {
  return !['document', 'iframe', 'frame', 'empty'].includes(header('sec-fetch-dest') ?? 'empty')
}

/**
 * The nonce of a page into which a script may be put; `undefined` for all else, which is left as it is.
 * What is compressed already is, too, and what is not to be changed on its way (RFC 9110 §7.7).
 */
export function placeFor(
  asked: Asked,
  head: PageHead,
  offered: string | undefined,
): { readonly nonce: string | undefined } | undefined {
  const { status } = head
  const hasPage = (status === 200 || status > 206) && (status < 300 || status >= 400)
  if (!hasPage || !opensPage(asked) || !isPlainHtml(head)) return undefined
  const policies = [
    ...head.get('content-security-policy'),
    ...head.get('content-security-policy-report-only'),
  ]
  return scriptPermission(policies, offered)
}

function isPlainHtml(head: PageHead): boolean {
  const said = (name: string) => head.get(name).join(', ').toLowerCase()
  const [type = '', ...parameters] = said('content-type').split(';')
  return (
    type.trim() === 'text/html' &&
    !parameters.some((parameter) => /charset\s*=\s*"?utf-(?:16|32)/.test(parameter)) &&
    ['', 'identity'].includes(said('content-encoding').trim()) &&
    !said('content-disposition').trim().startsWith('attachment') &&
    !said('cache-control').includes('no-transform')
  )
}

/** Makes the head that of another page: no cache, here or on the way, is to keep it. */
export function forThisClientAlone(head: PageHead): void {
  for (const name of ofBytes) head.remove(name)
  head.set('cache-control', ofThisCopy)
}
