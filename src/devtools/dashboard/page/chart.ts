import { h, type JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import { shownClock, shownMinute } from './format.ts'
import { colourOf, type Tone } from './tone.ts'

/** A line of a chart. */
export interface Line {
  readonly title: string
  readonly tone: Tone
  /** One for each instant. */
  readonly values: readonly (number | undefined)[]
}

export interface ChartProps {
  readonly title: string
  /** What is drawn, in a few words. */
  readonly note: string
  /** Epoch milliseconds; or, where `axis` shows them, anything that grows. */
  readonly at: readonly number[]
  readonly lines: readonly Line[]
  readonly show: (value: number | undefined) => string
  /** The same for the axis, where there is little room. @default show */
  readonly tick?: (value: number) => string
  /** The lines lie on top of each other, the first one at the bottom. @default false */
  readonly stacked?: boolean
  /** The upper end, where it is always the same. */
  readonly max?: number
  /** How the instants are shown. @default the time of day */
  readonly axis?: { readonly name: string; readonly show: (at: number) => string }
  /** Drawn anew when it changes. */
  readonly theme: string
}

const height = 150
/** Rows of the table that says the same as the chart. */
const mostRows = 10

export function Chart(props: ChartProps): JSX.Element {
  const { title, note, at, lines, show } = props
  const [pointed, point] = useState<number | undefined>(undefined)
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  useEffect(() => {
    const element = holder.current
    if (element === null) return
    const drawn = new uPlot(optionsOf(props, element, point), dataOf(props), element)
    plot.current = drawn
    const observer = new ResizeObserver(() =>
      drawn.setSize({ width: Math.max(160, element.clientWidth), height }),
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      drawn.destroy()
    }
  }, [props.theme, lines.length])
  useEffect(() => plot.current?.setData(dataOf(props)), [at, lines])
  const index = pointed ?? lastKnown(lines)
  const axis = props.axis ?? { name: 'Time', show: shownClock }
  return h(
    'figure',
    { class: 'chart' },
    h(
      'figcaption',
      null,
      h('h3', null, title),
      h('span', { class: 'note' }, pointed === undefined ? note : axis.show(at[pointed] ?? 0)),
    ),
    lines.length > 1 && h(Legend, { lines, index, show }),
    h('div', { ref: holder, class: 'plot', 'aria-hidden': true }),
    h(
      'details',
      null,
      h('summary', null, 'As a table', h('span', { class: 'unseen' }, `: ${title}`)),
      h(ChartTable, { ...props, axis }),
    ),
  )
}

function Legend({
  lines,
  index,
  show,
}: Pick<ChartProps, 'lines' | 'show'> & { readonly index: number }): JSX.Element {
  return h(
    'ul',
    { class: 'legend' },
    lines.map(({ title, tone, values }) =>
      h(
        'li',
        { key: title },
        h('i', { class: `swatch ${tone}`, 'aria-hidden': true }),
        `${title} `,
        h('b', null, show(values[index])),
      ),
    ),
  )
}

function ChartTable({ title, at, lines, show, axis }: ChartProps): JSX.Element {
  const every = Math.ceil(at.length / mostRows)
  const rows = at.flatMap((instant, i) =>
    (at.length - 1 - i) % every === 0 ? [{ instant, i }] : [],
  )
  return h(
    'table',
    null,
    h('caption', { class: 'unseen' }, title),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        h('th', { scope: 'col' }, axis?.name),
        lines.map(({ title }) => h('th', { scope: 'col', class: 'number' }, title)),
      ),
    ),
    h(
      'tbody',
      null,
      rows.map(({ instant, i }) =>
        h(
          'tr',
          { key: instant },
          h('th', { scope: 'row' }, axis?.show(instant)),
          lines.map(({ values }) => h('td', { class: 'number' }, show(values[i]))),
        ),
      ),
    ),
  )
}

function lastKnown(lines: readonly Line[]): number {
  return Math.max(...lines.map(({ values }) => values.findLastIndex((v) => v !== undefined)))
}

/** From the highest line to the lowest, so that each covers what is behind it. */
function dataOf({ at, lines, stacked }: ChartProps): uPlot.AlignedData {
  const columns = lines.map(({ values }, i) =>
    values.map((value, j) => {
      if (value === undefined || !stacked) return value ?? null
      return lines.slice(0, i + 1).reduce((total, { values }) => total + (values[j] ?? 0), 0)
    }),
  )
  return [[...at], ...columns.toReversed()]
}

function optionsOf(
  { lines, show, tick = show, stacked, max, axis, title }: ChartProps,
  element: HTMLElement,
  point: (index: number | undefined) => void,
): uPlot.Options {
  const [ink, grid] = [colourOf('muted', element), colourOf('grid', element)]
  const font = `11px ${getComputedStyle(element).fontFamily}`
  const frame = { stroke: ink, font, ticks: { show: false } }
  return {
    ...{ width: Math.max(160, element.clientWidth), height, ms: 1, padding: [8, 28, 0, 0] },
    title: '',
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    hooks: { setCursor: [({ cursor }) => point(cursor.idx ?? undefined)] },
    scales: {
      x: axis === undefined ? { time: true } : { time: false, distr: 3, log: 2 },
      y: { range: (_, __, most) => [0, max ?? (most > 0 ? 1.1 * most : 1)] },
    },
    axes: [
      {
        ...{ ...frame, size: 24, gap: 4, grid: { show: false } },
        values: (_, at) => shownTicks(at, axis?.show ?? shownMinute),
        space: 70,
      },
      {
        ...{ ...frame, size: 52, gap: 6, grid: { stroke: grid, width: 1 } },
        space: 34,
        values: (_, values) => shownTicks(values, tick),
      },
    ],
    series: [
      { label: title },
      ...lines.toReversed().map(({ title, tone }): uPlot.Series => {
        const stroke = colourOf(tone, element)
        return {
          ...{ label: title, stroke, width: 1.75, points: { show: axis !== undefined } },
          ...(stacked && { fill: mixed(stroke, element) }),
        }
      }),
    ],
  }
}

/** Where there is no room for a tick, uPlot has `null`. */
function shownTicks(ticks: readonly (number | null)[], show: (tick: number) => string): string[] {
  return ticks.map((tick) => (tick === null ? '' : show(tick)))
}

/** A colour that covers, though it looks as if one saw through it. */
function mixed(colour: string, element: HTMLElement): string {
  const panel = colourOf('panel', element)
  const [from, to] = [colour, panel].map((text) => text.match(/[\d.]+/g)?.map(Number) ?? [])
  const parts = [0, 1, 2].map((i) => Math.round(0.35 * (from?.[i] ?? 0) + 0.65 * (to?.[i] ?? 0)))
  return `rgb(${parts.join(' ')})`
}
