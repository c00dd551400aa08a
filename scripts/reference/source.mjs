// What the source says of itself: the public declarations and their comments, read by TypeScript's own parser.
import { existsSync, readFileSync } from 'node:fs'
import { SyntaxKind } from 'typescript/unstable/ast'
import { API, SymbolFlags } from 'typescript/unstable/sync'
import { root } from '../setup.mjs'

const { name: packageName, exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

/**
 * Opens the sources: `entries` are what the package exports, each `{ entry, path, exported }`; `declarations(path)`
 * the statements of one file; `declarationOf` leads from a name to where it is declared. `close` ends the compiler.
 */
export function openSource() {
  const compiler = new API({ cwd: root })
  const [project] = compiler
    .updateSnapshot({ openProject: `${root}tsconfig.build.json` })
    .getProjects()
  const { program, checker } = project
  const fileOf = (path) => program.getSourceFile(`${root}src/${path}`)

  function declared(symbol) {
    const isAlias = (symbol.flags & SymbolFlags.Alias) !== 0
    const [handle] = (isAlias ? checker.getAliasedSymbol(symbol) : symbol).declarations
    return handle.resolve(project)
  }

  function exportsOf({ entry, path }) {
    const exported = checker
      .getExportsOfModule(checker.getSymbolAtLocation(fileOf(path)))
      .map((symbol) => ({ name: symbol.name, node: declared(symbol) }))
    return { entry, path, exported: exported.sort((a, b) => (a.name < b.name ? -1 : 1)) }
  }

  return {
    entries: modules().map(exportsOf),
    declarations: (path) => fileOf(path).statements,
    declarationOf: (name) => declared(checker.getSymbolAtLocation(name)),
    close: () => compiler.close(),
  }
}

/** Every entry that is a module, by the name under which it is imported. */
function modules() {
  return Object.entries(exports)
    .filter(([, target]) => target.endsWith('.js'))
    .map(([subpath, target]) => ({
      entry: packageName + subpath.slice(1),
      path: target.replace('./dist/', '').replace(/js$/, 'ts'),
    }))
    .filter(({ path }) => existsSync(`${root}src/${path}`))
}

/** The declaration of that name in a file. */
export function named(statements, name) {
  for (const statement of statements) {
    if (statement.name?.text === name) return statement
    if (statement.kind !== SyntaxKind.VariableStatement) continue
    const [declaration] = statement.declarationList.declarations
    if (declaration.name.text === name) return declaration
  }
  throw new Error(`There is no ${name}`)
}

/** The comment of a declaration: its text, as Markdown, and its tags by their names. */
export function docOf(node) {
  const holder = node.kind === SyntaxKind.VariableDeclaration ? node.parent.parent : node
  return parseDoc(holder.jsDoc?.at(-1)?.getText())
}

/** The members of a union, each with the comment before it. */
export function membersOf(union) {
  const source = union.getSourceFile().text
  let end = union.pos
  return union.types.map((member) => {
    const [comment] = source.slice(end, member.getStart()).match(/\/\*\*[\s\S]*?\*\//) ?? []
    end = member.end
    return { member, text: parseDoc(comment).text }
  })
}

function parseDoc(comment = '') {
  const plain = comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^[ \t]*\* ?/gm, '')
    .replace(/\{@link ([^}]+)\}/g, '`$1`')
    .replace(/@throws/g, 'Throws')
    .trim()
  const [text = '', ...tagged] = plain.split(/(?:^|\s)@(?=(?:default|example)\b)/)
  const tags = tagged.map((tag) => [tag.split(/\s/, 1)[0], tag.replace(/^\w+\s*/, '').trim()])
  return { text: text.trim(), ...Object.fromEntries(tags) }
}

/** The first sentence of a text, and as many more as it takes to say something. */
export function beginning(text) {
  const [first = '', ...rest] = oneLine(text).split(/(?<=\.) (?=\p{Lu}|`)/u)
  return rest.length > 0 && first.length < 30 ? `${first} ${beginning(rest.join(' '))}` : first
}

export function oneLine(text) {
  return text.replace(/\s+/g, ' ').trim()
}

/** A piece of source as code in a line, also in a table. */
export function code(text) {
  return `\`${oneLine(text).replaceAll('|', '\\|')}\``
}

/** Text for a cell of a table, in which what looks like a tag is none. */
export function escaped(text) {
  return oneLine(text)
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replace(/`[^`]*`/g, (part) => part.replaceAll('&lt;', '<'))
}

export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => oneLine(cell)).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

export { SyntaxKind }
