import { h, type JSX } from 'preact'
import { useState } from 'preact/hooks'
import { sampleOf } from '../sample.ts'
import type { Action, ActionAnswer, DashboardState, Happening } from '../state.ts'
import { Card } from './card.ts'
import { Charts, SizeCurve } from './charts.ts'
import { combine, type Peer, peersOf } from './combine.ts'
import { Danger } from './danger.ts'
import { findingsOf } from './findings.ts'
import type { Histories } from './histories.ts'
import { Inspector, type Wanted } from './inspector.ts'
import { Groups, Hottest } from './key-tables.ts'
import { Happenings, Processes, Queues } from './processes.ts'
import { type Span, spansOf, total } from './series.ts'
import { VisibleText } from './visible-text.ts'
import { Findings, Vitals } from './vitals.ts'

export interface CacheViewProps {
  readonly cache: string
  readonly state: DashboardState
  readonly histories: Histories
  readonly happenings: ReadonlyMap<string, readonly Happening[]>
  /** Of one process, by its id; empty for all. */
  readonly process: string
  /** How far back one looks. */
  readonly minutes: number
  readonly mayWrite: boolean
  readonly act: (action: Action) => Promise<ActionAnswer>
  readonly theme: string
}

/** In the whole window; fewer where less is known. */
const points = 100
/** Spans that the numbers on top are of: the last fifth. */
const ofLate = 20
/** A process that has said nothing for so long does not hold up the others. */
const lateMs = 12_000

/** All about one cache. */
export function CacheView(props: CacheViewProps): JSX.Element {
  const { cache, state, minutes, mayWrite, act, theme } = props
  const [wanted, want] = useState<Wanted | undefined>(undefined)
  const all = peersOf(state.processes, cache)
  const peers = all.filter(({ process }) => props.process === '' || process.id === props.process)
  const combined = combine(peers)
  const stepMs = (minutes * 60_000) / points
  const histories = peers.map(({ process: { id, startedAt } }) => ({
    startedAt,
    samples: props.histories.of(id, cache),
  }))
  const end = endOf(peers, state.at)
  const begin = Math.min(end, ...histories.flatMap(({ samples: [first] }) => first?.at ?? []))
  const count = Math.min(points, Math.max(ofLate, Math.ceil((end - begin) / stepMs)))
  const spans = spansOf(histories, end, stepMs, count)
  const late = spans.slice(-ofLate).filter(({ memoryHits }) => memoryHits !== undefined)
  const totals = late.length > 0 ? total(late) : sinceBegin(peers)
  const seconds = late.length > 0 ? (late.length * stepMs) / 1000 : undefined
  const isReached = state.actsOn.includes(cache)
  const inspect = (key: string, namespace: string | undefined) => {
    want({ key, namespace })
    document.querySelector<HTMLElement>('#inspector')?.focus()
  }
  const happenings = [...props.happenings.values()]
    .flat()
    .filter((happening) => happening.cache === cache)
    .sort((a, b) => b.at - a.at)
  return h(
    'div',
    { class: 'cards' },
    h(
      'div',
      { class: 'wide' },
      h('h2', { class: 'name' }, h(VisibleText, { text: cache })),
      h(Vitals, { combined, peers, totals, seconds }),
    ),
    h(
      Card,
      { title: 'In short', wide: true },
      h(Findings, {
        findings: findingsOf(peers, combined, totals),
        advice: combined.advice
          // The curve says so above.
          .filter(({ kind }) => !/^memory-too-/.test(kind))
          .map(({ text }) => String(text)),
      }),
    ),
    h(
      Card,
      { title: 'Over time', wide: true },
      h(Charts, { spans, seconds: stepMs / 1000, theme }),
    ),
    h(Card, { title: 'Key groups', wide: true }, h(Groups, { groups: combined.groups })),
    h(
      Card,
      { title: 'Hottest keys' },
      h(Hottest, { hottest: combined.hottest, onInspect: inspect }),
    ),
    h(Card, { title: 'What if it were larger' }, h(SizeCurve, { combined, theme })),
    h(
      'div',
      { class: 'wide', id: 'inspector', tabIndex: -1 },
      h(
        Card,
        { title: 'Look up a key' },
        isReached
          ? h(Inspector, { cache, mayWrite, wanted, want, act, suggestions: combined.hottest })
          : h('p', { class: 'empty' }, 'The process that answers has no cache of this name.'),
      ),
    ),
    h(
      Card,
      { title: 'Processes', wide: true },
      h(Processes, { peers: all, own: state.own, now: state.at }),
    ),
    h(Card, { title: 'Write-behind queues' }, h(Queues, { backlogs: combined.backlogs })),
    h(Card, { title: 'Outages, gaps and errors' }, h(Happenings, { happenings })),
    mayWrite &&
      isReached &&
      h(Card, { title: 'Make entries go', wide: true }, h(Danger, { cache, act })),
  )
}

/** As long as two words of each have not been heard, there is nothing newer. */
function sinceBegin(peers: readonly Peer[]): Omit<Span, 'at'> {
  const began = peers.map(({ report: { at, inspection } }) => sampleOf(at, inspection.stats))
  return total(
    began.map((sample) => ({ operations: undefined, operationMs: undefined, ...sample })),
  )
}

/** Until when all have told what they did: the last words of some are some seconds old. */
function endOf(peers: readonly Peer[], now: number): number {
  const heard = peers.map(({ report }) => report.at).filter((at) => at > now - lateMs)
  return Math.min(now, ...heard)
}
