import type { FieldLines } from '../message.ts'
import type { DispatchHeaders, DispatchOptions, Incoming } from './dispatching.ts'

/** Field lines of any form that undici takes them in. */
export function linesOf(headers: DispatchHeaders | Incoming | undefined): FieldLines {
  if (headers == null) return []
  if (isFlat(headers)) return headers
  const entries = Symbol.iterator in headers ? [...headers] : Object.entries(headers)
  return entries.flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((line) => [name, `${line}`]),
  )
}

function isFlat(headers: object): headers is string[] {
  return Array.isArray(headers) && headers.every((each) => typeof each === 'string')
}

/** The path with the query that undici would add to it. */
export function pathOf({ path, query }: DispatchOptions): string {
  if (query == null) return path
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((each) => `${encoded(name)}=${encoded(each)}`),
  )
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

function encoded(value: unknown): string {
  return value == null ? '' : encodeURIComponent(String(value))
}
