/** The form in which URLs are compared: no fragment, host in lower case, no default port, no dots in the path. */
export function normalUrl(url: string): string {
  const parsed = parse(url)
  if (!parsed) return url
  parsed.hash = ''
  return parsed.href
}

/** `reference` seen from `base`, where it has the same origin (RFC 9111 §4.4). */
export function sameOriginUrl(reference: string, base: string): string | undefined {
  const target = parse(reference, base)
  if (!target || target.origin === 'null' || target.origin !== parse(base)?.origin) return undefined
  target.hash = ''
  return target.href
}

export function originOf(url: string): string | undefined {
  return parse(url)?.origin
}

function parse(url: string, base?: string): URL | undefined {
  return URL.canParse(url, base) ? new URL(url, base) : undefined
}
