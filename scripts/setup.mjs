// Brings a fresh clone to where it can build and test: packages now, system packages where a test needs them.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a command with its output shown; ends this process with its exit code if it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (result.error) throw result.error
  if (result.status !== 0) process.exit(result.status ?? 1)
}

/** Installs the locked packages, and those that the tests of what others publish need. */
export function installPackages() {
  install(root)
  install(`${root}test/interop/packages/`, '--ignore-scripts')
  install(`${root}test/http/frameworks/packages/`, '--ignore-scripts')
}

/**
 * Installs what is locked in a directory unless just this is there already. Not by `npm ci`: it also
 * wants the builds of tools for every other platform, which not every registry has.
 */
function install(directory, ...options) {
  const stamp = `${directory}node_modules/.installed`
  const lock = createHash('sha256')
    .update(readFileSync(`${directory}package-lock.json`))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.log('Installing packages …')
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['install', ...quiet, ...options], { cwd: directory })
  writeFileSync(stamp, lock)
}

/** Installs each system package whose command is missing; `packages` maps command to package. */
export function installSystemPackages(packages) {
  const missing = Object.entries(packages).filter(([command]) => !has(command))
  if (missing.length === 0) return
  const names = missing.map(([, name]) => name)
  console.log(`Installing ${names.join(', ')} …`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update', '-qq'], { env: environment })
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], {
    env: environment,
  })
}

export function build() {
  run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.build.json'])
  run(process.execPath, [`${root}scripts/bundle-cli.mjs`])
  run(process.execPath, [`${root}scripts/bundle-dashboard.mjs`])
  run(process.execPath, [`${root}scripts/bundle-toolbar.mjs`])
}

function has(command) {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
