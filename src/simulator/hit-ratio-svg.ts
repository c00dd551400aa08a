import { type ChartScale, chartScale, percent, shortNumber } from './chart-scale.ts'
import { curvesOf, type HitRatioCurve, type TraceCurves } from './hit-ratio-curves.ts'
import { optimum } from './policies.ts'
import type { SimulationResult } from './simulate.ts'
import { curveClass, svgStyle } from './svg-style.ts'

const panel = { width: 620, height: 372 }
const plot = { left: 64, top: 52, width: 410, height: 260 }
const heading = 76
const labelDistance = 16

/** How the figure is labelled. */
export interface SvgOptions {
  /** What the lower axis counts. @default 'entries' */
  readonly unit?: string | undefined
}

/**
 * The hit ratios as one SVG document, a panel for each trace: light or dark as its reader prefers,
 * without scripts and fonts of its own.
 */
export function hitRatioSvg(
  results: readonly SimulationResult[],
  options: SvgOptions = {},
): string {
  const traces = curvesOf(results)
  const columns = Math.min(2, Math.max(1, traces.length))
  const width = columns * panel.width
  const height = heading + Math.ceil(traces.length / columns) * panel.height
  const policies = [...new Set(results.map(({ policy }) => policy))]
  const panels = traces.map((curves, index) => {
    const x = (index % columns) * panel.width
    const y = heading + Math.floor(index / columns) * panel.height
    return `<g transform="translate(${x} ${y})">${panelOf(curves, options.unit ?? 'entries')}</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>Hit ratio by size of the cache: ${escaped(traces.map(({ trace }) => trace).join(', '))}</title>
<style>${svgStyle(policies)}</style>
<rect class="paper" width="${width}" height="${height}" rx="12"/>
<text class="heading" x="24" y="34">Hit ratio by cache size</text>
${legend(policies)}
${panels.join('\n')}
</svg>
`
}

function legend(policies: readonly string[]): string {
  let x = 24
  const items = policies.map((policy) => {
    const item = `<g class="${curveClass(policy)}" transform="translate(${x} 58)"><path class="line" d="M0 0h18"/><circle class="dot" cx="9" r="3.5"/><text class="name" x="25" y="4.5">${escaped(named(policy))}</text></g>`
    x += 41 + 7.6 * named(policy).length
    return item
  })
  return `<g>${items.join('')}</g>`
}

function panelOf({ trace, requests, curves }: TraceCurves, unit: string): string {
  const scale = chartScale(curves.flatMap(({ points }) => points))
  const ceiling = curves.find(({ policy }) => policy === optimum)
  const count = `${requests.toLocaleString('en')} requests`
  return [
    `<text class="title" x="${plot.left}" y="30">${escaped(trace)}<tspan class="note" dx="10">${count}</tspan></text>`,
    ceiling && ceiling.points.length > 1
      ? `<path class="beyond" d="${above(ceiling, scale)}"/>`
      : '',
    axes(scale, unit),
    ...curves.toReversed().map((curve) => drawnCurve(curve, scale)),
    labels(curves, scale),
  ].join('\n')
}

function axes(scale: ChartScale, unit: string): string {
  const { left, top, width, height } = plot
  const bottom = top + height
  const ratios = scale.ratioTicks.map((ratio) => {
    const y = round(bottom - scale.y(ratio) * height)
    return `<path class="grid" d="M${left} ${y}h${width}"/><text class="tick" x="${left - 10}" y="${y + 4}" text-anchor="end">${percent(ratio, scale.ratioDigits)} %</text>`
  })
  let free = -Infinity
  const sizes = scale.sizeTicks.flatMap((size) => {
    const x = round(left + scale.x(size) * width)
    const text = shortNumber(size)
    const half = 4 * text.length
    if (x - half < free) return []
    free = x + half + 6
    return `<path class="axis" d="M${x} ${bottom}v5"/><text class="tick" x="${x}" y="${bottom + 20}" text-anchor="middle">${text}</text>`
  })
  const middle = left + width / 2
  return `${ratios.join('')}<path class="axis" d="M${left} ${bottom}h${width}"/>${sizes.join('')}<text class="note" x="${middle}" y="${bottom + 42}" text-anchor="middle">size of the cache (${escaped(unit)})</text>`
}

function drawnCurve({ policy, points }: HitRatioCurve, scale: ChartScale): string {
  const dots = points.map((point) => {
    const [x, y] = place(point, scale)
    const said = `${named(policy)} at ${point.size.toLocaleString('en')}: ${percent(point.hitRatio, 2)} %`
    return `<circle class="dot" cx="${x}" cy="${y}" r="3.5"><title>${escaped(said)}</title></circle>`
  })
  const line = `M${points.map((point) => place(point, scale).join(' ')).join('L')}`
  return `<g class="${curveClass(policy)}"><path class="line" d="${line}"/>${dots.join('')}</g>`
}

/** What no cache can reach: the area above the optimum. */
function above({ points }: HitRatioCurve, scale: ChartScale): string {
  const line = points.map((point) => place(point, scale).join(' ')).join('L')
  return `M${plot.left} ${plot.top}L${line}L${plot.left + plot.width} ${plot.top}Z`
}

/** Names at the right end of the curves, moved apart where they would overlap. */
function labels(curves: readonly HitRatioCurve[], scale: ChartScale): string {
  const wanted = curves
    .flatMap(({ policy, points }) => {
      const last = points.at(-1)
      return last ? [{ policy, place: place(last, scale), ratio: last.hitRatio }] : []
    })
    .sort((a, b) => a.place[1] - b.place[1])
  const heights = apart(wanted.map(({ place }) => place[1]))
  const texts = wanted.map(({ policy, place: [x, y], ratio }, index) => {
    const at = heights[index] as number
    const start = plot.left + plot.width + 22
    const said = `${escaped(named(policy))}<tspan class="value" dx="6">${percent(ratio, 1)}</tspan>`
    return `<g class="${curveClass(policy)}"><path class="leader" d="M${x + 6} ${y}L${start - 4} ${round(at)}"/><text class="name" x="${start}" y="${round(at + 4.5)}">${said}</text></g>`
  })
  return texts.join('')
}

/** The ascending heights, moved as little as keeps them apart and within the plot. */
function apart(heights: readonly number[]): number[] {
  const moved: number[] = []
  for (const height of heights)
    moved.push(Math.max(height, (moved.at(-1) ?? -Infinity) + labelDistance))
  let limit = plot.top + plot.height
  for (let i = moved.length - 1; i >= 0; i--) {
    moved[i] = Math.min(moved[i] as number, limit)
    limit = (moved[i] as number) - labelDistance
  }
  return moved
}

function place(
  { size, hitRatio }: { size: number; hitRatio: number },
  scale: ChartScale,
): [number, number] {
  const x = plot.left + scale.x(size) * plot.width
  const y = plot.top + (1 - scale.y(hitRatio)) * plot.height
  return [round(x), round(y)]
}

function named(policy: string): string {
  return policy === optimum ? 'optimum' : policy
}

function round(value: number): number {
  return Math.round(10 * value) / 10
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
