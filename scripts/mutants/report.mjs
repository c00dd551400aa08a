// docs/internals/mutants.md: what the last runs found, between its markers.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup.mjs'
import { isKilled, lastResult, scoreOf } from './run.mjs'

const page = join(root, 'docs/internals/mutants.md')
/** Why nothing notices: by file, and by `what → what is put`, where `…` is anything. */
const reasons = JSON.parse(readFileSync(new URL('reasons.json', import.meta.url), 'utf8'))
const longest = 60

/** Writes the scores of the areas, and what survived, with its reason where there is one. */
export function writeReport(names) {
  const areas = names.map((name) => ({ name, ...lastResult(name) })).filter(({ found }) => found)
  let text = readFileSync(page, 'utf8')
  text = between(text, 'scores', scores(areas))
  text = between(text, 'survivors', areas.map(survivors).join('\n\n'))
  writeFileSync(page, text)
}

function scores(areas) {
  const rows = areas.map(({ name, date, made, found, seed }) => {
    const count = (verdict) => found.filter((mutant) => mutant.verdict === verdict).length
    const left = found.filter((mutant) => !isKilled(mutant))
    const explained = left.filter(reasonOf).length
    const run = found.length === made ? 'all' : `${found.length}, seed ${seed}`
    const cells = [name, date, made, run, count('killed'), count('timeout'), left.length, explained]
    return `| ${[...cells, scoreOf(found)].join(' | ')} |`
  })
  return [
    '| area | date | mutants | run | killed | out of time | survived | of these explained | score |',
    `|---|---|${'--:|'.repeat(7)}`,
    ...rows,
  ].join('\n')
}

function survivors({ name, found }) {
  const left = found.filter((mutant) => !isKilled(mutant))
  left.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
  const rows = left.map((mutant) => {
    const change = `${code(mutant.from)} → ${mutant.to === '' ? 'nothing' : code(mutant.to)}`
    return `| ${mutant.file.replace('src/', '')}:${mutant.line} | ${change} | ${reasonOf(mutant) ?? ''} |`
  })
  return [`### ${name}`, '', '| where | change | why |', '|---|---|---|', ...rows].join('\n')
}

function reasonOf({ file, from, to }) {
  const ofFile = reasons[file] ?? {}
  const change = `${plain(from)} → ${plain(to)}`
  const key = Object.keys(ofFile).find((pattern) => matches(change, pattern))
  return key && ofFile[key]
}

function matches(change, pattern) {
  const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${pattern.split('…').map(literal).join('.*')}$`).test(change)
}

function plain(text) {
  return text.replace(/\s+/g, ' ')
}

function code(text) {
  const short = plain(text)
  const shown = short.length > longest ? `${short.slice(0, longest)} …` : short
  const fence = shown.includes('`') ? '``' : '`'
  const space = fence === '`' ? '' : ' '
  return `${fence}${space}${shown.replaceAll('|', '\\|')}${space}${fence}`
}

function between(text, name, content) {
  const [begin, end] = [`<!-- mutants:${name} -->`, '<!-- /mutants -->']
  const from = text.indexOf(begin) + begin.length
  return `${text.slice(0, from)}\n\n${content}\n\n${text.slice(text.indexOf(end, from))}`
}
