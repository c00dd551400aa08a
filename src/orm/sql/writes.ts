import { atDepth, conditionsOf, type Operand, operandOf, split, wordAt } from './conditions.ts'
import {
  isNaming,
  isSign,
  isTableName,
  isWord,
  nameAt,
  type TableReference,
} from './table-references.ts'
import type { Token } from './tokens.ts'

/** Rows of a table that a statement changes. */
export interface Write {
  readonly table: string
  /**
   * By column, what changed rows had or have; undefined of a column of which the text does not tell.
   * Nothing by any column where rows may have changed that the text says nothing of.
   */
  readonly values: ReadonlyMap<string, readonly Operand[] | undefined>
  /** All rows are new: columns without a value here have one that the database chose. */
  readonly inserts: boolean
}

const endsSet: ReadonlySet<string> = new Set(['from', 'where', 'order', 'limit', 'returning'])
const endsDelete: ReadonlySet<string> = new Set(['using', 'where', 'order', 'limit', 'returning'])
const changesNoOther: ReadonlySet<string> = new Set(['abort', 'fail', 'ignore', 'rollback'])

const rowIds: ReadonlySet<string> = new Set(['_rowid_', 'oid', 'rowid'])

/** Rows of the table about which nothing is known. */
export function anyRows(table: string): Write {
  return { table, values: new Map(), inserts: false }
}

/** What a statement writes to: rows of one table where it is a plain one, else any rows of several. */
export function writesOf(tokens: readonly Token[], references: readonly TableReference[]): Write[] {
  const targets = targetsOf(tokens)
  const plain = targets.length === 1 ? plainWrite(tokens, references) : undefined
  if (plain) return [plain]
  return [...new Set(writtenTo(tokens, references, targets))].map(anyRows)
}

/** Where the words are after which tables stand that are written to. */
function targetsOf(tokens: readonly Token[]): number[] {
  return [...tokens.keys()].filter((at) => {
    const { kind, text } = tokens[at] as Token
    if (kind !== 'word') return false
    const [before, next] = [tokens[at - 1], tokens[at + 1]]
    const isAfter = (...words: string[]) => words.some((word) => isWord(before, word))
    if (text === 'into') {
      const verbs = tokens.slice(Math.max(0, at - 4), at)
      return verbs.some((verb) => ['insert', 'replace', 'merge'].some((word) => isWord(verb, word)))
    }
    if (text === 'update') {
      // With `set` behind it, it is of a row that an insert or a merge has met.
      const isTarget =
        isTableName(next) && !isWord(next, 'set') && !isAfter('for', 'key', 'on', 'no')
      return at === 0 || isTarget
    }
    if (text !== 'delete' || isAfter('on')) return false
    if (at === 0 || isWord(next, 'from')) return true
    // MySQL has `delete t from users t`, behind common table expressions and in routines, too.
    const isFirst =
      isSign(before, ')') || isAfter('analyze', 'do', 'else', 'loop', 'repeat', 'then')
    return isFirst && isNaming(next) && !isWord(next, 'when')
  })
}

/** The tables that are, or may be, written to: several at once in MySQL. */
function writtenTo(
  tokens: readonly Token[],
  references: readonly TableReference[],
  targets: readonly number[],
): string[] {
  const isDelete = (at: number) => isWord(tokens[at], 'delete')
  if (targets.some((at) => isDelete(at) && !isOfOneTable(tokens, references, at))) {
    // They are named in more than one place, by their aliases too.
    return references.map(({ table }) => table)
  }
  let from = 0
  return targets.flatMap((at, index) => {
    while ((references[from]?.at ?? at) < at) from++
    // Of an update all before its `set`.
    const until = targets[index + 1] ?? tokens.length
    let end = at
    while (isWord(tokens[at], 'update') && end < until && !isWord(tokens[end], 'set')) end++
    let to = from + 1
    while ((references[to]?.at ?? end) < end) to++
    return references.slice(from, to).map(({ table }) => table)
  })
}

/** Whether nothing but an alias stands between the table of a `delete from` and what ends it. */
function isOfOneTable(
  tokens: readonly Token[],
  references: readonly TableReference[],
  at: number,
): boolean {
  const target = references.find((reference) => reference.at > at)
  if (!isWord(tokens[at + 1], 'from') || target === undefined) return false
  // Of `delete from u using users u` MySQL has it that the first is an alias.
  if (references.some((other) => other !== target && other.alias === target.table)) return false
  let { end } = nameAt(tokens, target.at)
  if (isWord(tokens[end], 'as')) end++
  if (isNaming(tokens[end]) && tokens[end]?.text === target.alias) end++
  const next = tokens[end]
  return (
    next === undefined || isSign(next, ')') || (next.kind === 'word' && endsDelete.has(next.text))
  )
}

function plainWrite(
  tokens: readonly Token[],
  references: readonly TableReference[],
): Write | undefined {
  const [target] = references
  if (target === undefined) return undefined
  const { table, at } = target
  const outer = atDepth(tokens, 0)
  const conditions = () => {
    const those = conditionsOf(tokens, references).filter((condition) => condition.table === table)
    // Any of two equalities for a column would do.
    return new Map(those.map(({ column, values }) => [column, values]))
  }
  const [first, second, third] = tokens
  if (isWord(first, 'insert')) {
    const replaces = isWord(second, 'or') && !changesNoOther.has(third?.text ?? '')
    return replaces ? undefined : inserted(tokens, table, at)
  }
  if (isWord(first, 'delete')) {
    const isPlain = isOfOneTable(tokens, references, 0)
    return isPlain ? { table, values: conditions(), inserts: false } : undefined
  }
  const set = outer.find((place) => isWord(tokens[place], 'set'))
  const isOne = references.filter((other) => set !== undefined && other.at < set).length === 1
  if (!isWord(first, 'update') || isWord(second, 'or') || set === undefined || !isOne)
    return undefined
  const end = outer.find((place) => place > set && endsSet.has(wordAt(tokens, place)))
  const values = updated(conditions(), tokens.slice(set + 1, end))
  return values && { table, values, inserts: false }
}

/** Undefined where it is not said which columns are set. */
function updated(
  before: ReadonlyMap<string, readonly Operand[]>,
  set: readonly Token[],
): Write['values'] | undefined {
  const values = new Map<string, readonly Operand[] | undefined>(before)
  for (const assignment of split(set)) {
    const { parts, end } = nameAt(assignment, 0)
    const column = parts.at(-1)
    if (column === undefined || !isSign(assignment[end], '=')) return undefined
    // In SQLite it is another name of an integer that is the primary key.
    if (rowIds.has(column)) return undefined
    const value = operandOf(assignment.slice(end + 1))
    const known = values.get(column)
    values.set(column, known && value && [...known, value])
  }
  return values
}

function inserted(tokens: readonly Token[], table: string, at: number): Write | undefined {
  const outer = atDepth(tokens, 0)
  const from = outer.find((place) => isWord(tokens[place], 'values'))
  const open = nameAt(tokens, at).end
  if (from === undefined || !isSign(tokens[open], '(')) return undefined
  const find = (word: string) =>
    outer.find((place) => place > from && isWord(tokens[place], word)) ?? tokens.length
  const conflict = find('on')
  const columns = split(inParentheses(tokens, open)).map(([token]) => token?.text ?? '')
  const rows = split(tokens.slice(from + 1, Math.min(conflict, find('returning')))).map((row) =>
    split(inParentheses(row, 0)),
  )
  if (rows.some((row) => row.length !== columns.length)) return undefined
  const values = new Map<string, readonly Operand[] | undefined>()
  columns.forEach((column, index) => {
    const cells = rows.map((row) => row[index] as readonly Token[])
    if (cells.every(([token]) => isWord(token, 'default'))) return
    const operands = cells.map(operandOf).filter((operand) => operand !== undefined)
    values.set(column, operands.length === cells.length ? operands : undefined)
  })
  const write = { table, values, inserts: true }
  return conflict === tokens.length ? write : onConflict(write, tokens.slice(conflict))
}

/** An insert that may update the row that is there: of that, only what it conflicts in is known. */
function onConflict(write: Write, tokens: readonly Token[]): Write | undefined {
  const words = atDepth(tokens, 0)
  if (words.some((at) => isWord(tokens[at], 'nothing'))) return write
  const set = words.find((at) => isWord(tokens[at], 'set'))
  if (!isWord(tokens[1], 'conflict') || !isSign(tokens[2], '(') || set === undefined)
    return undefined
  const target = split(inParentheses(tokens, 2)).map(([token]) => token?.text ?? '')
  const known = new Map(target.map((column) => [column, write.values.get(column) ?? []]))
  if (target.some((column) => write.values.get(column) === undefined)) return undefined
  const end = words.find((at) => at > set && endsSet.has(wordAt(tokens, at)))
  const values = updated(known, tokens.slice(set + 1, end))
  return values && { table: write.table, values, inserts: false }
}

/** What is between the parenthesis at a place and the one that closes it. */
function inParentheses(tokens: readonly Token[], open: number): readonly Token[] {
  if (!isSign(tokens[open], '(')) return []
  const inside = tokens.slice(open + 1)
  let depth = 0
  const end = inside.findIndex((token) => {
    if (isSign(token, '(')) depth++
    return isSign(token, ')') && depth-- === 0
  })
  return inside.slice(0, end < 0 ? inside.length : end)
}
