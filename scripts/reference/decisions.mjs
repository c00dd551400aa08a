// The list of decisions: each with what it says in its heading, and how it begins.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup.mjs'
import { table } from './source.mjs'

const directory = join(root, 'docs/internals/decisions')

export function decisionsPage() {
  const rows = readdirSync(directory)
    .filter((name) => /^\d{4}-.*\.md$/.test(name))
    .sort()
    .map((name) => {
      const [, number, title] = readFileSync(join(directory, name), 'utf8').match(
        /^# (\d+)\. (.+)$/m,
      )
      return [number, `[${title}](decisions/${name})`]
    })
  return [
    '# Decisions',
    'Why it is as it is: what was weighed, what was measured, and what was left.',
    table(['no.', 'decision'], rows),
  ].join('\n\n')
}
