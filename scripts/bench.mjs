// `npm run bench`: side by side with the peers. Installs them in bench/, which is no part of the package.
import { existsSync, readFileSync } from 'node:fs'
import { build, installPackages, root, run } from './setup.mjs'

const directory = `${root}bench/`
const { dependencies } = JSON.parse(readFileSync(`${directory}package.json`, 'utf8'))

await installPackages()
installPeers()
build()
const { bench } = await import('../bench/main.mjs')
if (!(await bench(process.argv.slice(2), dependencies))) process.exitCode = 1

/** The very versions that are named there: their build scripts do not run, as none has any. */
function installPeers() {
  const isThere = ([name, version]) => {
    const path = `${directory}node_modules/${name}/package.json`
    return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).version === version
  }
  if (Object.entries(dependencies).every(isThere)) return
  console.log('Installing the peers …')
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['install', ...options], { cwd: directory })
}
