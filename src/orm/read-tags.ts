import type { Operand } from './sql/conditions.ts'
import type { Read } from './sql/statement.ts'
import type { TableTags } from './table-tags.ts'

/** An entry has room for so many tags: with more values it depends on the whole table. */
const mostValues = 20

/**
 * What the answer of a statement depends on: of each table the rows with a value that it asks for,
 * or any. `empty` says that the answer has no rows, or is not known yet.
 */
export function readTags(
  tags: TableTags,
  read: Read,
  parameters: readonly unknown[],
  empty: boolean,
): string[] {
  return read.tables.flatMap((table) => {
    for (const column of tags.columns(table)) {
      const condition = read.conditions.find(
        (other) => other.table === table && other.column === column.toLowerCase(),
      )
      const values = condition && operandValues(condition.values, parameters)
      if (values === undefined || values.length > mostValues) continue
      // That there is a row says something of one value only, and nothing if it may be a count.
      const isThere = !empty && values.length === 1 && !read.mayAnswerAnyway
      return tags.among(table, column, values, !isThere)
    }
    return tags.table(table)
  })
}

/** Undefined where a parameter is not there. */
export function operandValues(
  operands: readonly Operand[],
  parameters: readonly unknown[],
): unknown[] | undefined {
  const values: unknown[] = []
  for (const operand of operands) {
    if ('literal' in operand) values.push(operand.literal)
    else {
      if (operand.parameter >= parameters.length) return undefined
      const value = parameters[operand.parameter]
      if (operand.spread && !Array.isArray(value)) return undefined
      values.push(...(operand.spread ? (value as unknown[]) : [value]))
    }
  }
  return values
}
