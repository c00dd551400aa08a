import { shownCount, shownPercent, shownTime } from '../../dashboard/page/format.ts'
import { visible } from '../../dashboard/page/visible-text.ts'
import type { PageData, RequestReport } from '../request-report.ts'
import { element } from './element.ts'
import { followRequests } from './later-requests.ts'
import { rememberOpen, wasOpen } from './preference.ts'
import { reportView } from './report-view.ts'

/** The tab and the panel that it opens. */
export function toolbarParts({ report, reports }: PageData): readonly HTMLElement[] {
  const content = element('div', { class: 'content', 'aria-live': 'polite' }, reportView(report))
  const close = element('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '×')
  const panel = element(
    'section',
    { id: 'panel', class: 'panel', 'aria-label': 'Hotset toolbar', tabindex: '-1', hidden: true },
    element(
      'header',
      {},
      element('span', { class: 'brand' }, 'Hotset'),
      requestList(report, async (id) => {
        content.replaceChildren(id === report.id ? reportView(report) : await fetched(reports, id))
      }),
      close,
    ),
    content,
  )
  const tab = tabOf(report)
  const show = (isOpen: boolean) => {
    panel.hidden = !isOpen
    tab.hidden = isOpen
    rememberOpen(isOpen)
  }
  tab.addEventListener('click', () => {
    show(true)
    panel.focus()
  })
  const hide = () => {
    show(false)
    tab.focus()
  }
  close.addEventListener('click', hide)
  panel.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') hide()
  })
  if (wasOpen()) show(true)
  return [tab, panel]
}

function tabOf({ totals, durationMs }: RequestReport): HTMLButtonElement {
  const { calls, reads, hits, stale } = totals
  const served = reads === 0 ? '–' : shownPercent((hits + stale) / reads)
  const label = `Hotset: ${calls} cache calls, ${served} served, ${shownTime(durationMs)}`
  return element(
    'button',
    {
      type: 'button',
      class: 'tab',
      'aria-controls': 'panel',
      'aria-expanded': 'false',
      'aria-label': label,
    },
    element('span', { class: 'brand', 'aria-hidden': 'true' }),
    element('span', {}, `${shownCount(calls)} calls`),
    element('span', {}, `${served} served`),
    element('span', {}, shownTime(durationMs)),
  )
}

/** The page, and what its scripts have asked for since. */
function requestList(page: RequestReport, chosen: (id: string) => void): HTMLElement {
  const option = (id: string, path: string, durationMs: number) =>
    element('option', { value: id }, `${visible(path)} · ${shownTime(durationMs)}`)
  const list = element(
    'select',
    { 'aria-label': 'Request' },
    option(page.id, `${page.method} ${page.path}`, page.durationMs),
  )
  const known = new Set([page.id])
  followRequests(({ id, path, durationMs }) => {
    if (known.has(id)) return
    known.add(id)
    list.append(option(id, path, durationMs))
  })
  list.addEventListener('change', () => chosen(list.value))
  return list
}

async function fetched(reports: string, id: string): Promise<HTMLElement> {
  try {
    const response = await fetch(`${reports}/${encodeURIComponent(id)}`)
    const answer = await response.json()
    if (response.ok) return reportView(answer)
    return element('p', { class: 'empty' }, `${answer.error}.`)
  } catch {
    return element('p', { class: 'empty' }, 'The report cannot be fetched from this page.')
  }
}
