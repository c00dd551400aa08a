import { shownBytes, shownCount, shownTime } from '../../dashboard/page/format.ts'
import { visible } from '../../dashboard/page/visible-text.ts'
import type { CallReport, NameReport, RequestReport } from '../request-report.ts'
import { type Child, element, spaced } from './element.ts'

const columns = ['Call', 'Key', 'Outcome', 'Age', 'Size', 'Time', 'Line'] as const
const numbers: ReadonlySet<string> = new Set(['Age', 'Size'])

/** The calls of a request, in the order in which they were made. */
export function callTable(report: RequestReport): HTMLTableElement {
  const heads = columns.map((name) =>
    element('th', { scope: 'col', class: numbers.has(name) && 'number' }, name),
  )
  const rows = report.calls.map((call) => callRow(call, report.durationMs))
  return element(
    'table',
    {},
    element('caption', { class: 'unseen' }, 'Cache calls'),
    element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {}, ...rows),
  )
}

function callRow(call: CallReport, durationMs: number): HTMLTableRowElement {
  const [first] = call.names
  const one = call.nameCount === 1 ? first : undefined
  return element(
    'tr',
    { class: call.within === undefined ? undefined : 'within' },
    element('th', { scope: 'row' }, element('code', {}, call.verb), count(call)),
    element('td', { class: 'key' }, ...spaced(keyCell(call))),
    element('td', {}, ...(one === undefined ? spaced(summary(call)) : [outcome(one)])),
    element('td', { class: 'number' }, shownTime(one?.ageMs)),
    element('td', { class: 'number' }, shownBytes(sizeOf(call))),
    element('td', { class: 'time' }, timeBar(call, durationMs), ...loadOf(call)),
    element('td', { class: 'line' }, ...spaced(lineOf(call))),
  )
}

function count({ nameCount }: CallReport): HTMLElement | undefined {
  return nameCount > 1
    ? element('span', { class: 'soft' }, ` ×${shownCount(nameCount)}`)
    : undefined
}

function keyCell(call: CallReport): Child[] {
  const { cache, namespace, names, nameCount, within, sameKey, sameLine } = call
  const where = namespace === undefined ? cache : `${cache} / ${namespace}`
  const marks = [
    sameKey > 0 ? mark(`×${sameKey} this key`) : undefined,
    sameLine > 0 ? mark(`×${sameLine} this line`) : undefined,
    within === undefined ? undefined : soft(`in the loader of ${visible(within)}`),
  ]
  const [only] = names
  const shown =
    nameCount === 1 && only !== undefined
      ? element('code', {}, visible(only.name))
      : element(
          'details',
          {},
          element('summary', {}, `${shownCount(nameCount)} names`),
          element('ul', {}, ...names.map(nameItem)),
          nameCount > names.length
            ? soft(`and ${shownCount(nameCount - names.length)} more`)
            : undefined,
        )
  return [nameCount === 0 ? undefined : shown, soft(visible(where)), ...marks]
}

function nameItem(name: NameReport): HTMLLIElement {
  return element('li', {}, element('code', {}, visible(name.name)), ' ', outcome(name))
}

function outcome({ outcome, tier }: NameReport): HTMLElement | string {
  if (outcome === undefined) return '–'
  const from = tier === undefined ? '' : ` ${tier}`
  return element('span', { class: `outcome ${outcome}` }, `${outcome}${from}`)
}

/** Of many keys: how often which. */
function summary({ names }: CallReport): Node[] {
  const counts = new Map<string, number>()
  for (const { outcome } of names) {
    if (outcome !== undefined) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  }
  return Array.from(counts, ([name, n]) =>
    element('span', { class: `outcome ${name}` }, `${n} ${name}`),
  )
}

function sizeOf({ names }: CallReport): number | undefined {
  const sizes = names.flatMap(({ bytes }) => bytes ?? [])
  return sizes.length === 0 ? undefined : sizes.reduce((sum, bytes) => sum + bytes)
}

/** When in the request the call was under way. */
function timeBar({ atMs, durationMs, names }: CallReport, whole: number): HTMLElement {
  const bar = element('span', { class: `bar ${names[0]?.outcome ?? ''}` })
  const share = (ms: number) => `${Math.min(100, (100 * ms) / Math.max(whole, 0.001))}%`
  bar.style.insetInlineStart = share(atMs)
  bar.style.inlineSize = share(durationMs ?? 0)
  const track = element('span', { class: 'track', 'aria-hidden': 'true' }, bar)
  return element('span', { class: 'span' }, element('span', {}, shownTime(durationMs)), track)
}

function loadOf({ names }: CallReport): Node[] {
  const [load] = names.flatMap(({ load }) => load ?? [])
  if (load === undefined) return []
  const { durationMs, of, error } = load
  const whose = of === undefined ? 'load' : `load of ${visible(of.path)}`
  const parts = [soft(`${whose} ${durationMs === undefined ? 'under way' : shownTime(durationMs)}`)]
  if (error !== undefined) parts.push(element('span', { class: 'mark error' }, visible(error)))
  return parts
}

function lineOf({ line, caller }: CallReport): Child[] {
  if (line === undefined) return ['–']
  const [, directory = '', file = line] = /^(.*[/\\])?([^/\\]+)$/.exec(line) ?? []
  const code = element('code', { title: line }, element('span', { class: 'soft' }, directory), file)
  return [code, caller === undefined ? undefined : soft(visible(caller))]
}

function soft(text: string): HTMLElement {
  return element('span', { class: 'soft' }, text)
}

function mark(text: string): HTMLElement {
  return element('span', { class: 'mark' }, text)
}
