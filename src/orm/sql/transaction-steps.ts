import { type Operand, operandOf } from './conditions.ts'
import { isNaming, isSign, isWord } from './table-references.ts'
import type { Token } from './tokens.ts'

/** A transaction begins or ends, or a part of it does that has a name. */
export type TransactionStep =
  | { readonly kind: 'begin' | 'commit' | 'rollback' }
  | { readonly kind: 'savepoint' | 'rollback to' | 'release'; readonly name: string }

/** From now on a transaction is always open, or none is: as MySQL has it. */
export interface Autocommit {
  readonly kind: 'autocommit'
  readonly value: Operand
}

/** What goes on in a routine, after an `end`. */
const inRoutine: ReadonlySet<string> = new Set(['case', 'for', 'if', 'loop', 'repeat', 'while'])

/** What a statement does to the transaction of its connection, in order. */
export function transactionSteps(
  tokens: readonly Token[],
): readonly (TransactionStep | Autocommit)[] {
  const words = tokens.map(({ kind, text }) => (kind === 'sign' ? '' : text))
  const [verb, second = ''] = words
  const name = words.at(-1) ?? ''
  // `and chain` has another transaction begin.
  const chained = words.includes('chain') && !words.includes('no')
  const ended = (kind: 'commit' | 'rollback'): TransactionStep[] =>
    chained ? [{ kind }, { kind: 'begin' }] : [{ kind }]
  switch (verb) {
    case 'begin':
      return [{ kind: 'begin' }]
    case 'start':
      return second === 'transaction' ? [{ kind: 'begin' }] : []
    case 'commit':
      return ended('commit')
    case 'end':
      return inRoutine.has(second) ? [] : ended('commit')
    case 'savepoint':
    case 'save':
      return [{ kind: 'savepoint', name }]
    case 'release':
      return [{ kind: 'release', name }]
    case 'rollback':
    case 'abort':
      return words.includes('to') ? [{ kind: 'rollback to', name }] : ended('rollback')
    case 'prepare':
      // It is over for this connection, and nobody can tell when another commits it.
      return second === 'transaction' ? [{ kind: 'commit' }] : []
    case 'xa':
      if (second === 'start' || second === 'begin') return [{ kind: 'begin' }]
      return second === 'commit' || second === 'rollback' ? [{ kind: second }] : []
    case 'set':
      return autocommit(tokens)
    default:
      return []
  }
}

/** Of `set autocommit = 0`, `set @@session.autocommit := off` and their kin. */
function autocommit(tokens: readonly Token[]): Autocommit[] {
  const at = tokens.findIndex((token, place) => {
    // One `@` alone makes a variable of it.
    const isSetting = token.text.toLowerCase() === '@autocommit' && isSign(tokens[place - 1], '@')
    return isSetting || (isNaming(token) && token.text === 'autocommit')
  })
  const before = tokens[at - 1]
  if (at < 0 || isWord(before, 'global') || tokens[at - 2]?.text.toLowerCase() === '@global')
    return []
  const token = tokens[at + (isSign(tokens[at + 1], ':') ? 3 : 2)]
  if (token === undefined) return []
  return [{ kind: 'autocommit', value: operandOf([token]) ?? { literal: token.text } }]
}
