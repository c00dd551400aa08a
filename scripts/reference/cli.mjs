// The page of the command line: what `--help` knows, and the comments of the commands.
import { readFileSync } from 'node:fs'
import { root } from '../setup.mjs'
import { docOf, named, table } from './source.mjs'

const built = `${root}dist/cli/`
const registered = /named\(\s*'([\w-]+)',[\s\S]*?import\('\.\/([\w-]+)\.ts'\)\)\.(\w+)/g

export async function cliPage({ declarations }) {
  const { commands } = await import(`${built}commands.js`)
  const { targetFlags } = await import(`${built}open-target.js`)
  const { exitCodes } = await import(`${built}command.js`)
  const docs = docsOfCommands(declarations)
  const sections = []
  const overview = []
  for (const { name, summary, load } of commands) {
    const { operands = [], flags } = await load()
    const title = ['hotset', name, ...operands.map(shownOperand)].join(' ')
    const own = Object.entries(flags).filter(([flag, { help }]) => targetFlags[flag]?.help !== help)
    const target = flags.url === undefined ? [] : [`It works on [a cache](#which-cache).`]
    sections.push([`## ${title}`, docs.get(name), ...target, ...flagTable(own)].join('\n\n'))
    const asks = flags.yes === undefined ? '' : 'yes'
    overview.push([`[\`${name}\`](#${anchor(title)})`, summary, asks])
  }
  const codes = named(declarations('cli/command.ts'), 'exitCodes')
  const members = codes.initializer.expression.properties
  return [
    '# The command line',
    '**In short:** `npx hotset <command>`; `--help` after any command tells its options.',
    table(['command', 'does', 'asks first'], overview),
    withoutFirst(docOf(named(declarations('cli/commands.ts'), 'commands')).text),
    table(
      ['exit code', 'means'],
      members.map((member) => [`${exitCodes[member.name.text]}`, docOf(member).text]),
    ),
    '## Which cache',
    withoutFirst(docOf(named(declarations('cli/open-target.ts'), 'targetFlags')).text),
    ...flagTable(Object.entries(targetFlags)),
    ...sections,
  ].join('\n\n')
}

/** What the comment above the code of each command says. */
function docsOfCommands(declarations) {
  const text = readFileSync(`${root}src/cli/commands.ts`, 'utf8')
  return new Map(
    [...text.matchAll(registered)].map(([, name, file, symbol]) => {
      const doc = docOf(named(declarations(`cli/${file}.ts`), symbol)).text
      if (doc === '') throw new Error(`hotset ${name} has no comment that says what it does`)
      return [name, doc]
    }),
  )
}

function shownOperand({ name, many, expected }) {
  const text = `${name.toUpperCase()}${many ? '…' : ''}`
  return expected === undefined ? `[${text}]` : text
}

function flagTable(flags) {
  if (flags.length === 0) return []
  const rows = flags.map(([name, { value, help, choices }]) => {
    const [, is, byDefault] = help.match(/^(.*?)(?: \(default:? (.*)\))?$/)
    const choice = choices === undefined ? '' : `: ${choices.map((one) => `\`${one}\``).join(', ')}`
    const form = value === undefined ? `--${name}` : `--${name} ${value}`
    return [`\`${form}\``, `${is}${choice}`, byDefault ?? '']
  })
  return [table(['option', 'is', 'default'], rows)]
}

/** The anchor that a heading gets on GitHub. */
function anchor(title) {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** A comment begins with what the code is, for who reads that; people who use the tool need the rest. */
function withoutFirst(text) {
  return text.slice(text.search(/\.\s/) + 1).trim()
}
