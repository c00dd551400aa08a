// A module with all its mutants in it, of which at most one is switched on at a time.
import { parseSync } from 'rolldown/utils'
import { changesOf, isComplaint } from './changes.mjs'

/** Syntax of types that has an expression in it. */
const typed = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression'])
const untouched = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'ImportExpression'])

/**
 * Answers the text of the module, where `isMutant(n)` switches, and its mutants: `n` (from `first` on),
 * `line`, and what is put (`to`) for what (`from`).
 */
export function mutate(file, text, first) {
  const { program, errors } = parseSync(file, text, { lang: 'ts' })
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`)
  const mutants = []
  const code = render(program, program, '', false)
  return { code: `const isMutant = globalThis.isMutant;${code}${text.slice(program.end)}`, mutants }

  function render(node, parent, key, isSaid) {
    const said = isSaid || isComplaint(node) || node.type === 'ThrowStatement'
    const own = changesOf(node, parent, key, text)
      .filter((to) => !(isSaid && isWord(node)) && to !== text.slice(node.start, node.end))
      .map((to) => add(node, to))
    let inner = ''
    let at = node === program ? 0 : node.start
    for (const [name, child] of childrenOf(node)) {
      inner += text.slice(at, child.start) + render(child, node, name, said)
      at = child.end
    }
    inner += text.slice(at, node.end)
    if (own.length === 0) return inner
    if (node.type.endsWith('Statement')) return `{ if (!isMutant(${own[0].n})) {${inner}} }`
    return `(${own.map(({ n, to }) => `isMutant(${n}) ? ${to} : `).join('')}${inner})`
  }

  function add(node, to) {
    const { start, end } = node
    const line = text.slice(0, start).split('\n').length
    const mutant = { n: first + mutants.length, file, line, from: text.slice(start, end), to }
    mutants.push(mutant)
    return mutant
  }
}

function isWord({ type, value }) {
  return type === 'TemplateLiteral' || typeof value === 'string'
}

/** What can be mutated in a node, in the order of the text. */
function childrenOf(node) {
  if (untouched.has(node.type) || (node.type.startsWith('TS') && !typed.has(node.type))) return []
  return Object.entries(node)
    .flatMap(([key, value]) => (Array.isArray(value) ? value : [value]).map((part) => [key, part]))
    .filter(([key, part]) => typeof part?.type === 'string' && !isName(node, key))
    .sort(([, a], [, b]) => a.start - b.start)
}

/** Names of members, and modules, stay what they are. */
function isName(node, key) {
  return (
    (key === 'key' && !node.computed) || key === 'source' || (key === 'property' && !node.computed)
  )
}
