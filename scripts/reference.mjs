// `npm run reference`: writes docs/reference and what else is generated in docs from the comments of the source; with --check, says what is not as written.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pages } from './reference/pages.mjs'
import { root } from './setup.mjs'

const directory = join(root, 'docs')
const isCheck = process.argv.includes('--check')
const stale = []

for (const [name, text] of Object.entries(await pages())) {
  const path = join(directory, name)
  const written = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (written === text) continue
  stale.push(name)
  if (isCheck) show(path, text)
  else writeFileSync(path, text)
}
if (stale.length > 0)
  console.log(`${isCheck ? 'Not as the source says' : 'Written'}: ${stale.join(', ')}`)
if (isCheck && stale.length > 0) {
  console.log('Run: npm run reference')
  process.exitCode = 1
}

/** What would change in a page, as `diff` shows it. */
function show(path, text) {
  const before = existsSync(path) ? path : '/dev/null'
  const { stdout } = spawnSync('diff', ['-u', before, '-'], { input: text, encoding: 'utf8' })
  console.log(stdout)
}
