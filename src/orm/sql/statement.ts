import { atDepth, type Condition, conditionsOf } from './conditions.ts'
import {
  isNaming,
  isSign,
  isWord,
  nameAt,
  type TableReference,
  tableReferences,
} from './table-references.ts'
import { type Token, tokensOf } from './tokens.ts'
import { anyRows, type Write, writesOf } from './writes.ts'

/** What a statement does, as far as its text says. */
export type Statement =
  | Read
  | {
      readonly kind: 'write'
      readonly writes: readonly Write[]
      /** Tables themselves are changed, which some databases do outside of transactions. */
      readonly defines: boolean
    }
  | TransactionStep
  /** Neither answers rows of tables nor changes any, or nobody can say: `call`, `do`, `execute`. */
  | { readonly kind: 'other' }

/** A transaction begins or ends, or a part of it does that has a name. */
export type TransactionStep =
  | { readonly kind: 'begin' | 'commit' | 'rollback' }
  | { readonly kind: 'savepoint' | 'rollback to' | 'release'; readonly name: string }

export interface Read {
  readonly kind: 'read'
  readonly tables: readonly string[]
  readonly conditions: readonly Condition[]
  /** Why it must be asked of the database each time. */
  readonly uncacheable: 'it locks rows' | 'its text is ambiguous' | undefined
  /** It may answer otherwise although no table has changed. */
  readonly isVolatile: boolean
  /** It may answer rows, such as a count or those of a `union`, although no row meets the conditions. */
  readonly mayAnswerAnyway: boolean
}

const volatileFunctions: ReadonlySet<string> = new Set(
  `changes clock_timestamp curdate current_timestamp currval curtime gen_random_uuid get_lock getdate last_insert_id
  last_insert_rowid lastval localtimestamp nextval now pg_notify pg_sleep pg_try_advisory_lock pg_advisory_lock
  pg_advisory_xact_lock pg_try_advisory_xact_lock rand random randomblob release_lock setval sleep
  statement_timestamp sysdate timeofday total_changes transaction_timestamp txid_current unixepoch
  utc_timestamp uuid uuid_generate_v4 uuidv4 uuidv7 julianday date time datetime strftime`.split(
    /\s+/,
  ),
)
const volatileWords: ReadonlySet<string> = new Set(
  'current_date current_time current_timestamp current_user localtime localtimestamp session_user user'.split(
    ' ',
  ),
)
const readingVerbs: ReadonlySet<string> = new Set(['select', 'with', 'values', 'table', '('])
/** What answers rows of another statement, or one of no rows. */
const answersAnyway: ReadonlySet<string> = new Set([
  'union',
  'except',
  'intersect',
  'minus',
  'having',
])
/** Words with a parenthesis behind them that call nothing. */
const beforeParenthesis: ReadonlySet<string> = new Set(
  'and by exists from in join not on or using where'.split(' '),
)
/** Whatever they name has changed. */
const definingVerbs: ReadonlySet<string> = new Set(
  'alter copy create drop import load refresh rename truncate'.split(' '),
)
const cached = new Map<string, readonly Statement[]>()
const mostCached = 1000

/**
 * What the statements of a text do. It may name more tables than they read or write, not less: of
 * what a text does not say (functions that write, views, what cascades) it knows nothing.
 */
export function readStatements(sql: string): readonly Statement[] {
  const known = cached.get(sql)
  if (known) return known
  const statements = statementsOf(sql)
  if (cached.size >= mostCached) cached.clear()
  cached.set(sql, statements)
  return statements
}

function statementsOf(sql: string): readonly Statement[] {
  const { tokens, doubtful } = tokensOf(sql, false)
  if (!sql.includes('\\')) return withDoubt(partsOf(tokens), doubtful)
  // Whether a backslash hides a quote depends on the database: both are heeded.
  const other = tokensOf(sql, true)
  const isSame = JSON.stringify(tokens) === JSON.stringify(other.tokens)
  if (isSame) return withDoubt(partsOf(tokens), doubtful)
  return withDoubt([...partsOf(tokens), ...partsOf(other.tokens)], true)
}

function withDoubt(statements: readonly Statement[], doubtful: boolean): readonly Statement[] {
  if (!doubtful) return statements
  return statements.map((statement) =>
    statement.kind === 'read' ? { ...statement, uncacheable: 'its text is ambiguous' } : statement,
  )
}

function partsOf(tokens: readonly Token[]): Statement[] {
  // What a function or a trigger consists of is not run yet.
  if (isWord(tokens[0], 'create')) return [statementOf(tokens)]
  const ends = atDepth(tokens, 0).filter((at) => isSign(tokens[at], ';'))
  return [...ends, tokens.length]
    .map((end, index) => tokens.slice(index === 0 ? 0 : (ends[index - 1] as number) + 1, end))
    .filter((part) => part.length > 0)
    .map(statementOf)
}

function statementOf(tokens: readonly Token[]): Statement {
  const verb = tokens[0]?.text ?? ''
  const step = transactionStep(tokens)
  if (step) return step
  // MySQL does without an `into`.
  const isShort =
    ['insert', 'replace'].includes(verb) && !tokens.some((token) => isWord(token, 'into'))
  if (definingVerbs.has(verb) || isShort)
    return { kind: 'write', writes: namedIn(tokens).map(anyRows), defines: !isShort }
  const references = tableReferences(tokens)
  const writes = writesOf(tokens, references)
  if (writes.length > 0) return { kind: 'write', writes, defines: false }
  return readingVerbs.has(verb) ? readOf(tokens, references) : { kind: 'other' }
}

function readOf(tokens: readonly Token[], references: readonly TableReference[]): Read {
  const tables = references.map(({ table }) => table)
  if (isWord(tokens[0], 'table')) tables.push(nameAt(tokens, 1).parts.slice(-2).join('.'))
  return {
    kind: 'read',
    tables: [...new Set(tables)],
    conditions: conditionsOf(tokens, references),
    uncacheable: tokens.some(locksAt) ? 'it locks rows' : undefined,
    isVolatile: tokens.some(isVolatileAt),
    mayAnswerAnyway: atDepth(tokens, 0).some(
      (at) => isCallAt(tokens, at) || answersAnyway.has(tokens[at]?.text ?? ''),
    ),
  }
}

/** `for update`, `for share` and their kin; what a `select … into` makes is no answer either. */
function locksAt(token: Token, at: number, tokens: readonly Token[]): boolean {
  const next = tokens[at + 1]
  if (isWord(token, 'into')) return true
  if (isWord(token, 'lock')) return isWord(next, 'in')
  return isWord(token, 'for') && ['update', 'share', 'no', 'key'].some((word) => isWord(next, word))
}

function isVolatileAt({ kind, text }: Token, at: number, tokens: readonly Token[]): boolean {
  if (kind !== 'word') return false
  if (isSign(tokens[at - 1], '.')) return false
  return isSign(tokens[at + 1], '(') ? volatileFunctions.has(text) : volatileWords.has(text)
}

function isCallAt(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]
  const isName = isNaming(token) && (token.kind === 'name' || !beforeParenthesis.has(token.text))
  return isName && isSign(tokens[at + 1], '(')
}

function transactionStep(tokens: readonly Token[]): Statement | undefined {
  const words = tokens.map(({ kind, text }) => (kind === 'sign' ? '' : text))
  const [verb, second] = words
  const name = words.at(-1) ?? ''
  switch (verb) {
    case 'begin':
      return { kind: 'begin' }
    case 'start':
      return second === 'transaction' ? { kind: 'begin' } : undefined
    case 'commit':
    case 'end':
      return { kind: 'commit' }
    case 'savepoint':
      return { kind: 'savepoint', name }
    case 'save':
      return { kind: 'savepoint', name }
    case 'release':
      return { kind: 'release', name }
    case 'rollback':
    case 'abort':
      return words.includes('to') ? { kind: 'rollback to', name } : { kind: 'rollback' }
    default:
      return undefined
  }
}

function namedIn(tokens: readonly Token[]): string[] {
  const tables = new Set<string>()
  for (let at = 1; at < tokens.length; at++) {
    const { parts, end } = nameAt(tokens, at)
    if (parts.length === 0) continue
    tables.add(parts.slice(-2).join('.'))
    at = end - 1
  }
  return [...tables]
}
