import { atDepth, type Condition, conditionsOf } from './conditions.ts'
import { isBlock, partsOf } from './parts.ts'
import {
  isNaming,
  isSign,
  isTableName,
  isWord,
  nameAt,
  type TableReference,
  tableReferences,
} from './table-references.ts'
import { isReadOtherwise, type Token, tokensOf } from './tokens.ts'
import { type Autocommit, type TransactionStep, transactionSteps } from './transaction-steps.ts'
import { anyRows, type Write, writesOf } from './writes.ts'

/** What a statement does, as far as its text says. */
export type Statement =
  | Read
  | {
      readonly kind: 'write'
      readonly writes: readonly Write[]
      /** Some databases do it outside of transactions, and commit what came before. */
      readonly mayCommit: boolean
    }
  | TransactionStep
  | Autocommit
  /** Neither answers rows of tables nor changes any, or nobody can say: `call`, `do`, `execute`. */
  | { readonly kind: 'other' }

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
/** Before these MySQL commits. */
const committingVerbs: ReadonlySet<string> = new Set(
  'analyze cache check flush grant install lock optimize repair reset revoke uninstall unlock'.split(
    ' ',
  ),
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
  const { tokens, doubtful } = tokensOf(sql, 'standard')
  if (!isReadOtherwise(sql, tokens)) return withDoubt(statementsIn(tokens), doubtful)
  // What it means depends on the database: both are heeded.
  const other = tokensOf(sql, 'mysql')
  const isSame = JSON.stringify(tokens) === JSON.stringify(other.tokens)
  if (isSame) return withDoubt(statementsIn(tokens), doubtful || other.doubtful)
  return withDoubt([...statementsIn(tokens), ...statementsIn(other.tokens)], true)
}

function withDoubt(statements: readonly Statement[], doubtful: boolean): readonly Statement[] {
  if (!doubtful) return statements
  return statements.map((statement) => {
    if (statement.kind === 'read') return { ...statement, uncacheable: 'its text is ambiguous' }
    if (statement.kind !== 'write') return statement
    return { ...statement, writes: statement.writes.map(({ table }) => anyRows(table)) }
  })
}

function statementsIn(tokens: readonly Token[]): Statement[] {
  return partsOf(tokens).flatMap<Statement>((part) => {
    const steps = isBlock(part, 0) ? [] : transactionSteps(part)
    return steps.length > 0 ? steps : [statementOf(part)]
  })
}

function statementOf(tokens: readonly Token[]): Statement {
  const verb = tokens[0]?.text ?? ''
  // MariaDB's settings for one statement.
  const settled = isWord(tokens[1], 'statement') && verb === 'set'
  if (settled)
    return statementOf(tokens.slice(tokens.findIndex((token) => isWord(token, 'for')) + 1))
  // MySQL does without an `into`.
  const isShort =
    ['insert', 'replace'].includes(verb) && !tokens.some((token) => isWord(token, 'into'))
  if (isShort) {
    return { kind: 'write', writes: namedIn(tokens, isNaming).map(anyRows), mayCommit: false }
  }
  if (definingVerbs.has(verb) || isBlock(tokens, 0)) {
    return { kind: 'write', writes: namedIn(tokens, isTableName).map(anyRows), mayCommit: true }
  }
  const references = tableReferences(tokens)
  const writes = writesOf(tokens, references)
  const mayCommit = committingVerbs.has(verb)
  if (writes.length > 0 || mayCommit) return { kind: 'write', writes, mayCommit }
  return readingVerbs.has(verb) ? readOf(tokens, references) : { kind: 'other' }
}

function readOf(tokens: readonly Token[], references: readonly TableReference[]): Read {
  const tables = references.map(({ table }) => table)
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

function namedIn(tokens: readonly Token[], isPart: typeof isNaming): string[] {
  const tables = new Set<string>()
  for (let at = 1; at < tokens.length; at++) {
    const { parts, end } = nameAt(tokens, at, isPart)
    if (parts.length === 0) continue
    tables.add(parts.slice(-2).join('.'))
    at = end - 1
  }
  return [...tables]
}
