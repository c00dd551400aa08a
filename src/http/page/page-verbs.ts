import { type CacheControlOptions, cacheControlPatch, neverCachePatch } from './cache-control.ts'
import type { HeadPatch } from './head-patches.ts'
import { varyOn } from './vary.ts'

/** What every framework has for the head of a response; `V` is what it calls that: a middleware, a hook. */
export interface PageVerbs<V> {
  readonly cacheControl: (options: CacheControlOptions) => V
  readonly neverCache: V
  readonly varyOnHeaders: (...names: readonly string[]) => V
  readonly varyOnCookie: V
}

/** The verbs of a framework, by how it has a patch made. */
export function pageVerbs<V>(patching: (patch: HeadPatch) => V): PageVerbs<V> {
  const varyOnHeaders = (...names: readonly string[]) => patching(varyOn(names))
  return {
    cacheControl: (options) => patching(cacheControlPatch(options)),
    neverCache: patching(neverCachePatch),
    varyOnHeaders,
    varyOnCookie: varyOnHeaders('Cookie'),
  }
}
