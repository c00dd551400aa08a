import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
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

/** Sets what `writeHead` was given: a flat list of names and values, or an object. */
export function addFields(response: ServerResponse, headers: unknown): void {
  if (Array.isArray(headers)) {
    for (let i = 0; i < headers.length; i += 2) response.removeHeader(headers[i])
    for (let i = 0; i < headers.length; i += 2) response.appendHeader(headers[i], headers[i + 1])
  } else if (typeof headers === 'object' && headers !== null) {
    for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
      if (value !== undefined) response.setHeader(name, value)
    }
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
