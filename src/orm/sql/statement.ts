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
  /** It may answer otherwise, or others otherwise, although no table has changed. */
  readonly isVolatile: boolean
  /** It may answer rows, such as a count or those of a `union`, although no row meets the conditions. */
  readonly mayAnswerAnyway: boolean
}

/** What answers by itself, or as the session has it, with or without parentheses. */
const volatileWords: ReadonlySet<string> = new Set(
  `current_catalog current_date current_role current_schema current_time current_timestamp current_user localtime
  localtimestamp session_user sysdate system_user tablesample user utc_date utc_time utc_timestamp`.split(
    /\s+/,
  ),
)
const volatileFunctions: ReadonlySet<string> = new Set([
  ...volatileWords,
  ...`age changes clock_timestamp connection_id curdate current_database current_query current_schemas current_setting
  currval curtime database date datetime found_rows gen_random_bytes gen_random_uuid get_lock getdate
  has_any_column_privilege has_column_privilege has_schema_privilege has_table_privilege inet_client_addr
  inet_client_port is_free_lock is_used_lock julianday last_insert_id last_insert_rowid lastval newid nextval now
  pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_xact_lock pg_advisory_xact_lock_shared
  pg_backend_pid pg_current_snapshot pg_current_xact_id pg_has_role pg_my_temp_schema pg_notify pg_sleep
  pg_sleep_for pg_sleep_until pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
  pg_try_advisory_xact_lock_shared rand random random_normal randomblob release_all_locks release_lock row_count
  row_security_active schema set_config setval sleep statement_timestamp strftime time timediff timeofday
  total_changes transaction_timestamp txid_current txid_current_snapshot unix_timestamp unixepoch uuid
  uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuid_short uuidv4 uuidv7`.split(/\s+/),
])
/** PostgreSQL reads them as a date. */
const volatileTexts: ReadonlySet<string> = new Set(['now', 'today', 'tomorrow', 'yesterday'])
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
  // A variable of the session.
  if (kind === 'parameter') return text.startsWith('@')
  if (kind === 'text') return volatileTexts.has(text.toLowerCase())
  if (kind !== 'word' && kind !== 'name') return false
  if (isSign(tokens[at + 1], '(')) return volatileFunctions.has(text)
  // MariaDB's sequences.
  if (isWord(tokens[at + 1], 'value')) return text === 'next' || text === 'previous'
  return kind === 'word' && volatileWords.has(text) && !isSign(tokens[at - 1], '.')
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
