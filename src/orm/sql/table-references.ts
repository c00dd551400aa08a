import type { Token } from './tokens.ts'

/** A place where a statement names a table. */
export interface TableReference {
  readonly table: string
  /** What its columns may be qualified with. */
  readonly alias: string
  /** In how many parentheses it stands. */
  readonly depth: number
  /** Where its name begins. */
  readonly at: number
}

/** What cannot be an alias, as it goes on after a table. */
const goesOn: ReadonlySet<string> = new Set(
  `as cross default except fetch for force from full group having ignore indexed inner intersect into join lateral left
  limit natural not offset on order outer partition returning right select set straight_join tablesample union use using
  values when where window`.split(/\s+/),
)
const opensList: ReadonlySet<string> = new Set([
  'from',
  'into',
  'join',
  'straight_join',
  'table',
  'update',
])
const closesList: ReadonlySet<string> = new Set(
  `except fetch for group having intersect limit offset order returning select set union values where window`.split(
    ' ',
  ),
)
/** May stand before the name of a table, and be one. */
const modifiers: ReadonlySet<string> = new Set(['ignore', 'lateral', 'low_priority', 'only'])

const longestName = 128

interface Frame {
  /** Between `from` and what ends its list. */
  inList: boolean
  /** The next name is one of a table. */
  expects: boolean
}

/**
 * Every place where a table is named, those in parts of other statements included. It may answer
 * more than there are (a name that the statement itself defines, `extract(year from born)`), not less.
 */
export function tableReferences(tokens: readonly Token[]): TableReference[] {
  const found: TableReference[] = []
  const frames: Frame[] = [{ inList: false, expects: false }]
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token
    const frame = frames.at(-1) as Frame
    if (isSign(token, '(')) {
      // In a list it holds a join, or a statement, whose verb ends what is expected here.
      frames.push({ inList: frame.expects, expects: frame.expects })
      frame.expects = false
    } else if (isSign(token, ')')) {
      if (frames.length > 1) frames.pop()
    } else if (isSign(token, ',')) {
      frame.expects = frame.inList
    } else if (opensList.has(token.text) && token.kind === 'word') {
      if (isWord(tokens[at - 1], 'distinct')) continue
      frame.inList = true
      frame.expects = true
    } else if (isWord(token, 'using')) {
      frame.expects = !isSign(tokens[at + 1], '(')
    } else if (token.kind === 'word' && closesList.has(token.text)) {
      frame.inList = false
      frame.expects = false
    } else if (frame.expects && isWord(token, 'or')) {
      // What SQLite's `update or replace` does with a conflict.
      at++
    } else if (frame.expects && isSign(token, '{')) {
      // The `oj` of ODBC.
      at++
    } else if (frame.expects && isTableName(token) && !isModifier(tokens, at)) {
      const name = nameAt(tokens, at, isTableName)
      frame.expects = false
      if (!isSign(tokens[name.end], '(') || isWord(tokens[at - 1], 'into')) {
        const alias = aliasAt(tokens, name.end) ?? (name.parts.at(-1) as string)
        const table = name.parts.slice(-2).join('.')
        found.push({ table, alias, depth: frames.length - 1, at })
      }
      at = name.end - 1
    }
  }
  return found
}

function isModifier(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1]
  if (!modifiers.has(tokens[at]?.text ?? '')) return false
  if (!isTableName(next)) return isSign(next, '(')
  // MySQL has `low_priority ignore`.
  if (isWord(tokens[at], 'low_priority') && isWord(next, 'ignore')) return true
  return next.kind !== 'word' || !goesOn.has(next.text)
}

/** The parts of a name such as `auth.users.id`, and where it ends. */
export function nameAt(
  tokens: readonly Token[],
  from: number,
  isPart: typeof isNaming = isNaming,
): { readonly parts: readonly string[]; readonly end: number } {
  const parts: string[] = []
  let at = from
  for (; isPart(tokens[at]); at += 2) {
    parts.push((tokens[at] as Token).text.toLowerCase())
    if (!isSign(tokens[at + 1], '.')) return { parts, end: at + 1 }
  }
  return { parts, end: at }
}

function aliasAt(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at]
  if (isWord(token, 'as')) return tokens[at + 1]?.text
  const isAlias = isNaming(token) && (token.kind === 'name' || !goesOn.has(token.text))
  return isAlias ? token.text : undefined
}

export function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text
}

export function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === 'sign' && token.text === text
}

export function isNaming(token: Token | undefined): token is Token {
  return token?.kind === 'word' || token?.kind === 'name'
}

/** In SQLite a text where a table has to stand is its name; one so long is none. */
export function isTableName(token: Token | undefined): token is Token {
  return (token?.kind === 'text' && token.text.length <= longestName) || isNaming(token)
}
