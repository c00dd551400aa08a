// `npm run check:runtimes`: the suite on every runtime, and the types by every compiler. Installs those on demand.
import { join } from 'node:path'
import { checkTypes } from './runtimes/check-types.mjs'
import { ready, runSuite, runtimes, workerd, workshop } from './runtimes/runtimes.mjs'
import { build, installTestPackages } from './setup.mjs'

const wanted = process.argv.slice(2)
const isWanted = ({ name }) => wanted.length === 0 || wanted.includes(name)

await installTestPackages()
build()
// They need packages, which a fresh clone has only now.
const { bundleSuite, tests } = await import('./runtimes/suite.mjs')
const { runInWorkerd } = await import('./runtimes/run-in-workerd.mjs')
const suite = join(workshop, 'suite')
await bundleSuite(suite)

const rows = []
const waiting = [...runtimes, workerd].filter(isWanted)
// Two at a time: tests have a limit of time, and are slower the more there are.
await Promise.all([lane(), lane()])
const types = checkTypes()

for (const { name, outcomes } of rows) {
  for (const { name: test, failed } of outcomes) {
    if (failed) console.log(`\n${name}: ${test}\n${failed.split('\n').slice(0, 6).join('\n')}`)
  }
}
for (const { name, outcomes } of rows) {
  const reasons = new Set(outcomes.flatMap(({ skipped }) => skipped ?? []))
  for (const reason of reasons) {
    const { length } = outcomes.filter(({ skipped }) => skipped === reason)
    console.log(`${name} skips ${length}: ${reason}`)
  }
}
console.table(rows.map(({ outcomes, ...row }) => ({ ...row, ...counts(outcomes) })))
for (const { compiler, failed } of types) {
  console.log(`${compiler}: ${failed.length === 0 ? 'compiles' : failed.join('\n')}`)
}
const broken = [...rows.flatMap(({ outcomes }) => outcomes), ...types].some(({ failed }) =>
  Array.isArray(failed) ? failed.length > 0 : failed,
)
process.exit(broken ? 1 : 0)

async function lane() {
  for (let runtime = waiting.shift(); runtime; runtime = waiting.shift())
    rows.push(await row(runtime))
}

async function row(runtime) {
  const { name } = runtime
  try {
    const { version, ...installed } = ready(runtime)
    const run = runtime === workerd ? runInWorkerd : runSuite
    return { name, version, outcomes: await run(installed, suite, tests) }
  } catch (error) {
    return { name, version: 'none', outcomes: [{ name: 'does not run', failed: error.message }] }
  }
}

function counts(outcomes) {
  const failed = outcomes.filter((outcome) => outcome.failed).length
  const skipped = outcomes.filter((outcome) => outcome.skipped).length
  return { passed: outcomes.length - failed - skipped, failed, skipped }
}
