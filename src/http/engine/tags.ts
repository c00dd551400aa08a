import type { FieldLines } from '../message.ts'
import { fieldLines, fieldValue, listMembers } from './fields.ts'
import { parseList } from './structured-field.ts'
import { originOf } from './url.ts'

const mostTags = 48
const longestTag = 400

/**
 * By what a response can be purged: `tag:x` for each of `Surrogate-Key`, `Cache-Tag` and `own`, and
 * its groups. `undefined` where they are too many to keep: it would then escape a purge.
 */
export function tagsOf(
  headers: FieldLines,
  url: string,
  own: readonly string[],
): readonly string[] | undefined {
  const keys = fieldLines(headers, 'surrogate-key').flatMap((line) => line.split(/[ \t]+/))
  const names = [...keys, ...listMembers(fieldValue(headers, 'cache-tag')), ...own]
  const tags = new Set(names.filter((name) => name !== '').map((name) => `tag:${name}`))
  for (const group of groupsIn(headers, 'cache-groups', url)) tags.add(group)
  const bounded = tags.size <= mostTags && [...tags].every((tag) => tag.length <= longestTag)
  return bounded ? [...tags] : undefined
}

/** `group:origin name` for each name in the field: groups are of one origin (RFC 9875 §2.1). */
export function groupsIn(headers: FieldLines, field: string, url: string): readonly string[] {
  const value = fieldValue(headers, field)
  if (value === undefined) return []
  const origin = originOf(url)
  if (origin === undefined) return []
  const names = (parseList(value) ?? []).filter((name) => typeof name === 'string')
  return names.map((name) => `group:${origin} ${name}`)
}
