// What can be imported from each entry, and how large that is, in api/: written, or compared.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { root } from '../setup.mjs'
import { listings } from './listing.mjs'
import { keptSizes, readSizes } from './sizes.mjs'
import { undocumented } from './undocumented.mjs'

/** Writes `api/` anew. */
export async function writeApi() {
  await write('api')
}

/** Whether `api/` is what the package declares, and all of that has docstrings; shows what is not so. */
export async function apiHolds() {
  await write('build/api')
  const options = ['--no-index', '--exit-code', '--src-prefix=', '--dst-prefix=']
  const diff = ['diff', ...options, 'api', 'build/api']
  const { status } = spawnSync('git', diff, { cwd: root, stdio: 'inherit' })
  if (status !== 0) console.error('\nThis is not what api/ has: `npm run api` writes it anew.')
  const silent = undocumented()
  if (silent.length > 0) console.error(`Without a docstring:\n  ${silent.join('\n  ')}`)
  return status === 0 && silent.length === 0
}

async function write(directory) {
  const sizes = JSON.stringify(keptSizes(await readSizes(), sizesBefore()), null, 2)
  rmSync(`${root}${directory}`, { recursive: true, force: true })
  mkdirSync(`${root}${directory}`, { recursive: true })
  for (const [name, text] of [...listings(), ['sizes.json', `${sizes}\n`]]) {
    writeFileSync(`${root}${directory}/${name}`, text)
  }
}

function sizesBefore() {
  const file = `${root}api/sizes.json`
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}
