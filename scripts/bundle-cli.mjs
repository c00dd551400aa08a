// Puts the library that reads the command line into dist/cli/hotset.js, so that the package depends on nothing.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = `${root}dist/cli/`
const library = `${root}node_modules/commander/`
/** The modules of ours that go into the bundle: those between the entry and the library. */
const inside = ['main.js', 'program.js']

// What tsc has not written anew has been bundled before.
if (inside.some((name) => !existsSync(`${directory}${name}`))) process.exit()
const bundle = await rolldown({
  input: `${directory}hotset.js`,
  platform: 'node',
  external: isOutside,
  treeshake: false,
})
await bundle.write({ file: `${directory}hotset.js`, format: 'esm', postBanner: license() })
for (const name of inside) {
  for (const file of [name, name.replace(/js$/, 'd.ts')]) rmSync(`${directory}${file}`)
}

/** All else of ours stays what it is, and is loaded when it is needed. */
function isOutside(id, importer) {
  return (
    importer?.startsWith(directory) === true && id.startsWith('.') && !inside.includes(basename(id))
  )
}

/** Whoever gets the library gets its license. */
function license() {
  const { name, version } = JSON.parse(readFileSync(`${library}package.json`, 'utf8'))
  const text = readFileSync(`${library}LICENSE`, 'utf8').trim()
  return `/*\n${name} ${version}, which is in this file:\n\n${text}\n*/`
}
