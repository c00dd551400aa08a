// What can be imported from each entry, as text to compare: `api/<entry>.d.ts`.
import { entries, readDeclarations } from './declarations.mjs'

/** The file in api of an entry, and what stands in it: each declaration in the first entry that exports it. */
export function listings() {
  const { exportsOf, namedBy } = readDeclarations()
  const exporter = new Map()
  for (const { name, file } of entries) {
    for (const declaration of exportsOf(file).values()) {
      if (!exporter.has(declaration)) exporter.set(declaration, name)
    }
  }
  const listed = new Set(exporter.keys())
  return new Map(
    entries.map(({ name, file }) => [`${fileName(name)}.d.ts`, listing(name, exportsOf(file))]),
  )

  function listing(entry, exported) {
    const sorted = [...exported].sort(([a], [b]) => (a < b ? -1 : 1))
    const own = sorted.filter(([, declaration]) => exporter.get(declaration) === entry)
    const parts = sorted.map(([name, declaration]) => {
      const from = exporter.get(declaration)
      const renamed = name === declaration.name ? name : `${declaration.name} as ${name}`
      if (from !== entry) return `export { ${renamed} } from '${from}'`
      return name === declaration.name
        ? plain(declaration)
        : `${plain(declaration)}\nexport { ${renamed} }`
    })
    const named = unlisted(own.map(([, declaration]) => declaration))
    if (named.length > 0)
      parts.push('// Named above, and exported by no entry:', ...named.map(plain))
    return `// ${entry}\n\n${parts.join('\n\n')}\n`
  }

  /** What stands in these declarations, or in what stands there, and is in no listing yet. */
  function unlisted(declarations) {
    const all = [...declarations]
    for (const declaration of all) {
      const more = namedBy(declaration).filter((other) => !listed.has(other))
      for (const other of more) listed.add(other)
      all.push(...more)
    }
    return all.slice(declarations.length).sort((a, b) => (a.id < b.id ? -1 : 1))
  }
}

function fileName(entry) {
  return entry.includes('/') ? entry.slice(entry.indexOf('/') + 1) : 'index'
}

/** A declaration without its comments. */
function plain({ nodes, text, comments }) {
  return nodes
    .map((node) => {
      let kept = ''
      let from = node.start
      for (const { start, end } of comments.filter(
        ({ start }) => start > node.start && start < node.end,
      )) {
        kept += text.slice(from, start)
        from = end
      }
      kept += text.slice(from, node.end)
      return kept
        .replace(/[ \t]+$/gm, '')
        .replace(/\n+/g, '\n')
        .replaceAll('    ', '  ')
    })
    .join('\n')
}
