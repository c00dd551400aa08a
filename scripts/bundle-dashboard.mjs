// Puts the dashboard's page, with the libraries that it is made with, into dist/devtools/dashboard/page.js.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = `${root}src/devtools/dashboard/page/`
const built = `${root}dist/devtools/dashboard/`
/** Who is in the page: whoever gets it gets their licenses. */
const libraries = ['preact', 'uplot']

const bundle = await rolldown({ input: `${page}main.ts`, platform: 'browser' })
const { output } = await bundle.generate({ format: 'iife', minify: true })
// In a page, nothing but `</script` ends a script.
const script = output[0].code.replaceAll(/<(?=\/script|!--)/gi, '\\x3c').trim()
const style = [`${root}node_modules/uplot/dist/uPlot.min.css`, `${page}style.css`]
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')
  .replace(/\/\*[\s\S]*?\*\//g, '')
  .replace(/\s+/g, ' ')
  .replace(/ ?([{};,>]) ?/g, '$1')
  .trim()
const hashes = { script: hashOf(script), style: hashOf(style) }

const notices = libraries.map(notice).join('\n\n')
const value = JSON.stringify({ script, style, hashes })
mkdirSync(built, { recursive: true })
writeFileSync(`${built}page.js`, `/*\n${notices}\n*/\nexport const bundle = ${value}\n`)
writeFileSync(`${built}bundle.js`, "export { bundle } from './page.js'\n")
// What the compiler made of the page by itself.
rmSync(`${built}page`, { recursive: true, force: true })

function hashOf(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function notice(name) {
  const directory = `${root}node_modules/${name}/`
  const { version } = JSON.parse(readFileSync(`${directory}package.json`, 'utf8'))
  const text = readFileSync(`${directory}LICENSE`, 'utf8').trim()
  return `${name} ${version}, which is in this file:\n\n${text}`
}
