// `npm run docs`: the site of the documentation, in site/dist. With --check it is read in a browser, with --serve served.
import { existsSync, readFileSync } from 'node:fs'
import { read } from './docs/read.mjs'
import { serve } from './docs/serve.mjs'
import { root, run } from './setup.mjs'

const site = `${root}site/`
const generator = `${site}node_modules/vitepress/`

installGenerator()
run(process.execPath, [`${generator}bin/vitepress.js`, 'build', site])
if (process.argv.includes('--check')) await check()
if (process.argv.includes('--serve')) console.log((await serve(`${site}dist`, 8000)).url)

/** The very version that is named there. Build scripts do not run, as none is needed. */
function installGenerator() {
  const { dependencies } = JSON.parse(readFileSync(`${site}package.json`, 'utf8'))
  const manifest = `${generator}package.json`
  const version = existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version
  if (version === dependencies.vitepress) return
  console.log('Installing the generator …')
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['install', ...options], { cwd: site })
}

async function check() {
  const server = await serve(`${site}dist`, 0)
  try {
    const { pages, flaws } = await read(server.url, `${site}dist`)
    for (const flaw of flaws) console.error(`✗ ${flaw}`)
    console.log(`${pages} pages were read, with ${flaws.length} flaws`)
    if (flaws.length > 0) process.exitCode = 1
  } finally {
    server.close()
  }
}
