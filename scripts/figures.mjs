// Writes what `npm run bench -- --save` measured between `<!-- bench:NAME -->` and `<!-- /bench -->`,
// in the README and the documentation. With `--check` nothing is written, and what differs is told.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { figure } from '../bench/figures.mjs'
import { root } from './setup.mjs'

const marked = /(<!-- bench:([^>]+?) -->\n).*?(<!-- \/bench -->)/gs
const isCheck = process.argv.includes('--check')

const inDocs = readdirSync(`${root}docs`, { recursive: true }).filter((name) =>
  name.endsWith('.md'),
)

for (const page of ['README.md', ...inDocs.map((name) => `docs/${name}`)]) {
  const path = `${root}${page}`
  const text = readFileSync(path, 'utf8')
  const toRoot = '../'.repeat(page.split(/[\\/]/).length - 1)
  const written = text.replaceAll(marked, (_, begin, name, end) => {
    return `${begin}\n${figure(name, toRoot)}\n\n${end}`
  })
  if (written === text) continue
  if (!isCheck) writeFileSync(path, written)
  else {
    console.error(`${page} does not say what bench/results do: run \`node scripts/figures.mjs\``)
    process.exitCode = 1
  }
}
