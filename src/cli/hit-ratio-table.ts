import { percent } from '../simulator/chart-scale.ts'
import type { TraceCurves } from '../simulator/hit-ratio-curves.ts'
import { optimum } from '../simulator/policies.ts'
import type { Paint } from './paint.ts'

/** A row a size, a column a policy; the best of a row, but for the optimum, has a star. */
export function hitRatioTable({ curves }: TraceCurves, paint: Paint): string {
  const sizes = curves[0]?.points.map(({ size }) => size) ?? []
  const head = ['size', ...curves.map(({ policy }) => policy)]
  const rows = sizes.map((size, row) => {
    const ratios = curves.map(({ points }) => points[row]?.hitRatio ?? 0)
    const best = Math.max(...ratios.filter((_, column) => curves[column]?.policy !== optimum))
    const cells = ratios.map((ratio, column) => {
      const winner = ratio === best && best > 0 && curves[column]?.policy !== optimum
      return `${percent(ratio, 2)}${winner ? '*' : ' '}`
    })
    return [size.toLocaleString('en'), ...cells]
  })
  const widths = head.map((name, column) =>
    Math.max(name.length + (column > 0 ? 1 : 0), ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[], colour: (text: string) => string) =>
    cells.map((cell, column) => colour(cell.padStart(widths[column] ?? 0))).join('  ')
  const title = line([head[0] ?? '', ...head.slice(1).map((name) => `${name} `)], (text) =>
    paint('dim', text),
  )
  const body = rows.map((row) =>
    line(row, (text) => (text.endsWith('*') ? paint('bold', text) : text)),
  )
  return [title, ...body].map((row) => row.trimEnd()).join('\n')
}
