// Brings a fresh clone to where it can build and test: packages now, system packages where a test needs them.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a command with its output shown; ends this process with its exit code if it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (result.error) throw result.error
  if (result.status !== 0) process.exit(result.status ?? 1)
}

/** Packages that single tests need, and this one has not: all private; their scripts do not run. */
const ofTests = [
  'test/bundle/packages/',
  'test/http/frameworks/packages/',
  'test/interop/next-app/',
  'test/interop/packages/',
  'test/telemetry/packages/',
]

export const installPackages = () => install(root)

/** As `installPackages`, with all that the tests need besides. */
export async function installTestPackages() {
  await installPackages()
  await Promise.all(ofTests.map((place) => install(root + place, '--ignore-scripts')))
}

/**
 * Installs what is locked in a directory unless just this is there already. Not by `npm ci`: it also
 * wants the builds of tools for every other platform, which not every registry has.
 */
async function install(directory, ...options) {
  const stamp = `${directory}node_modules/.installed`
  const lock = createHash('sha256')
    .update(readFileSync(`${directory}package-lock.json`))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.log(`Installing packages in ./${relative(root, directory)} …`)
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const child = spawn('npm', ['install', ...quiet, ...options], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'close')
  if (code !== 0) process.exit(code ?? 1)
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
