import { fieldsByName } from '../engine/fields.ts'
import type { FieldLines } from '../message.ts'

export type FieldValues = Readonly<Record<string, string | string[]>>

/** Answers are given again and again, and so are their lines. */
const known = new WeakMap<FieldLines, FieldValues>()

/** As `fieldsByName`; what is answered is everybody's. */
export function fieldValues(lines: FieldLines): FieldValues {
  const before = known.get(lines)
  if (before !== undefined) return before
  const values = fieldsByName(lines)
  known.set(lines, values)
  return values
}

/** Whether each field has one line, as all but cookies mostly do. */
export function isSingle(values: FieldValues): values is Record<string, string> {
  for (const name in values) if (typeof values[name] !== 'string') return false
  return true
}
