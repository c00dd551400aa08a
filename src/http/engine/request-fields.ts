import type { FieldLines } from '../message.ts'
import { type CacheControl, noDirectives, parseCacheControl } from './cache-control.ts'
import { isName } from './fields.ts'

/** What a request has to say to a cache, found in one pass over its fields. */
export interface RequestFields {
  readonly control: Readonly<CacheControl>
  readonly cookie: string | undefined
  readonly authorization: string | undefined
  readonly range: string | undefined
  readonly ifRange: string | undefined
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  readonly ifModifiedSince: string | undefined
  readonly ifUnmodifiedSince: string | undefined
}

/** The length of a name rules out most fields at no cost. */
export function requestFields(lines: FieldLines): RequestFields {
  let cacheControl: string | undefined
  let pragma: string | undefined
  let cookie: string | undefined
  let authorization: string | undefined
  let range: string | undefined
  let ifRange: string | undefined
  let ifMatch: string | undefined
  let ifNoneMatch: string | undefined
  let ifModifiedSince: string | undefined
  let ifUnmodifiedSince: string | undefined
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string
    const value = lines[i + 1] as string
    switch (name.length) {
      case 5:
        if (isName(name, 'range')) range = joined(range, value)
        break
      case 6:
        if (isName(name, 'cookie')) cookie = joined(cookie, value)
        else if (isName(name, 'pragma')) pragma = joined(pragma, value)
        break
      case 8:
        if (isName(name, 'if-match')) ifMatch = joined(ifMatch, value)
        else if (isName(name, 'if-range')) ifRange = joined(ifRange, value)
        break
      case 13:
        if (isName(name, 'cache-control')) cacheControl = joined(cacheControl, value)
        else if (isName(name, 'if-none-match')) ifNoneMatch = joined(ifNoneMatch, value)
        else if (isName(name, 'authorization')) authorization = joined(authorization, value)
        break
      case 17:
        if (isName(name, 'if-modified-since')) ifModifiedSince = joined(ifModifiedSince, value)
        break
      case 19:
        if (isName(name, 'if-unmodified-since'))
          ifUnmodifiedSince = joined(ifUnmodifiedSince, value)
    }
  }
  return {
    control: controlOf(cacheControl, pragma),
    cookie,
    authorization,
    range,
    ifRange,
    ifMatch,
    ifNoneMatch,
    ifModifiedSince,
    ifUnmodifiedSince,
  }
}

/** RFC 9111 §5.4: `Pragma` counts where there is no `Cache-Control`. */
function controlOf(cacheControl: string | undefined, pragma: string | undefined) {
  if (cacheControl !== undefined) return parseCacheControl(cacheControl)
  if (pragma === undefined) return noDirectives
  return { ...noDirectives, noCache: parseCacheControl(pragma).noCache }
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}
