// `node scripts/http-conformance.mjs DIRECTORY`: how many tests of http-tests/cache-tests the proxy passes, by
// profile. DIRECTORY is a checkout of the suite, with its packages (`npm install --omit=dev`).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { build, root } from './setup.mjs'

/** The commit that the figures in the documentation are of. */
const commit = 'b55b8bd'
const profiles = ['rfc', 'safe']

const [directory] = process.argv.slice(2)
if (directory === undefined || !existsSync(resolve(directory, 'node_modules'))) {
  console.error(`Expected a checkout of http-tests/cache-tests at ${commit}, with its packages`)
  process.exit(2)
}
const suite = resolve(directory)
const tests = (await load('tests/index.mjs')).default
const { determineTestResult, resultTypes } = await load('test-engine/lib/results.mjs')

build()
const scores = await Promise.all(
  profiles.map(async (profile) => score(profile, await run(profile))),
)
for (const { profile, required, optimal, missed } of scores) {
  console.log(`${profile}: ${required} required, ${optimal} optimal`)
  for (const line of missed) console.log(`  ${line}`)
}

function load(file) {
  return import(pathToFileURL(resolve(suite, file)))
}

/** What each test of the suite said of the proxy: `true`, or an error. */
async function run(profile) {
  const port = await freePort()
  const origin = start([resolve(suite, 'test-engine/server/server.mjs')], {
    npm_config_protocol: 'http',
    npm_config_port: String(port),
    npm_config_pidfile: '/dev/null',
  })
  await firstLine(origin)
  const options = ['--origin', `http://127.0.0.1:${port}`, '--port', '0', '--profile', profile]
  const proxy = start([`${root}dist/cli/hotset.js`, 'proxy', ...options], {})
  const [base] = (await firstLine(proxy)).match(/http:\S+(?=,)/)
  const client = start(['--no-warnings', resolve(suite, 'test-engine/cli.mjs')], {
    npm_config_base: base,
    npm_config_id: '',
    npm_package_config_id: '',
  })
  let text = ''
  client.stdout.on('data', (part) => {
    text += part
  })
  await once(client, 'close')
  for (const child of [origin, proxy]) child.kill()
  return JSON.parse(text)
}

function start(args, env) {
  return spawn(process.execPath, args, {
    cwd: suite,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function firstLine(child) {
  const [line] = await once(createInterface(child.stdout), 'line')
  child.stdout.resume()
  return line
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

/** Counts as the suite's own site does: a test whose prerequisite failed has not passed. */
function score(profile, results) {
  const counts = { required: [0, 0], optimal: [0, 0] }
  const missed = []
  for (const test of tests.flatMap((group) => group.tests)) {
    const { id, kind = 'required', browser_only: forBrowsers } = test
    if (forBrowsers || counts[kind] === undefined) continue
    const passed = determineTestResult(tests, id, results) === resultTypes.pass
    counts[kind][0] += passed ? 1 : 0
    counts[kind][1] += 1
    if (!passed) missed.push(`${kind} ${id}: ${results[id]?.[1] ?? 'its prerequisite failed'}`)
  }
  const [required, optimal] = [counts.required, counts.optimal].map((pair) => pair.join(' of '))
  return { profile, required, optimal, missed }
}
