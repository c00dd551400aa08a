// Pages of options: every interface of options that an entry exports, with what each member means.
import { beginning, code, docOf, escaped, oneLine, SyntaxKind, table } from './source.mjs'

const isOptions = /(Options|Setup|Bounds|Definition|Writing)$/

/** A page for the entries of the rooms that `belongs` chooses; `first` names what comes first, in that order. */
export function optionsPage({ title, intro, source, belongs, first = [] }) {
  const chosen = source.entries.filter(({ path }) => belongs(path.split('/', 1)[0]))
  const declared = new Map()
  for (const { entry, exported } of chosen) {
    for (const { name, node } of exported) {
      if (node.kind !== SyntaxKind.InterfaceDeclaration || !isOptions.test(name)) continue
      const known = declared.get(node) ?? { name, node, entries: [], takers: new Set() }
      known.entries.push(entry)
      for (const taker of takersOf(name, exported)) known.takers.add(taker)
      declared.set(node, known)
    }
  }
  const rank = ({ name }) => (first.includes(name) ? first.indexOf(name) : first.length)
  const exported = new Set(
    source.entries.flatMap((entry) => entry.exported.map(({ node }) => node)),
  )
  const sections = [...declared.values()]
    .sort((a, b) => rank(a) - rank(b))
    .map((options) => section(options, source, exported))
  return [`# ${title}`, intro, ...sections].join('\n\n')
}

function section({ name, node, entries, takers }, source, exported) {
  const from = entries.map((entry) => `\`${entry}\``).join(', ')
  const by = [...takers].map((taker) => `\`${taker}\``).join(', ')
  const about = `From ${from}${by === '' ? '' : `, for ${by}`}.`
  const { members, others } = membersAndParents(node, source, exported)
  const parts = [`## ${name}`, `${oneLine(docOf(node).text)} ${about}`]
  if (others.length > 0) parts.push(`Also what ${others.map(code).join(', ')} has.`)
  if (members.length > 0) {
    const rows = members.map((member) => row(name, member))
    parts.push(table(['option', 'type', 'default', 'means'], rows))
  }
  return parts.join('\n\n')
}

/** Members of an interface and of those parents that nobody can look up elsewhere; the other parents by name. */
function membersAndParents(node, source, exported) {
  const members = [...node.members]
  const others = []
  for (const parent of (node.heritageClauses ?? []).flatMap((clause) => [...clause.types])) {
    const declared = source.declarationOf(parent.expression)
    if (declared.kind === SyntaxKind.InterfaceDeclaration && !exported.has(declared)) {
      const above = membersAndParents(declared, source, exported)
      members.push(...above.members)
      others.push(...above.others)
    } else others.push(parent.getText())
  }
  return { members, others }
}

function row(owner, member) {
  const { text, default: byDefault } = docOf(member)
  const name = member.name.getText()
  const isOptional = /^(readonly\s+)?[\w'-]+\?/.test(member.getText())
  if (text === '') throw new Error(`${owner}.${name} has no comment that says what it means`)
  return [
    code(name),
    code(typeOf(member)),
    byDefault === undefined ? (isOptional ? 'none' : 'needed') : literal(byDefault),
    escaped(text),
  ]
}

/** A default that is a literal or a call is code; others are words. */
function literal(text) {
  const isCode =
    /^('[^']*'|[-\d][\d,.]*|true|false|\[.*\]|\{.*\}|[\w.]+\(.*\)|Infinity|Math\.random)$/
  return isCode.test(text) ? code(text) : escaped(text)
}

export function typeOf(member) {
  if (member.kind === SyntaxKind.MethodSignature) {
    return oneLine(member.getText().slice(member.name.getText().length))
  }
  const text = oneLine(member.type.getText().replace(/\/\*\*[\s\S]*?\*\//g, ''))
  const plain = text.replace(/^\| /, '').replace(/ \| undefined$/, '')
  return /^\(\(.*\)$/.test(plain) && !plain.includes(') | (') ? plain.slice(1, -1) : plain
}

/** Functions of an entry whose parameters name it. */
function takersOf(name, exported) {
  const mention = new RegExp(`\\b${name}\\b`)
  return exported
    .filter(({ node }) => node.kind === SyntaxKind.FunctionDeclaration)
    .filter(({ node }) =>
      node.parameters.some((parameter) => mention.test(parameter.type?.getText() ?? '')),
    )
    .map(({ name }) => name)
}

/** A page of all that can be imported: by entry, each with how its comment begins. */
export function exportsPage({ entries }) {
  const sections = entries.map(({ entry, exported }) => {
    const rows = exported.map(({ name, node }) => {
      const { text } = docOf(node)
      if (text === '') throw new Error(`${entry} exports ${name} without a comment`)
      return [code(name), kindOf(node), escaped(beginning(text))]
    })
    return `## ${entry}\n\n${table(['export', 'is a', 'says'], rows)}`
  })
  return [
    '# Exports',
    `Everything that can be imported, by the name of the module: ${entries.length} of them, each of which loads what it needs alone.`,
    ...sections,
  ].join('\n\n')
}

function kindOf(node) {
  const kinds = new Map([
    [SyntaxKind.InterfaceDeclaration, 'type'],
    [SyntaxKind.TypeAliasDeclaration, 'type'],
    [SyntaxKind.FunctionDeclaration, 'function'],
    [SyntaxKind.ClassDeclaration, 'class'],
    [SyntaxKind.VariableDeclaration, 'value'],
  ])
  return kinds.get(node.kind) ?? 'value'
}
