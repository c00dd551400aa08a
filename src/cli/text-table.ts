import type { Paint } from './paint.ts'

export interface Column {
  readonly title: string
  /** @default 'left' */
  readonly align?: 'left' | 'right'
}

/** Cells in columns that are as wide as they have to be. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string {
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const width = widths[i] ?? 0
        return columns[i]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [paint('dim', line(columns.map(({ title }) => title))), ...rows.map(line)].join('\n')
}

/** Names and what they are, one a line. */
export function textList(items: readonly (readonly [string, string])[], paint: Paint): string {
  const width = Math.max(...items.map(([name]) => name.length))
  return items.map(([name, value]) => `${paint('dim', name.padEnd(width))}  ${value}`).join('\n')
}
