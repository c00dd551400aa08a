import { h, type JSX } from 'preact'
import { Chart } from './chart.ts'
import type { Combined } from './combine.ts'
import { shownCount, shownPercent, shownRate, shownRoundPercent, shownTime } from './format.ts'
import { ratio, readsIn, type Span } from './series.ts'

export interface ChartsProps {
  readonly spans: readonly Span[]
  /** Length of each span. */
  readonly seconds: number
  readonly theme: string
}

/** What happened of late, by tier. */
export function Charts({ spans, seconds, theme }: ChartsProps): JSX.Element {
  const at = spans.map(({ at }) => at)
  const rate = (pick: (span: Span) => number | undefined) =>
    spans.map((span) => ratio(pick(span), seconds))
  const shared = { at, theme }
  return h(
    'div',
    { class: 'charts' },
    h(Chart, {
      ...{
        ...shared,
        title: 'Hit ratio',
        note: 'of reads',
        show: shownPercent,
        tick: shownRoundPercent,
        max: 1,
      },
      lines: [
        {
          title: 'Memory and store',
          tone: 'store',
          values: spans.map((span) => share(span, (span.memoryHits ?? 0) + (span.storeHits ?? 0))),
        },
        {
          title: 'Memory',
          tone: 'memory',
          values: spans.map((span) => share(span, span.memoryHits ?? 0)),
        },
      ],
    }),
    h(Chart, {
      ...{ ...shared, title: 'Reads', note: 'per second, by who answers', show: shownRate },
      stacked: true,
      lines: [
        { title: 'Memory', tone: 'memory', values: rate(({ memoryHits }) => memoryHits) },
        { title: 'Store', tone: 'store', values: rate(({ storeHits }) => storeHits) },
        { title: 'Nobody', tone: 'miss', values: rate(({ misses }) => misses) },
      ],
    }),
    h(Chart, {
      ...{ ...shared, title: 'Latency', note: 'mean', show: shownTime },
      lines: [
        {
          title: 'Load',
          tone: 'load',
          values: spans.map(({ loadMs, loads }) => ratio(loadMs, loads)),
        },
        {
          title: 'Store',
          tone: 'store',
          values: spans.map(({ operationMs, operations }) => ratio(operationMs, operations)),
        },
      ],
    }),
    h(Chart, {
      ...{ ...shared, title: 'Load', note: 'per second', show: shownRate },
      lines: [
        { title: 'Loads', tone: 'load', values: rate(({ loads }) => loads) },
        { title: 'Writes', tone: 'memory', values: rate(({ writes }) => writes) },
        { title: 'Waits for a load', tone: 'miss', values: rate(({ coalesced }) => coalesced) },
      ],
    }),
  )
}

function share(span: Span, part: number): number | undefined {
  return ratio(part, readsIn(span))
}

export interface SizeCurveProps {
  readonly combined: Combined
  readonly theme: string
}

const multiples = ['half', 'now', 'twice', 'four times']

/** What the hit ratio of memory would be at other sizes. */
export function SizeCurve({ combined: { curve, maxWeight }, theme }: SizeCurveProps): JSX.Element {
  if (curve.length === 0) {
    return h(
      'p',
      { class: 'empty' },
      'The cache was made without ',
      h('code', null, 'memory: { curve: true }'),
      ', which estimates what other sizes would do.',
    )
  }
  const unit = maxWeight === undefined ? 'entries' : 'units of weight'
  const rows = curve.map((point, i) => ({ ...point, multiple: multiples[i] ?? '' }))
  return h(
    'div',
    null,
    h(Chart, {
      ...{ title: 'Hit ratio of memory by its size', note: 'in one process, estimated', theme },
      at: curve.map(({ size }) => size),
      ...{ show: shownPercent, tick: shownRoundPercent, max: 1 },
      axis: { name: 'Size', show: shownCount },
      lines: [
        { title: 'Hit ratio', tone: 'memory', values: curve.map(({ hitRatio }) => hitRatio) },
      ],
    }),
    h(
      'ul',
      { class: 'sizes' },
      rows.map(({ size, hitRatio, multiple }) =>
        h(
          'li',
          { key: multiple, class: multiple === 'now' ? 'now' : undefined },
          h('span', null, multiple),
          h('b', null, shownPercent(hitRatio)),
          h('span', { class: 'note' }, `${shownCount(size)} ${unit}`),
        ),
      ),
    ),
  )
}
