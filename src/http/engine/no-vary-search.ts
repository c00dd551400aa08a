import { type Member, parseDictionary } from './structured-field.ts'

/** Which parts of a URL's query make no difference (draft-ietf-httpbis-no-vary-search §4). */
interface SearchVariance {
  readonly anyOrder: boolean
  readonly counts: (name: string) => boolean
}

/**
 * `url` without what makes no difference where a response says `field` in `No-Vary-Search`: URLs of
 * one search key have one response. The URL itself where it says nothing.
 */
export function searchKey(url: string, field: string | null): string {
  const start = url.indexOf('?')
  const variance = start < 0 || field === null ? undefined : parseVariance(field)
  if (!variance) return url
  const all = [...new URLSearchParams(url.slice(start + 1))]
  const parameters = all.filter(([name]) => variance.counts(name))
  if (variance.anyOrder) parameters.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const search = new URLSearchParams(parameters).toString()
  return search === '' ? url.slice(0, start) : `${url.slice(0, start)}?${search}`
}

/** The field's value where it means something, `null` where every difference counts. */
export function noVarySearch(field: string | undefined): string | null {
  return field !== undefined && parseVariance(field) ? field : null
}

/** What cannot be understood in full must not widen what is served: every difference counts then. */
function parseVariance(field: string): SearchVariance | undefined {
  const members = parseDictionary(field)
  if (!members || [...members.keys()].some((name) => !known.has(name))) return undefined
  const anyOrder = members.get('key-order') ?? false
  const params = members.get('params') ?? false
  const except = members.get('except')
  if (typeof anyOrder !== 'boolean') return undefined
  const ignored = typeof params === 'boolean' ? params : namesIn(params)
  const counted = except === undefined ? noNames : namesIn(except)
  if (ignored === undefined || counted === undefined) return undefined
  if (except !== undefined && ignored !== true) return undefined
  if (!anyOrder && ignored === false) return undefined
  if (typeof ignored === 'object') return { anyOrder, counts: (name) => !ignored.has(name) }
  return { anyOrder, counts: (name) => !ignored || counted.has(name) }
}

const known: ReadonlySet<string> = new Set(['key-order', 'params', 'except'])
const noNames: ReadonlySet<string> = new Set()

/** The parameter names in an inner list, decoded as those in a URL are. */
function namesIn(member: Member): ReadonlySet<string> | undefined {
  if (typeof member !== 'object') return undefined
  const names = new Set<string>()
  for (const name of member) {
    if (typeof name !== 'string') return undefined
    const encoded = new URLSearchParams(name.replace(/[&=]/g, (char) => encodeURIComponent(char)))
    names.add([...encoded.keys()][0] ?? '')
  }
  return names
}
