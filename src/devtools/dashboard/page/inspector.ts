import { h, type JSX } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'
import type { Explanation, TierExplanation } from '../../../contracts/cache.ts'
import type { HotKey } from '../../../telemetry/cache-tally.ts'
import type { Action, ActionAnswer, Inspected } from '../state.ts'
import { type Column, DataTable } from './data-table.ts'
import { shownBytes, shownClock, shownTime, unknown } from './format.ts'
import { VisibleText, visible } from './visible-text.ts'

/** What is asked for: a key as it is, which a field could not always hold. */
export interface Wanted {
  readonly key: string
  readonly namespace: string | undefined
}

export interface InspectorProps {
  readonly cache: string
  readonly mayWrite: boolean
  /** The key to be shown; another object asks again. */
  readonly wanted: Wanted | undefined
  readonly want: (wanted: Wanted) => void
  readonly suggestions: readonly HotKey[]
  readonly act: (action: Action) => Promise<ActionAnswer>
}

/** Looks a key up; deletes it. */
export function Inspector(props: InspectorProps): JSX.Element {
  const { cache, mayWrite, wanted, want, suggestions, act } = props
  const [found, setFound] = useState<Inspected | undefined>(undefined)
  const look = async () => {
    if (wanted === undefined) return
    const answer = await act({ action: 'inspect', cache, ...wanted })
    setFound('inspected' in answer ? answer.inspected : undefined)
  }
  useEffect(() => void look(), [wanted, cache])
  const remove = async () => {
    if (wanted === undefined) return
    await act({ action: 'delete', cache, ...wanted })
    await look()
  }
  const invalidate = async (tag: string) => {
    await act({ action: 'invalidate', cache, tag })
    await look()
  }
  return h(
    'div',
    null,
    h(SearchForm, { wanted, want, suggestions }),
    wanted !== undefined &&
      found !== undefined &&
      h(Found, { wanted, found, mayWrite, remove, invalidate }),
  )
}

function SearchForm({
  wanted,
  want,
  suggestions,
}: Pick<InspectorProps, 'wanted' | 'want' | 'suggestions'>): JSX.Element {
  const id = useId()
  const [key, setKey] = useState('')
  const [namespace, setNamespace] = useState('')
  useEffect(() => {
    if (wanted === undefined) return
    setKey(wanted.key)
    setNamespace(wanted.namespace ?? '')
  }, [wanted])
  const submit = (event: Event) => {
    event.preventDefault()
    if (key !== '') want({ key, namespace: namespace || undefined })
  }
  const attributes = { type: 'text', autoComplete: 'off', spellcheck: false }
  return h(
    'form',
    { class: 'fields', role: 'search', onSubmit: submit },
    h(
      'label',
      { class: 'grow' },
      'Key',
      h('input', {
        ...attributes,
        ...{ value: key, list: id, required: true, name: 'key' },
        onInput: (event) => setKey(event.currentTarget.value),
      }),
    ),
    h(
      'datalist',
      { id },
      suggestions.map(({ key }) => h('option', { key, value: key })),
    ),
    h(
      'label',
      null,
      'Namespace',
      h('input', {
        ...attributes,
        ...{ value: namespace, name: 'namespace', placeholder: 'none' },
        onInput: (event) => setNamespace(event.currentTarget.value),
      }),
    ),
    h('button', { type: 'submit' }, 'Look up'),
  )
}

interface FoundProps {
  readonly wanted: Wanted
  readonly found: Inspected
  readonly mayWrite: boolean
  readonly remove: () => void
  readonly invalidate: (tag: string) => void
}

function Found({ wanted, found, mayWrite, remove, invalidate }: FoundProps): JSX.Element {
  const { explanation, value, age, ttl } = found
  const { outcome, reason, memory, store, physicalKey, loading } = explanation
  const tags = (store?.tags ?? memory?.tags ?? []).filter(({ tag }) => !tag.startsWith('clear('))
  const facts: readonly (readonly [string, string])[] = [
    ['Age', shownTime(age)],
    ['Fresh for', ttl === null ? 'ever' : shownTime(ttl === undefined ? ttl : Math.max(0, ttl))],
    ['Being loaded', loading ? 'yes' : 'no'],
  ]
  return h(
    'div',
    { class: 'found' },
    h(
      'h3',
      null,
      h('span', { class: `state ${moods[outcome]}` }, outcome),
      ' ',
      h(VisibleText, { text: wanted.key }),
    ),
    h('p', null, reason),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([name, text]) =>
        h('div', { key: name }, h('dt', null, name), h('dd', null, text)),
      ),
      h(
        'div',
        null,
        h('dt', null, 'In the store as'),
        h('dd', null, h(VisibleText, { text: physicalKey })),
      ),
    ),
    h(Tiers, { memory, store }),
    h(Tags, { tags, mayWrite, invalidate }),
    value !== undefined && [
      h('h4', null, 'Value'),
      h(
        'pre',
        { tabIndex: 0, 'aria-label': 'Value', role: 'region' },
        h(VisibleText, { text: value, lines: true }),
      ),
    ],
    mayWrite &&
      h(
        'button',
        { type: 'button', class: 'danger', onClick: remove },
        'Delete this entry',
        h('span', { class: 'unseen' }, ` ${visible(wanted.key)}`),
      ),
  )
}

const moods = { hit: 'good', stale: 'neutral', miss: 'bad', coalesced: 'neutral' } as const

interface Tier {
  readonly name: string
  readonly tier: TierExplanation | undefined
}

const tierColumns: readonly Column<Tier>[] = [
  { title: 'Tier', isName: true, cell: ({ name }) => name },
  { title: 'State', cell: ({ tier }) => tier?.state ?? 'none' },
  { title: 'Created', cell: ({ tier }) => shownClock(tier?.createdAt) },
  { title: 'Stale from', cell: ({ tier }) => instant(tier?.staleAt) },
  { title: 'Gone from', cell: ({ tier }) => instant(tier?.expiresAt) },
  { title: 'Bytes', cell: ({ tier }) => shownBytes(tier?.bytes) },
]

function Tiers({ memory, store }: Pick<Explanation, 'memory' | 'store'>): JSX.Element {
  return h(DataTable<Tier>, {
    ...{ caption: 'What each tier has', columns: tierColumns, empty: '' },
    rows: [
      { name: 'Memory, of the process that answers', tier: memory },
      { name: 'Store', tier: store },
    ],
    id: ({ name }) => name,
  })
}

/** What is never is `null` in JSON. */
function instant(at: number | null | undefined): string {
  return at === null ? 'never' : at === undefined ? unknown : shownClock(at)
}

interface TagsProps {
  readonly tags: readonly { readonly tag: string; readonly valid: boolean }[]
  readonly mayWrite: boolean
  readonly invalidate: (tag: string) => void
}

function Tags({ tags, mayWrite, invalidate }: TagsProps): JSX.Element | null {
  if (tags.length === 0) return null
  return h(
    'div',
    { class: 'tags' },
    h('h4', null, 'Tags'),
    h(
      'ul',
      null,
      tags.map(({ tag, valid }) =>
        h(
          'li',
          { key: tag },
          h(VisibleText, { text: tag }),
          !valid && h('span', { class: 'state bad' }, 'invalidated'),
          mayWrite &&
            h(
              'button',
              { type: 'button', onClick: () => invalidate(tag) },
              'Invalidate',
              h('span', { class: 'unseen' }, ` ${visible(tag)}`),
            ),
        ),
      ),
    ),
  )
}
