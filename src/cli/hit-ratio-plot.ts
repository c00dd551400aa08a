import type { CurvePoint } from '../contracts/cache.ts'
import { type ChartScale, chartScale, percent, shortNumber } from '../simulator/chart-scale.ts'
import type { TraceCurves } from '../simulator/hit-ratio-curves.ts'
import { optimum } from '../simulator/policies.ts'
import { BrailleCanvas } from './braille-canvas.ts'
import type { Colour, Paint } from './paint.ts'

const width = 60
const height = 14
const margin = 7
/** A sign and a colour for each curve: where there are no colours, signs tell them apart. */
const marks: readonly (readonly [sign: string, colour: Colour])[] = [
  ['●', 'blue'],
  ['■', 'yellow'],
  ['▲', 'green'],
  ['◆', 'magenta'],
  ['▼', 'cyan'],
  ['★', 'red'],
]
const optimumMark = ['○', 'dim'] as const

/** The curves in Braille dots, 80 columns wide at most, with a sign at each size that was run. */
export function hitRatioPlot({ curves }: TraceCurves, paint: Paint): string {
  const scale = chartScale(curves.flatMap(({ points }) => points))
  const canvas = new BrailleCanvas(width, height)
  const drawn = curves.map(({ policy, points }, index) => {
    const [sign, colour] =
      policy === optimum ? optimumMark : (marks[index % marks.length] ?? optimumMark)
    return { policy, sign, colour, places: points.map((point) => place(point, scale)) }
  })
  for (const { colour, places } of drawn.toReversed()) canvas.line(places, colour)
  for (const { sign, colour, places } of drawn.toReversed()) {
    for (const [x, y] of places) canvas.sign(x, y, sign, colour)
  }
  const legend = drawn.map(({ policy, sign, colour }) => paint(colour, `${sign} ${policy}`))
  return [
    ...canvas.rows(paint).map((row, index) => `${ratioAt(index, scale)}${row}`.trimEnd()),
    `${' '.repeat(margin - 1)}└${'─'.repeat(width)}`,
    sizeAxis(scale),
    `${' '.repeat(margin)}${legend.join('   ')}`,
  ].join('\n')
}

/** In dots: two a column, four a row, from the top left. */
function place(point: CurvePoint, scale: ChartScale): [number, number] {
  return [
    Math.round(scale.x(point.size) * (2 * width - 1)),
    Math.round((1 - scale.y(point.hitRatio)) * (4 * height - 1)),
  ]
}

function ratioAt(row: number, scale: ChartScale): string {
  const tick = scale.ratioTicks.find(
    (ratio) => Math.round((1 - scale.y(ratio)) * (height - 1)) === row,
  )
  if (tick === undefined) return `${' '.repeat(margin - 1)}│`
  return `${`${percent(tick, scale.ratioDigits)} %`.padStart(margin - 2)} ┤`
}

function sizeAxis({ sizeTicks, x }: ChartScale): string {
  let line = ''
  for (const size of sizeTicks) {
    const text = shortNumber(size)
    const middle = margin + Math.round(x(size) * (width - 1))
    const start = Math.max(0, middle - Math.floor(text.length / 2))
    if (line === '' || start > line.length + 1) line = line.padEnd(start) + text
  }
  return line
}
