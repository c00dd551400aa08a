import { listMembers } from './fields.ts'

/** RFC 9110 §8.8.3.2, where weakness does not matter. */
export function isWeaklySame(a: string, b: string): boolean {
  return opaque(a) === opaque(b)
}

/** RFC 9110 §8.8.3.2, where both must be strong. */
export function isStronglySame(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a === b && isStrong(a)
}

export function isStrong(tag: string): boolean {
  return !tag.startsWith('W/')
}

/** Whether `If-None-Match` holds the tag, or `*` (RFC 9110 §13.1.2). */
export function listsTag(field: string, tag: string | undefined): boolean {
  if (field === tag || field === '*') return true
  return tag !== undefined && listMembers(field).some((each) => isWeaklySame(each, tag))
}

function opaque(tag: string): string {
  return isStrong(tag) ? tag : tag.slice('W/'.length)
}
