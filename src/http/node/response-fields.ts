import type { ServerResponse } from 'node:http'
import type { FieldLines } from '../message.ts'
import { fieldValues } from '../page/field-values.ts'
import type { PatchableHead } from '../page/head-patches.ts'

/** The names as they were written, which `getHeaderNames` does not tell. */
type Named = ServerResponse & { getRawHeaderNames(): string[] }

/** The fields that a response has so far. */
export function fieldsOf(response: ServerResponse): FieldLines {
  const lines: string[] = []
  for (const name of (response as Named).getRawHeaderNames()) {
    const value = response.getHeader(name)
    if (Array.isArray(value)) for (const each of value) lines.push(name, each)
    else lines.push(name, `${value}`)
  }
  return lines
}

/** Makes these the fields of a response, one by one, as whoever watches it expects. */
export function replaceFields(response: ServerResponse, fields: FieldLines): void {
  const values = fieldValues(fields)
  for (const name of response.getHeaderNames()) {
    if (!(name in values)) response.removeHeader(name)
  }
  for (const name in values) response.setHeader(name, values[name] as string | string[])
}

/** Names and values of what `writeHead` takes: a list of them, a list of pairs, or an object. */
function pairsOf(headers: unknown): (readonly [string, string | string[]])[] {
  if (typeof headers !== 'object' || headers === null) return []
  if (!Array.isArray(headers)) {
    const entries = Object.entries(headers as Record<string, string | string[] | undefined>)
    return entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  }
  if (Array.isArray(headers[0])) return headers
  return headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]] as const] : []))
}

/** Sets what `writeHead` was given; of a list every line counts. */
export function addFields(response: ServerResponse, headers: unknown): void {
  const pairs = pairsOf(headers)
  if (!Array.isArray(headers)) for (const [name, value] of pairs) response.setHeader(name, value)
  else {
    for (const [name] of pairs) response.removeHeader(name)
    for (const [name, value] of pairs) response.appendHeader(name, value)
  }
}

export function patchableResponse(response: ServerResponse): PatchableHead {
  return {
    status: response.statusCode,
    get(name) {
      const value = response.getHeader(name)
      return value === undefined ? undefined : [value].flat().join(', ')
    },
    set: (name, value) => response.setHeader(name, value),
  }
}
