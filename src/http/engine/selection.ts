import type { FieldLines, RequestHead } from '../message.ts'
import { fieldLines, fieldValue, listMembers, trimmed } from './fields.ts'
import { noVarySearch, searchKey } from './no-vary-search.ts'
import type { Rules } from './rules.ts'

/** What a request must have to be answered by a response: all that is needed to choose among variants. */
export interface Selecting {
  /** Of the request; equal, or equivalent under `noVarySearch`. */
  readonly url: string
  /** What the response varies on, in lower case and in order; a cookie is `cookie:name`. */
  readonly names: readonly string[]
  /** Their values in the request, normalised; `null` where it had none. */
  readonly values: readonly (string | null)[]
  /** The field's value, where it means something. */
  readonly noVarySearch: string | null
  /** The one language of the response, where it varies on that. */
  readonly language: string | null
}

/** Fields that a response varies on; more than these are taken for `*`. */
const mostNames = 64

/** Which fields a response varies on (RFC 9110 §12.5.5), or `undefined` where nothing else can be like it. */
export function variesOn(headers: FieldLines): readonly string[] | undefined {
  const members = listMembers(fieldValue(headers, 'vary'))
  if (members.length > mostNames || members.includes('*')) return undefined
  return [...new Set(members.map((name) => name.toLowerCase()))].sort()
}

/** What selects the response to `request` that varies on `names`. */
export function selectingOf(
  request: RequestHead,
  names: readonly string[],
  headers: FieldLines,
  rules: Rules,
): Selecting {
  return {
    url: request.url,
    names,
    values: names.map((name) => normalValue(request.headers, name, rules)),
    noVarySearch: noVarySearch(fieldValue(headers, 'no-vary-search')),
    language: names.includes('accept-language') ? languageOf(headers) : null,
  }
}

/** Whether a response so selected answers the request (RFC 9111 §4.1). */
export function matches(selecting: Selecting, request: RequestHead, rules: Rules): boolean {
  if (selecting.url !== request.url && !sameSearch(selecting, request.url)) return false
  const { names, values } = selecting
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string
    const value = values[i] as string | null
    const raw = rawValue(request.headers, name) ?? null
    // The usual spelling is the normal form, so that most need not be normalised.
    if (raw === value) continue
    if (raw !== null && normal(name, raw, rules) === value) continue
    // §4.1: what is in the very language that the client wants most is what it would get.
    if (name !== 'accept-language' || selecting.language === null) return false
    if (preferred(raw) !== selecting.language) return false
  }
  return true
}

/** Names the variant among those of its URL: of two with one name the newer is kept. */
export function variantId(selecting: Selecting): string {
  return JSON.stringify([selecting.names, selecting.values])
}

function sameSearch(selecting: Selecting, url: string): boolean {
  const field = selecting.noVarySearch
  return field !== null && searchKey(selecting.url, field) === searchKey(url, field)
}

function normalValue(headers: FieldLines, name: string, rules: Rules): string | null {
  const raw = rawValue(headers, name)
  return raw === undefined ? null : normal(name, raw, rules)
}

function rawValue(headers: FieldLines, name: string): string | undefined {
  if (!name.startsWith(cookiePrefix)) return fieldValue(headers, name)
  return cookieValue(fieldLines(headers, 'cookie'), name.slice(cookiePrefix.length))
}

/** Before the name of a cookie that a response varies on. */
export const cookiePrefix = 'cookie:'

/** All values of the cookie, so that of several none is overlooked. */
function cookieValue(lines: readonly string[], name: string): string | undefined {
  const cookies = lines.flatMap((line) => line.split(';')).map(trimmed)
  const values = cookies.filter((cookie) => cookie.startsWith(`${name}=`) || cookie === name)
  return values.length > 0 ? values.join(';') : undefined
}

/** Fields in whose values case makes no difference. */
const caseless: ReadonlySet<string> = new Set(['accept-encoding', 'accept-language'])

/** What means the same is spelt the same: white space around commas, and case where it has no meaning. */
function normal(name: string, raw: string, rules: Rules): string {
  if (name === 'cookie' || name.startsWith(cookiePrefix)) return raw
  const members = listMembers(caseless.has(name) ? raw.toLowerCase() : raw)
  if (name === 'accept-language' && rules.normaliseLanguage) members.sort()
  return members.join(', ')
}

/** The one language of a response. */
function languageOf(headers: FieldLines): string | null {
  const [language, ...others] = listMembers(fieldValue(headers, 'content-language'))
  return language === undefined || others.length > 0 ? null : language.toLowerCase()
}

/** The language that `Accept-Language` wants more than any other (RFC 9110 §12.5.4). */
function preferred(raw: string | null): string | undefined {
  let best: string | undefined
  let most = 0
  for (const member of listMembers(raw ?? undefined)) {
    const [language = '', weight = 'q=1'] = member.toLowerCase().split(';').map(trimmed)
    const q = Number(weight.slice('q='.length))
    if (q > most) [best, most] = [language, q]
    else if (q === most) best = undefined
  }
  return best
}
