// The page of verbs: what can be asked of a cache, with its signatures.
import { docOf, escaped, oneLine, table } from './source.mjs'

const shown = [
  ['Cache', 'what `createCache` answers'],
  ['DefinedCache', 'what `cache.define` answers'],
  ['WritingCache', 'what a defined cache can do besides'],
  ['LoadContext', 'what a loader is given'],
  ['Locking', 'what every cache can do besides'],
  ['Lock', 'what `cache.lock` and `cache.semaphore` answer'],
  ['Hold', 'a lock, or a permit, that one has'],
  ['RateLimit', 'what `cache.rateLimit` answers'],
  ['MemoryCache', 'what `createMemoryCache` answers'],
  ['Stats', 'what `stats()` answers'],
  ['MemoryStats', 'its part about memory'],
  ['StoreStats', 'its part about the store'],
  ['Inspection', 'what `inspect()` answers'],
  ['Explanation', 'what `explain(key)` answers'],
  ['Store', 'what a store has to do'],
  ['Bus', 'what a bus has to do'],
]

export function verbsPage({ entries: [{ exported }] }) {
  const sections = shown.map(([name, is]) => {
    const { node } = exported.find((one) => one.name === name)
    const head = `## ${name}\n\n${oneLine(docOf(node).text)} It is ${is}.`
    return `${head}\n\n${table(['member', 'does'], rowsOf(node))}`
  })
  return [
    '# Verbs',
    "What can be asked of a cache. They mean the same on every store; a cached `null`, `0`, `''`, `false` or `undefined` is a hit.",
    ...sections,
  ].join('\n\n')
}

/** A row a member; of overloads, the first has the comment of all. */
function rowsOf({ members }) {
  const rows = new Map()
  for (const member of members) {
    const name = member.name?.getText() ?? ''
    const form = `\`${signature(member).replaceAll('|', '\\|')}\``
    const row = rows.get(name)
    if (row === undefined) rows.set(name, { forms: [form], text: docOf(member).text })
    else row.forms.push(form)
  }
  return [...rows.values()].map(({ forms, text }) => [forms.join('<br>'), escaped(text)])
}

function signature(member) {
  return oneLine(
    member
      .getText()
      .replace(/\/\*\*[\s\S]*?\*\//g, '')
      .replace(/^readonly /, '')
      .replace(/\( /g, '('),
  )
}
