import { atDepth } from './conditions.ts'
import { isSign, isWord } from './table-references.ts'
import type { Token } from './tokens.ts'

const routines: ReadonlySet<string> = new Set('event function package procedure trigger'.split(' '))
/** What `end` stands before where it ends none of those that are counted. */
const notCounted: ReadonlySet<string> = new Set(['for', 'if', 'loop', 'repeat', 'while'])

/** The statements of a text; with those that a routine or a block consists of, one is one. */
export function partsOf(tokens: readonly Token[]): (readonly Token[])[] {
  const parts: (readonly Token[])[] = []
  let begin = 0
  let hasBody = false
  let open = 0
  for (const at of atDepth(tokens, 0)) {
    const { kind, text } = tokens[at] as Token
    if (isSign(tokens[at], ';') && open <= 0) {
      parts.push(tokens.slice(begin, at))
      begin = at + 1
      hasBody = false
      open = 0
    }
    if (kind !== 'word') continue
    hasBody ||= isBlock(tokens, begin) || (routines.has(text) && isDefinition(tokens[begin]))
    if (!hasBody) continue
    if ((text === 'begin' || text === 'case') && !isWord(tokens[at - 1], 'end')) open++
    if (text === 'end' && !notCounted.has(tokens[at + 1]?.text ?? '')) open--
  }
  parts.push(tokens.slice(begin))
  return parts.filter((part) => part.length > 0)
}

/** MariaDB's statements outside of a routine. */
export function isBlock(tokens: readonly Token[], from: number): boolean {
  return isWord(tokens[from], 'begin') && isWord(tokens[from + 1], 'not')
}

function isDefinition(token: Token | undefined): boolean {
  return isWord(token, 'create') || isWord(token, 'alter')
}
