import { h, type JSX } from 'preact'
import type { Combined, Peer } from './combine.ts'
import type { Finding } from './findings.ts'
import { shownBytes, shownCount, shownPercent, shownRate, shownTime } from './format.ts'
import { ratio, readsIn, type Span } from './series.ts'

export interface VitalsProps {
  readonly combined: Combined
  readonly peers: readonly Peer[]
  readonly totals: Omit<Span, 'at'>
  /** For which the totals are; unknown where they are since the processes began. */
  readonly seconds: number | undefined
}

/** The numbers that one looks at first. */
export function Vitals({ combined, peers, totals, seconds }: VitalsProps): JSX.Element {
  const { memoryHits = 0, storeHits = 0, loads, loadMs } = totals
  const reads = readsIn(totals)
  const tiles: readonly (readonly [string, string, string])[] = [
    [
      'Hit ratio',
      shownPercent(ratio(memoryHits + storeHits, reads)),
      `${shownPercent(ratio(memoryHits, reads))} from memory`,
    ],
    ['Reads', `${shownRate(ratio(reads, seconds))}/s`, `${shownCount(reads)} in all`],
    ['Loads', `${shownRate(ratio(loads, seconds))}/s`, `${shownTime(ratio(loadMs, loads))} each`],
    memoryTile(combined, peers.length),
    storeTile(peers),
  ]
  return h(
    'dl',
    { class: 'vitals' },
    tiles.map(([name, value, note]) =>
      h(
        'div',
        { key: name },
        h('dt', null, name),
        h('dd', { class: 'value' }, value),
        h('dd', { class: 'note' }, note),
      ),
    ),
  )
}

function memoryTile(combined: Combined, processes: number): readonly [string, string, string] {
  const { entries, weight, maxEntries, maxWeight } = combined
  const where = processes === 1 ? '' : `, in ${processes} processes`
  if (maxWeight === undefined) {
    const share = maxEntries === undefined ? '' : `${shownPercent(entries / maxEntries)} full`
    return ['Entries in memory', shownCount(entries), `${share}${where}`]
  }
  const share = `${shownPercent(weight / maxWeight)} of ${shownBytes(maxWeight)}`
  return ['Entries in memory', shownCount(entries), `${share}${where}`]
}

function storeTile(peers: readonly Peer[]): readonly [string, string, string] {
  const { store, bus } = peers[0]?.report.inspection ?? {}
  if (store === undefined) return ['Store', 'none', 'memory alone']
  const reached = peers.filter(({ report }) => report.inspection.storeUp).length
  const state =
    reached === peers.length ? 'up' : reached === 0 ? 'down' : `${reached} of ${peers.length}`
  const size = store.entries === undefined ? '' : `, ${shownCount(store.entries)} entries`
  return [`Store: ${store.name}`, state, `${bus === undefined ? 'no bus' : `bus: ${bus}`}${size}`]
}

const marks = { good: '✓', bad: '!', neutral: '·' } as const
const words = { good: 'good', bad: 'needs attention', neutral: 'for information' } as const

/** Answers to what people come with, and advice. */
export function Findings(props: {
  readonly findings: readonly Finding[]
  readonly advice: readonly string[]
}): JSX.Element {
  return h(
    'ul',
    { class: 'findings' },
    props.findings.map(({ question, answer, mood }) =>
      h(
        'li',
        { key: question },
        h('span', { class: `mark ${mood}`, role: 'img', 'aria-label': words[mood] }, marks[mood]),
        h('div', null, h('strong', null, question), ' ', answer),
      ),
    ),
    props.advice.map((text) =>
      h(
        'li',
        { key: text },
        h('span', { class: 'mark bad', role: 'img', 'aria-label': 'advice' }, '→'),
        h('div', null, text),
      ),
    ),
  )
}
