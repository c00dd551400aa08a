// What the changelog says of versions: its sections, and which version comes next.

/** The sections, by the version or the word in their headings. */
export function sections(changelog) {
  const parts = changelog.split(/^## /m).slice(1)
  return new Map(
    parts.map((part) => [part.match(/^\S+/)[0], part.slice(part.indexOf('\n')).trim()]),
  )
}

/**
 * The version of what is unreleased, by the lines that begin with "Breaking:" and "Fixed:" and those that
 * begin with neither (docs/reference/versioning.md). A version that has no section was never released: that
 * is the one. Undefined where nothing is unreleased.
 */
export function nextVersion(version, changelog) {
  const known = sections(changelog)
  const lines = (known.get('Unreleased') ?? '').split('\n').filter((line) => line.startsWith('- '))
  if (lines.length === 0) return undefined
  if (!known.has(version)) return version
  const [major, minor, patch] = version.split('.').map(Number)
  const breaks = lines.some((line) => line.startsWith('- Breaking:'))
  const adds = lines.some((line) => !line.startsWith('- Fixed:'))
  if (major === 0) return breaks ? `0.${minor + 1}.0` : `0.${minor}.${patch + 1}`
  if (breaks) return `${major + 1}.0.0`
  return adds ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`
}

/** The changelog in which what was unreleased is that version. */
export function released(changelog, version, date) {
  return changelog.replace(/^## Unreleased$/m, `## Unreleased\n\n## ${version} (${date})`)
}
