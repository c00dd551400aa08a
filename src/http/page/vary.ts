import { expectString } from '../../kernel/expect.ts'
import { listMembers } from '../engine/fields.ts'
import type { HeadPatch } from './head-patches.ts'

/** Adds names to what a response varies on; `*` says all there is to say (RFC 9110 §12.5.5). */
export function varyOn(names: readonly string[]): HeadPatch {
  const added = names.map((name) => expectString('name', name)).join(', ')
  return (head) => head.set('Vary', unionOf(head.get('vary'), added))
}

/** What two `Vary` say together, each name once. */
export function unionOf(before: string | undefined, added: string): string {
  const members = [...listMembers(before), ...listMembers(added)]
  if (members.includes('*')) return '*'
  const byName = new Map<string, string>()
  for (const member of members) {
    const name = member.toLowerCase()
    if (!byName.has(name)) byName.set(name, member)
  }
  return [...byName.values()].join(', ')
}
