import { h, type JSX } from 'preact'
import type { Backlog } from '../../../contracts/writing.ts'
import type { Happening } from '../state.ts'
import type { Peer } from './combine.ts'
import { type Column, DataTable } from './data-table.ts'
import { troubleOf } from './findings.ts'
import { shownClock, shownCount, shownPercent, shownTime } from './format.ts'
import { ratio } from './series.ts'
import { VisibleText } from './visible-text.ts'

export interface ProcessesProps {
  readonly peers: readonly Peer[]
  /** The one that answers. */
  readonly own: string | undefined
  /** Epoch milliseconds. */
  readonly now: number
}

/** Who has the cache, and how each does. */
export function Processes({ peers, own, now }: ProcessesProps): JSX.Element {
  const columns: readonly Column<Peer>[] = [
    {
      ...{ title: 'Process', isName: true },
      cell: ({ process: { id, host, pid } }) => [
        h(VisibleText, { text: `${host} ${pid}` }),
        id === own && h('span', { class: 'note' }, ' answers you'),
      ],
    },
    {
      title: 'State',
      cell: (peer) => {
        const trouble = troubleOf(peer)
        return trouble === undefined
          ? h('span', { class: 'state good' }, 'coherent')
          : h('span', { class: 'state bad' }, trouble)
      },
    },
    {
      ...{ title: 'Hit ratio', hint: 'Since it began', rank: ({ report }) => hitRatioOf(report) },
      cell: ({ report }) => shownPercent(hitRatioOf(report)),
    },
    {
      ...{ title: 'Entries', rank: ({ report }) => report.inspection.memory?.entries ?? 0 },
      cell: ({ report }) => shownCount(report.inspection.memory?.entries),
    },
    {
      ...{ title: 'Store errors', rank: ({ report }) => report.inspection.stats.store.errors },
      cell: ({ report }) => shownCount(report.inspection.stats.store.errors),
    },
    {
      ...{ title: 'Up for', rank: ({ process }) => now - process.startedAt },
      cell: ({ process }) => shownTime(Math.max(0, now - process.startedAt)),
    },
    {
      ...{ title: 'Heard', hint: 'How long ago it said so', rank: ({ report }) => now - report.at },
      cell: ({ report }) => (now - report.at < 1_000 ? 'now' : `${shownTime(now - report.at)} ago`),
    },
    {
      title: 'Version',
      cell: ({ process: { versions } }) =>
        h(VisibleText, { text: [versions.hotset, versions.runtime].filter(Boolean).join(', ') }),
    },
  ]
  return h(DataTable<Peer>, {
    ...{ caption: 'Processes', columns, rows: peers, id: ({ process }: Peer) => process.id },
    empty: 'No process has said anything of late.',
  })
}

function hitRatioOf({ inspection: { stats } }: Peer['report']): number {
  const served = stats.hits + stats.stale
  return ratio(served, served + stats.misses) ?? 0
}

type Queue = readonly [name: string, backlog: Backlog]

const queueColumns: readonly Column<Queue>[] = [
  { title: 'Definition', isName: true, cell: ([name]) => h(VisibleText, { text: name }) },
  counted('Pending', ({ pending }) => pending),
  {
    ...{ title: 'Oldest', rank: ([, { oldest }]) => oldest },
    cell: ([, { oldest }]) => shownTime(oldest),
  },
  counted('Dead letters', ({ deadLetters }) => deadLetters),
  counted('Written', ({ written }) => written),
  counted('Coalesced', ({ coalesced }) => coalesced),
  counted('Failed attempts', ({ failures }) => failures),
]

function counted(title: string, pick: (backlog: Backlog) => number): Column<Queue> {
  return {
    title,
    rank: ([, backlog]) => pick(backlog),
    cell: ([, backlog]) => shownCount(pick(backlog)),
  }
}

/** Writes that wait to reach their sources. */
export function Queues(props: {
  readonly backlogs: Readonly<Record<string, Backlog>>
}): JSX.Element {
  return h(DataTable<Queue>, {
    ...{ caption: 'Write-behind queues', columns: queueColumns },
    rows: Object.entries(props.backlogs),
    id: ([name]) => name,
    empty: 'No definition of this cache writes behind.',
  })
}

const kinds: Readonly<Record<Happening['kind'], string>> = {
  'store-down': 'store down',
  'store-up': 'store up',
  gap: 'gap on the bus',
  error: 'error',
}

/** Outages, gaps and errors, of the process that answers. */
export function Happenings(props: { readonly happenings: readonly Happening[] }): JSX.Element {
  if (props.happenings.length === 0) {
    return h('p', { class: 'empty' }, 'No outages, no gaps, no errors since the process began.')
  }
  return h(
    'ol',
    { class: 'happenings' },
    props.happenings.map(({ at, kind, text }) =>
      h(
        'li',
        { key: `${at}${kind}` },
        h('time', null, shownClock(at)),
        h('span', { class: `state ${kind === 'store-up' ? 'good' : 'bad'}` }, kinds[kind]),
        h(VisibleText, { text }),
      ),
    ),
  )
}
