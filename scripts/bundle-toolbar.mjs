// Puts what the toolbar runs in a page into dist/devtools/toolbar/page.js.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = `${root}src/devtools/toolbar/page/`
const built = `${root}dist/devtools/toolbar/`

const style = readFileSync(`${page}style.css`, 'utf8')
  .replace(/\/\*[\s\S]*?\*\//g, '')
  .replace(/\s+/g, ' ')
  .replace(/ ?([{};,>]) ?/g, '$1')
  .trim()
const bundle = await rolldown({
  input: `${page}main.ts`,
  platform: 'browser',
  // Of what it shares with the dashboard it takes the functions, and not the library beside them.
  treeshake: { moduleSideEffects: false },
  transform: { define: { hotsetStyle: JSON.stringify(style) } },
})
const { output } = await bundle.generate({ format: 'iife', minify: true })
const script = output[0].code
  .trim()
  // Pages have other encodings than UTF-8.
  .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
// In a page these end a script, or begin what hides its end.
if (/<\/script|<!--|<script/i.test(script)) throw new Error('The script cannot be put into a page')
mkdirSync(built, { recursive: true })
writeFileSync(`${built}page.js`, `export const bundle = ${JSON.stringify({ script })}\n`)
writeFileSync(`${built}bundle.js`, "export { bundle } from './page.js'\n")
// What the compiler made of the page by itself.
rmSync(`${built}page`, { recursive: true, force: true })
