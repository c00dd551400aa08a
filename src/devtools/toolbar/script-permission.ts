const nonceSource = /^'nonce-([A-Za-z0-9+/_-]+={0,2})'$/
/** Where one of these is, `'unsafe-inline'` means nothing (CSP 3 §6.7.3.2). */
const overriding = /^'(?:nonce-|sha(?:256|384|512)-|strict-dynamic')/i

type Directives = ReadonlyMap<string, readonly string[]>

/** A script of ours may be in the page: with this nonce, if there is one. */
export interface ScriptPermission {
  readonly nonce: string | undefined
}

/**
 * Whether the policies of a page let an inline script run, each of them; `undefined` where one does not.
 * Those that only report count as well: nobody is to be told of violations that are ours. `offered` is
 * the nonce that the application says to use; else it is the first that a policy names.
 */
export function scriptPermission(
  policies: readonly string[],
  offered: string | undefined,
): ScriptPermission | undefined {
  // A list of policies may be in one field (CSP 3 §3.1).
  const all = policies.flatMap((field) => field.split(',')).map(directivesOf)
  const nonce = offered ?? all.flatMap((directives) => noncesIn(directives))[0]
  return all.every((directives) => allows(directives, nonce)) ? { nonce } : undefined
}

function directivesOf(policy: string): Directives {
  const directives = new Map<string, readonly string[]>()
  for (const text of policy.split(';')) {
    const [name = '', ...values] = text.trim().split(/[\t\n\f\r ]+/)
    const lower = name.toLowerCase()
    // Of a directive that is there twice, the first counts.
    if (lower !== '' && !directives.has(lower)) directives.set(lower, values)
  }
  return directives
}

function scriptSources(directives: Directives): readonly string[] | undefined {
  return (
    directives.get('script-src-elem') ??
    directives.get('script-src') ??
    directives.get('default-src')
  )
}

function noncesIn(directives: Directives): string[] {
  return (scriptSources(directives) ?? []).flatMap((source) => nonceSource.exec(source)?.[1] ?? [])
}

function allows(directives: Directives, nonce: string | undefined): boolean {
  const sandbox = directives.get('sandbox')
  if (sandbox !== undefined && !sandbox.some((flag) => flag.toLowerCase() === 'allow-scripts')) {
    return false
  }
  const sources = scriptSources(directives)
  if (sources === undefined) return true
  if (nonce !== undefined && sources.includes(`'nonce-${nonce}'`)) return true
  const isUnsafe = sources.some((source) => source.toLowerCase() === "'unsafe-inline'")
  return isUnsafe && !sources.some((source) => overriding.test(source))
}
