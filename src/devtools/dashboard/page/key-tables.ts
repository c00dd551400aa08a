import { h, type JSX } from 'preact'
import type { HotKey } from '../../../telemetry/cache-tally.ts'
import type { GroupStatistics } from '../../../telemetry/group-tally.ts'
import { type Column, DataTable } from './data-table.ts'
import { shownBytes, shownCount, shownPercent, shownTime, unknown } from './format.ts'
import { ratio } from './series.ts'
import { VisibleText, visible } from './visible-text.ts'

const wastedOf = ({ wasted, ended }: GroupStatistics) => ratio(wasted, ended)
const loadTimeOf = ({ loadMs, loads }: GroupStatistics) => ratio(loadMs, loads)

const groupColumns: readonly Column<GroupStatistics>[] = [
  { title: 'Group', isName: true, cell: ({ group }) => h(VisibleText, { text: group }) },
  { title: 'Reads', rank: ({ reads }) => reads, cell: ({ reads }) => shownCount(reads) },
  {
    ...{ title: 'Hit ratio', rank: ({ hitRatio }) => hitRatio },
    cell: ({ hitRatio, reads }) => (reads === 0 ? unknown : h(Meter, { share: hitRatio })),
  },
  {
    ...{ title: 'A load takes', hint: 'On average' },
    rank: (group) => loadTimeOf(group) ?? -1,
    cell: (group) => shownTime(loadTimeOf(group)),
  },
  {
    ...{ title: 'Saved', hint: 'Time that its hits would have taken to load' },
    rank: ({ savedMs }) => savedMs,
    cell: ({ savedMs }) => shownTime(savedMs),
  },
  {
    ...{ title: 'In memory', hint: 'Bytes, estimated from a sample' },
    rank: ({ bytes }) => bytes,
    cell: ({ bytes }) => shownBytes(bytes),
  },
  {
    ...{
      title: 'Never read',
      hint: 'Share of the entries that left memory without having been read',
    },
    rank: (group) => wastedOf(group) ?? -1,
    cell: (group) => shownPercent(wastedOf(group)),
  },
]

/** Kinds of keys: what they cost and what they save. */
export function Groups({ groups }: { readonly groups: readonly GroupStatistics[] }): JSX.Element {
  return h(DataTable<GroupStatistics>, {
    caption: 'Key groups',
    columns: groupColumns,
    rows: groups,
    id: ({ group }) => group,
    empty: 'No reads have been counted yet, or nobody counts them (statistics: false).',
  })
}

export interface HottestProps {
  readonly hottest: readonly HotKey[]
  readonly onInspect: (key: string, namespace: string | undefined) => void
}

const mostKeys = 15

/** The keys that are read most of late. */
export function Hottest({ hottest, onInspect }: HottestProps): JSX.Element {
  const most = hottest[0]?.reads ?? 0
  const columns: readonly Column<HotKey>[] = [
    {
      ...{ title: 'Key', isName: true },
      cell: ({ key, namespace }) =>
        h(
          'button',
          {
            type: 'button',
            class: 'key',
            'aria-label': `Inspect ${visible(key)}`,
            onClick: () => onInspect(key, namespace),
          },
          namespace && h('span', { class: 'note' }, h(VisibleText, { text: `${namespace}/` })),
          h(VisibleText, { text: key }),
        ),
    },
    {
      ...{ title: 'Reads of late', rank: ({ reads }) => reads },
      cell: ({ reads }) =>
        h(Meter, { share: most === 0 ? 0 : reads / most, text: shownCount(reads) }),
    },
  ]
  return h(DataTable<HotKey>, {
    caption: 'Hottest keys',
    columns,
    rows: hottest.slice(0, mostKeys),
    id: ({ key, namespace = '' }) => `${namespace}\0${key}`,
    empty: 'No reads have been counted yet.',
  })
}

/** A number, and how much that is. */
function Meter({ share, text }: { readonly share: number; readonly text?: string }): JSX.Element {
  return h(
    'span',
    { class: 'meter' },
    text ?? shownPercent(share),
    h('i', { 'aria-hidden': true, style: { inlineSize: `${4 * Math.min(1, share)}rem` } }),
  )
}
