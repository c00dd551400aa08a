import { isNaming, isSign, isWord, nameAt, type TableReference } from './table-references.ts'
import type { Token } from './tokens.ts'

/** A value in a statement, or the parameter that brings it. */
export type Operand =
  | { readonly parameter: number /** A list of values. */; readonly spread: boolean }
  | { readonly literal: unknown }

/** Only rows with one of the values in the column count, or change. */
export interface Condition {
  readonly table: string
  readonly column: string
  readonly values: readonly Operand[]
}

const ends: ReadonlySet<string> = new Set(
  'group having order limit offset fetch for window returning on'.split(' '),
)
/** What binds looser than `and`. */
const loose: ReadonlySet<string> = new Set(['or', 'xor'])

/**
 * The equalities that every row of a table must meet to count in a statement: those that its
 * outermost `where` joins by `and`. None of a table that is named twice: they hold for one of both.
 */
export function conditionsOf(
  tokens: readonly Token[],
  references: readonly TableReference[],
): Condition[] {
  const outer = atDepth(tokens, 0)
  const from = outer.find((at) => isWord(tokens[at], 'where'))
  if (from === undefined) return []
  // What ends it elsewhere may be the name of a column here, and an `or` behind it counts.
  if (outer.some((at) => at > from && loose.has(wordAt(tokens, at)))) return []
  const end = outer.find((at) => at > from && ends.has(wordAt(tokens, at))) ?? tokens.length
  return conjuncts(tokens.slice(from + 1, end)).flatMap((part) => {
    const equality = equalityOf(part)
    const table = equality && tableOf(equality.name, references)
    if (equality === undefined || table === undefined) return []
    const column = equality.name.at(-1) as string
    return [{ table, column, values: equality.values }]
  })
}

function tableOf(
  name: readonly string[],
  references: readonly TableReference[],
): string | undefined {
  const [qualifier] = name.slice(-2, -1)
  const meant =
    qualifier === undefined
      ? references
      : references.filter(({ alias, depth }) => depth === 0 && alias === qualifier)
  const [reference, another] = meant
  if (reference === undefined || another !== undefined || reference.depth > 0) return undefined
  const isAlone = references.filter(({ table }) => table === reference.table).length === 1
  return isAlone ? reference.table : undefined
}

/** What all must be true. Where that cannot be said, nothing. */
function conjuncts(tokens: readonly Token[]): (readonly Token[])[] {
  const bare = withoutParentheses(tokens)
  const outer = atDepth(bare, 0)
  // `||` is an `or` in MySQL.
  if (outer.some((at) => loose.has(wordAt(bare, at)) || isSign(bare[at], '|'))) return []
  // Its parts may have an `and` of their own.
  if (outer.some((at) => isWord(bare[at], 'case'))) return []
  const parts: (readonly Token[])[] = []
  let begin = 0
  let isBetween = false
  for (const at of outer) {
    if (isWord(bare[at], 'between')) isBetween = true
    if (!isWord(bare[at], 'and')) continue
    if (!isBetween) {
      parts.push(bare.slice(begin, at))
      begin = at + 1
    }
    isBetween = false
  }
  parts.push(bare.slice(begin))
  return parts.flatMap((part) =>
    isSign(part[0], '(') && parts.length > 1 ? conjuncts(part) : [part],
  )
}

function equalityOf(
  part: readonly Token[],
): { readonly name: readonly string[]; readonly values: readonly Operand[] } | undefined {
  if (!isNaming(part[0]) || isTruth(part[0])) {
    const value = operandOf(part.slice(0, 1))
    const { parts, end } = nameAt(part, 2)
    const isWhole = end === part.length && parts.length > 0
    return value && isSign(part[1], '=') && isWhole ? { name: parts, values: [value] } : undefined
  }
  const { parts: name, end } = nameAt(part, 0)
  const rest = part.slice(end)
  if (isWord(rest[0], 'in')) {
    const values = listOf(rest.slice(1))
    return values && { name, values }
  }
  if (!isSign(rest[0], '=')) return undefined
  if (isWord(rest[1], 'any')) {
    const [value, another] = listOf(rest.slice(2)) ?? []
    if (value === undefined || another !== undefined || !('parameter' in value)) return undefined
    return { name, values: [{ ...value, spread: true }] }
  }
  const value = operandOf(rest.slice(1))
  return value && { name, values: [value] }
}

/** The values in parentheses; undefined where one of them is no plain value. */
function listOf(tokens: readonly Token[]): Operand[] | undefined {
  if (!isSign(tokens[0], '(') || !isSign(tokens.at(-1), ')')) return undefined
  const values = split(tokens.slice(1, -1)).map(operandOf)
  return values.every((value) => value !== undefined) ? values : undefined
}

/** A value that stands alone. */
export function operandOf(tokens: readonly Token[]): Operand | undefined {
  const [token, another] = tokens
  if (token === undefined || another !== undefined) return undefined
  if (token.kind === 'parameter') {
    return token.parameter < 0 ? undefined : { parameter: token.parameter, spread: false }
  }
  // A backslash stands for itself, or not.
  if (token.kind === 'text' && token.text.includes('\\')) return undefined
  if (token.kind === 'text' || token.kind === 'number') return { literal: token.text }
  if (isWord(token, 'null')) return { literal: null }
  return isTruth(token) ? { literal: token.text } : undefined
}

/** The parts between commas that are in no parentheses. */
export function split(tokens: readonly Token[]): (readonly Token[])[] {
  const parts: (readonly Token[])[] = []
  let begin = 0
  for (const at of atDepth(tokens, 0)) {
    if (!isSign(tokens[at], ',')) continue
    parts.push(tokens.slice(begin, at))
    begin = at + 1
  }
  parts.push(tokens.slice(begin))
  return parts
}

/** Where the tokens are that stand in so many parentheses, these not counted. */
export function atDepth(tokens: readonly Token[], wanted: number): number[] {
  const found: number[] = []
  let depth = 0
  tokens.forEach((token, at) => {
    if (isSign(token, ')')) depth--
    if (depth === wanted && !isSign(token, ')')) found.push(at)
    if (isSign(token, '(')) depth++
  })
  return found
}

function withoutParentheses(tokens: readonly Token[]): readonly Token[] {
  // Nothing but the first stands outside where they hold all the rest.
  const isWrapped = isSign(tokens[0], '(') && atDepth(tokens, 0).length === 1
  return isWrapped && isSign(tokens.at(-1), ')') ? withoutParentheses(tokens.slice(1, -1)) : tokens
}

/** The word at a place; an empty text where something else is. */
export function wordAt(tokens: readonly Token[], at: number): string {
  const token = tokens[at]
  return token?.kind === 'word' ? token.text : ''
}

function isTruth(token: Token | undefined): boolean {
  return isWord(token, 'true') || isWord(token, 'false')
}
