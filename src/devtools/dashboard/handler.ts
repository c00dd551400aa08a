import type { CacheSet } from '../../telemetry/cache-set.ts'
import { act } from './actions.ts'
import { contentSecurityPolicy, pageDocument, refusalDocument } from './document.ts'
import { type Answer, type Asked, TooLargeError } from './exchange.ts'
import { forgeryIn, tokenFor } from './gate.ts'
import type { Seen } from './overview.ts'
import type { Access, ActionAnswer, DashboardState } from './state.ts'

export interface HandlerOptions {
  readonly caches: CacheSet
  overview(access: Access, seen: Seen): Promise<DashboardState>
}

/** What a visitor may do; `unguarded` where nobody decides about that. */
export type Admission = Access | 'refused' | 'unguarded' | 'failed'

/**
 * One address serves all, wherever it is mounted: the page, what it asks for (`?view=state`) and, by
 * POST, what it wants to be done.
 */
export async function answer(
  options: HandlerOptions,
  admission: Admission,
  asked: Asked,
): Promise<Answer> {
  if (admission !== 'read' && admission !== 'write') {
    const { status, title, paragraphs } = refusals[admission]
    return html(status, refusalDocument(title, paragraphs))
  }
  const access = admission
  if (asked.method === 'POST') return answerAction(options.caches, access, asked)
  if (asked.method !== 'GET' && asked.method !== 'HEAD') {
    return json(405, { failed: 'Expected GET or POST' }, { allow: 'GET, HEAD, POST' })
  }
  const query = new URLSearchParams(asked.query)
  if (query.get('view') === 'state') {
    return json(200, await options.overview(access, seenIn(query.get('seen'))))
  }
  const { token, setCookie } = tokenFor(asked)
  const cookies = setCookie === undefined ? {} : { 'set-cookie': setCookie }
  return html(200, pageDocument(token, access), cookies)
}

async function answerAction(caches: CacheSet, access: Access, asked: Asked): Promise<Answer> {
  const forgery = forgeryIn(asked)
  if (forgery !== undefined) return json(403, { failed: forgery })
  try {
    const acted = await act(caches, access, await asked.message())
    return json(acted.status, acted.answer)
  } catch (error) {
    if (error instanceof TooLargeError) return json(413, { failed: 'The message is too long' })
    if (error instanceof SyntaxError) return json(400, { failed: error.message })
    throw error
  }
}

/** Written as `id.instant,id.instant`. */
function seenIn(text: string | null): Seen {
  const pairs = (text ?? '').split(',').map((pair) => pair.split('.'))
  return Object.fromEntries(pairs.map(([id = '', at]) => [id, Number(at) || 0]))
}

interface Refusal {
  readonly status: number
  readonly title: string
  readonly paragraphs: readonly string[]
}

const refusals: Readonly<Record<Exclude<Admission, Access>, Refusal>> = {
  unguarded: {
    status: 403,
    title: 'Nobody is let in yet',
    paragraphs: [
      'The dashboard shows keys and values, and can delete them. It opens only where the application says for whom:',
      "<code>dashboard(caches, { authorize: (request) =&gt; isAdmin(request) ? 'write' : false })</code>",
      "<code>authorize</code> gets the request, and answers <code>'read'</code>, <code>'write'</code> or <code>false</code>.",
    ],
  },
  refused: {
    status: 403,
    title: 'Not for you',
    paragraphs: ['The application does not let you see its caches. Perhaps you have to sign in.'],
  },
  failed: {
    status: 500,
    title: 'Who are you?',
    paragraphs: ['The application failed to say whether you may see its caches.'],
  },
}

function html(status: number, body: string, more: Readonly<Record<string, string>> = {}): Answer {
  const headers = { ...always, 'content-type': 'text/html; charset=utf-8', ...more }
  return { status, headers, body }
}

function json(
  status: number,
  value: DashboardState | ActionAnswer,
  more: Readonly<Record<string, string>> = {},
): Answer {
  const headers = { ...always, 'content-type': 'application/json; charset=utf-8', ...more }
  return { status, headers, body: JSON.stringify(value) }
}

const always = {
  'cache-control': 'no-store',
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const
