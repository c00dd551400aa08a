import { h, type JSX, type TargetedEvent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { ProcessReport } from '../../../telemetry/process-report.ts'
import type { Access, Action, ActionAnswer, DashboardState } from '../state.ts'
import { CacheView } from './cache-view.ts'
import { peersOf } from './combine.ts'
import { isTroubled } from './findings.ts'
import { type Followed, useFollowed } from './follow.ts'
import { shownPercent } from './format.ts'
import { hashOf, type Scheme, useChosenCache, useScheme } from './preferences.ts'
import { ratio } from './series.ts'
import { ask } from './server.ts'
import { VisibleText, visible } from './visible-text.ts'

export interface AppProps {
  readonly token: string
  readonly access: Access
}

/** What was done last, for whoever did it. */
interface Notice {
  readonly text: string
  readonly isFailure: boolean
}

export function App({ token, access }: AppProps): JSX.Element {
  const [paused, setPaused] = useState(false)
  const [process, setProcess] = useState('')
  const [minutes, setMinutes] = useState(5)
  const [notice, setNotice] = useState<Notice | undefined>(undefined)
  const scheme = useScheme()
  const followed = useFollowed(paused)
  const chosen = useChosenCache()
  const { state, failure } = followed
  const names = state === undefined ? [] : namesIn(state)
  const cache = chosen !== undefined && names.includes(chosen) ? chosen : names[0]
  useEffect(() => {
    document.title = cache === undefined ? 'Hotset' : `${visible(cache)} · Hotset`
  }, [cache])

  const act = async (action: Action): Promise<ActionAnswer> => {
    const answer = await ask(action, token)
    if ('failed' in answer) setNotice({ text: answer.failed, isFailure: true })
    else if ('done' in answer) setNotice({ text: answer.done, isFailure: false })
    else setNotice((last) => (last?.isFailure ? undefined : last))
    if ('done' in answer) await followed.refresh()
    return answer
  }
  return h(
    'div',
    { class: 'page' },
    h('a', { class: 'skip', href: '#main' }, 'To the cache'),
    h(
      'header',
      null,
      h('h1', null, h('i', { class: 'brand', 'aria-hidden': true }), 'Hotset'),
      h(Controls, {
        ...{ state, process, setProcess, minutes, setMinutes, paused, setPaused },
        ...{ scheme: scheme.scheme, setScheme: scheme.choose },
      }),
    ),
    h(
      'div',
      { class: 'notices' },
      h(
        'div',
        { role: 'alert' },
        failure && h('p', { class: 'notice bad' }, `${failure}. Still trying …`),
      ),
      h(
        'div',
        { role: 'status' },
        notice && h('p', { class: `notice ${notice.isFailure ? 'bad' : 'good'}` }, notice.text),
      ),
      state?.problems.map((text) =>
        h('p', { key: text, class: 'notice bad' }, h(VisibleText, { text })),
      ),
    ),
    h(CacheList, { state, names, cache }),
    h(
      'main',
      { id: 'main', tabIndex: -1 },
      state === undefined || cache === undefined
        ? h('p', { class: 'empty' }, state === undefined ? 'Asking …' : 'No cache is heard of yet.')
        : h(CacheView, {
            // Another cache begins with nothing chosen.
            key: cache,
            ...{ cache, state, process, minutes, act },
            ...{ histories: followed.histories, happenings: followed.happenings },
            mayWrite: access === 'write' && state.access === 'write',
            theme: scheme.seen,
          }),
    ),
  )
}

function namesIn({ processes, actsOn }: DashboardState): string[] {
  const reported = processes.flatMap(({ caches }) =>
    caches.map(({ inspection }) => inspection.name),
  )
  return [...new Set([...actsOn, ...reported])]
}

interface ControlsProps {
  readonly state: Followed['state']
  readonly process: string
  readonly setProcess: (id: string) => void
  readonly minutes: number
  readonly setMinutes: (minutes: number) => void
  readonly paused: boolean
  readonly setPaused: (paused: boolean) => void
  readonly scheme: Scheme
  readonly setScheme: (scheme: Scheme) => void
}

function Controls(props: ControlsProps): JSX.Element {
  const { state, paused, setPaused } = props
  const processes = state?.processes ?? []
  const all: Option = ['', `All together (${processes.length})`]
  const named = processes.map((process): Option => [process.id, nameOf(process, state?.own)])
  return h(
    'div',
    { class: 'controls' },
    h(Choice, {
      ...{ label: 'Processes', value: props.process, choose: props.setProcess },
      options: [all, ...named],
    }),
    h(Choice, {
      ...{ label: 'Window', value: `${props.minutes}` },
      choose: (minutes) => props.setMinutes(Number(minutes)),
      options: [1, 5, 15, 60].map((minutes): Option => [`${minutes}`, `${minutes} min`]),
    }),
    h(Choice, {
      ...{ label: 'Colours', value: props.scheme },
      choose: (scheme) => props.setScheme(scheme as Scheme),
      options: [
        ['system', 'as the system'],
        ['light', 'light'],
        ['dark', 'dark'],
      ],
    }),
    h(
      'button',
      { type: 'button', 'aria-pressed': paused, onClick: () => setPaused(!paused) },
      paused ? 'Paused' : 'Pause',
    ),
  )
}

function nameOf({ id, host, pid }: ProcessReport, own: string | undefined): string {
  return `${visible(host)} ${pid}${id === own ? ', answers you' : ''}`
}

type Option = readonly [value: string, text: string]

interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly choose: (value: string) => void
  readonly options: readonly Option[]
}

function Choice({ label, value, choose, options }: ChoiceProps): JSX.Element {
  return h(
    'label',
    null,
    label,
    h(
      'select',
      {
        value,
        onChange: (event: TargetedEvent<HTMLSelectElement>) => choose(event.currentTarget.value),
      },
      options.map(([value, text]) => h('option', { key: value, value }, text)),
    ),
  )
}

interface CacheListProps {
  readonly state: Followed['state']
  readonly names: readonly string[]
  readonly cache: string | undefined
}

function CacheList({ state, names, cache }: CacheListProps): JSX.Element {
  const processes = state?.processes ?? []
  return h(
    'nav',
    { 'aria-label': 'Caches' },
    h(
      'ul',
      null,
      names.map((name) => {
        const { hits, reads } = readsOf(processes, name)
        return h(
          'li',
          { key: name },
          h(
            'a',
            { href: hashOf(name), 'aria-current': name === cache ? 'page' : undefined },
            h(VisibleText, { text: name }),
            h(
              'span',
              { class: 'note' },
              reads === 0 ? 'not read' : shownPercent(ratio(hits, reads)),
            ),
            isTroubled(processes, name) && h('span', { class: 'state bad' }, 'trouble'),
          ),
        )
      }),
    ),
  )
}

function readsOf(processes: DashboardState['processes'], cache: string) {
  let [hits, reads] = [0, 0]
  for (const { report } of peersOf(processes, cache)) {
    const { stats } = report.inspection
    hits += stats.hits + stats.stale
    reads += stats.hits + stats.stale + stats.misses
  }
  return { hits, reads }
}
