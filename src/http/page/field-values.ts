import type { FieldLines } from '../message.ts'

/** Each field once, by its name in lower case: lines of one name in a list. */
export type FieldValues = Readonly<Record<string, string | string[]>>

/** Answers are given again and again, and so are their lines. */
const known = new WeakMap<FieldLines, FieldValues>()

export function fieldValues(lines: FieldLines): FieldValues {
  const before = known.get(lines)
  if (before !== undefined) return before
  const values: Record<string, string | string[]> = {}
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] as string).toLowerCase()
    const line = lines[i + 1] as string
    const said = values[name]
    values[name] = said === undefined ? line : [said, line].flat()
  }
  known.set(lines, values)
  return values
}

/** Whether each field has one line, as all but cookies mostly do. */
export function isSingle(values: FieldValues): values is Record<string, string> {
  for (const name in values) if (typeof values[name] !== 'string') return false
  return true
}
