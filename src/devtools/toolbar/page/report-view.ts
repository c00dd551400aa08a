import { shownCount, shownPercent, shownTime } from '../../dashboard/page/format.ts'
import { visible } from '../../dashboard/page/visible-text.ts'
import type { RequestReport } from '../request-report.ts'
import { callTable } from './call-rows.ts'
import { element } from './element.ts'

/** All that is known of one request. */
export function reportView(report: RequestReport): HTMLElement {
  const { calls, omittedCalls } = report
  const omitted = `and ${shownCount(omittedCalls)} more calls, which were not kept`
  return element(
    'div',
    { class: 'report' },
    summary(report),
    findings(report),
    calls.length === 0
      ? element('p', { class: 'empty' }, 'This request called no cache.')
      : callTable(report),
    omittedCalls === 0 ? undefined : element('p', { class: 'soft' }, omitted),
    renewals(report),
  )
}

function summary(report: RequestReport): HTMLElement {
  const { totals, durationMs, cacheStatus } = report
  const { reads, hits, stale, misses, coalesced, cacheMs, loadMs } = totals
  const outcomes = Object.entries({ hit: hits, stale, coalesced, miss: misses })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${shownCount(count)} ${name}`)
  return element(
    'div',
    { class: 'summary' },
    comparison(report),
    element(
      'dl',
      {},
      ...fact('Calls', shownCount(totals.calls), `${shownCount(reads)} keys read`),
      ...fact(
        'Served',
        reads === 0 ? '–' : shownPercent((hits + stale) / reads),
        outcomes.join(', ') || 'nothing read',
      ),
      ...fact('In the cache', shownTime(cacheMs), `of ${shownTime(durationMs)}`),
      ...fact('In loaders', shownTime(loadMs), 'own, or waited for'),
      ...(cacheStatus === undefined ? [] : fact('Page cache', visible(cacheStatus), '', 'wide')),
    ),
  )
}

/** What could be asked for at once, or only once. */
function findings({ calls }: RequestReport): HTMLElement | undefined {
  const texts = new Set<string>()
  for (const { verb, sameKey, sameLine, line, names } of calls) {
    if (sameLine > 0) {
      const many = verb === 'getOrSet' ? 'getOrSetMany' : 'getMany'
      texts.add(`${line} asks for ${sameLine} keys one by one: ${many} asks for all at once.`)
    }
    const [only] = names
    if (sameKey > 0 && names.length === 1 && only !== undefined) {
      texts.add(`${visible(only.name)} is asked for ${sameKey} times.`)
    }
  }
  if (texts.size === 0) return undefined
  return element(
    'ul',
    { class: 'findings' },
    ...Array.from(texts, (text) => element('li', {}, text)),
  )
}

function fact(name: string, value: string, more: string, kind = ''): HTMLElement[] {
  return [
    element(
      'div',
      { class: kind || undefined },
      element('dt', {}, name),
      element('dd', {}, value),
      element('dd', { class: 'soft' }, more),
    ),
  ]
}

/** The request as it was, beside what it would have been. */
function comparison({ durationMs, totals }: RequestReport): HTMLElement {
  const { withoutCacheMs, unknownLoads } = totals
  const note =
    unknownLoads === 0
      ? 'an estimate, from loads seen before'
      : `at least: of ${shownCount(unknownLoads)} served the loads are not known`
  const most = Math.max(withoutCacheMs, durationMs, 0.001)
  return element(
    'div',
    { class: 'comparison' },
    ...comparedRow('This request', shownTime(durationMs), durationMs / most, 'with'),
    ...comparedRow(
      'Without the cache',
      `≈ ${shownTime(withoutCacheMs)}`,
      withoutCacheMs / most,
      'without',
    ),
    element('span', { class: 'soft note' }, note),
  )
}

function comparedRow(name: string, value: string, share: number, kind: string): HTMLElement[] {
  const bar = element('span', { class: `bar ${kind}` })
  bar.style.inlineSize = `${100 * share}%`
  return [
    element('span', {}, name),
    element('strong', {}, value),
    element('span', { class: 'track', 'aria-hidden': 'true' }, bar),
  ]
}

function renewals({ renewals }: RequestReport): HTMLElement | undefined {
  if (renewals.length === 0) return undefined
  const items = renewals.map(({ cache, key, durationMs, error }) =>
    element(
      'li',
      {},
      element('code', {}, visible(key)),
      element('span', { class: 'soft' }, ` ${visible(cache)} `),
      durationMs === undefined ? 'under way' : shownTime(durationMs),
      error === undefined ? undefined : element('span', { class: 'mark error' }, visible(error)),
    ),
  )
  return element(
    'section',
    { class: 'renewals' },
    element('h2', {}, 'Renewed in the background, with nobody waiting'),
    element('ul', {}, ...items),
  )
}
