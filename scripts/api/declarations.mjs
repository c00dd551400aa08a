// What the package declares to those who import it: the emitted declarations in dist, entry by entry.
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseSync } from 'rolldown/utils'
import { root } from '../setup.mjs'

const dist = `${root}dist`
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

/** The entries that are modules: what each is imported as, and its file in dist. */
export const entries = Object.entries(manifest.exports)
  .filter(([, target]) => target.endsWith('.js'))
  .map(([subpath, target]) => ({
    name: manifest.name + subpath.slice(1),
    file: target.replace('./dist/', '').replace(/\.js$/, '.d.ts'),
  }))

/**
 * Reads declarations as they are asked for. `exportsOf(file)` is a map from each exported name to its
 * declaration, `{ id, name, file, nodes, text }`, with one node an overload; `namedBy(declaration)`
 * is every declaration of the package that stands in one; `docOf(node, declaration)` is its docstring.
 */
export function readDeclarations() {
  const modules = new Map()
  const found = new Map()

  function moduleOf(file) {
    const known = modules.get(file)
    if (known) return known
    const module = readModule(file)
    modules.set(file, module)
    return module
  }

  /** The declaration that a module knows by this name: its own, or what it has from another. */
  function declarationOf(file, name) {
    const { text, comments, own, imported } = moduleOf(file)
    const nodes = own.get(name)
    if (!nodes) {
      const from = imported.get(name)
      return from && exportsOf(from.file).get(from.name)
    }
    const id = `${file}#${name}`
    if (!found.has(id)) found.set(id, { id, name, file, nodes, text, comments })
    return found.get(id)
  }

  function exportsOf(file) {
    const { exported, all } = moduleOf(file)
    const names = new Map(all.flatMap((other) => [...exportsOf(other)]))
    for (const [name, from] of exported) {
      const declaration = from.file
        ? exportsOf(from.file).get(from.name)
        : declarationOf(file, from.name)
      if (!declaration) throw new Error(`${file} exports ${name}, which is declared nowhere`)
      names.set(name, declaration)
    }
    return names
  }

  function namedBy({ file, nodes }) {
    const names = new Set(nodes.flatMap((node) => [...namesIn(node)]))
    return [...names]
      .map((name) => declarationOf(file, name))
      .filter((other) => other !== undefined)
  }

  return { exportsOf, namedBy, docOf }
}

function readModule(file) {
  const text = readFileSync(join(dist, file), 'utf8')
  const { program, comments, errors } = parseSync(file, text, { lang: 'dts' })
  if (errors.length > 0) throw new Error(`${file} cannot be read: ${errors[0].message}`)
  const module = {
    text,
    comments,
    own: new Map(),
    imported: new Map(),
    exported: new Map(),
    all: [],
  }
  for (const statement of program.body) readStatement(statement, file, module)
  return module
}

function readStatement(statement, file, { own, imported, exported, all }) {
  const from = statement.source && targetOf(file, statement.source.value)
  switch (statement.type) {
    case 'ImportDeclaration':
      for (const { local, imported: there } of statement.specifiers) {
        if (from && there) imported.set(local.name, { file: from, name: there.name })
      }
      return
    case 'ExportAllDeclaration':
      all.push(from)
      return
    case 'ExportNamedDeclaration':
      for (const { local, exported: as } of statement.specifiers) {
        exported.set(as.name, { file: from, name: local.name })
      }
      if (!statement.declaration) return
      for (const name of declare(statement.declaration, statement)) exported.set(name, { name })
      return
    default:
      declare(statement, statement)
  }

  function declare(declaration, whole) {
    const names = declaration.declarations?.map(({ id }) => id.name) ?? [declaration.id.name]
    for (const name of names) own.set(name, [...(own.get(name) ?? []), whole])
    return names
  }
}

/** A file in dist, or nothing for what is another's. */
function targetOf(file, specifier) {
  if (!specifier.startsWith('.')) return undefined
  return relative(dist, join(dist, dirname(file), specifier)).replace(/\.ts$/, '.d.ts')
}

/** Every name that a piece of source refers to: not those that it gives to members and parameters. */
function* namesIn(node, key = '', parent = undefined) {
  if (Array.isArray(node)) {
    for (const part of node) yield* namesIn(part, key, parent)
    return
  }
  if (typeof node?.type !== 'string') return
  const isGiven =
    (key === 'key' && !parent.computed) || ['params', 'label', 'right', 'parameters'].includes(key)
  if (node.type === 'Identifier' && !isGiven) yield node.name
  for (const [inner, part] of Object.entries(node)) {
    if (part !== null && typeof part === 'object') yield* namesIn(part, inner, node)
  }
}

/** The docstring just before a node, without its stars; empty if there is none. */
function docOf(node, { text, comments }) {
  const before = text.slice(0, node.start).trimEnd().length
  const comment = comments.find(({ end }) => end === before)
  if (comment?.type !== 'Block' || !comment.value.startsWith('*')) return ''
  return comment.value.replace(/^\s*\*+ ?/gm, '').trim()
}
