// A process that runs tests with one mutant after another: `worker.mjs SUITE`, and messages.
import { pathToFileURL } from 'node:url'

const at = (module) => import(pathToFileURL(`${process.argv[2]}/${module}`).href)
let active = -1
let reached = new Uint8Array(0)

globalThis.isMutant = (n) => {
  reached[n] = 1
  return n === active
}
// A test that has failed leaves things behind, which are not the failure of the next.
process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})

process.on('disconnect', () => process.exit())

let runner
process.on('message', async (message) => {
  active = message.mutant ?? -1
  reached = new Uint8Array(message.mutants)
  if (!runner) {
    runner = await at('runner.mjs')
    await (await at('setup.mjs')).default()
  }
  if (message.measure) await measure(message.measure)
  else await judge(message)
})

/** What each test of a file reaches, and in which time. */
async function measure({ file, module }) {
  await at(module)
  const loaded = takeReached()
  const tests = []
  // By what comes before the first test, or between two.
  const shared = []
  const began = performance.now()
  let before = began
  await runner.runFile(file, () => at(module), [], {
    isWanted() {
      shared.push(...takeReached())
      return true
    },
    ended({ name, failed, skipped }) {
      const now = performance.now()
      tests.push({ name, ms: now - before, reached: takeReached(), failed, skipped })
      before = now
    },
  })
  process.send({ loaded, shared, tests, ms: performance.now() - began })
}

function takeReached() {
  const numbers = []
  for (const [n, flag] of reached.entries()) if (flag) numbers.push(n)
  reached.fill(0)
  return numbers
}

/** Runs tests until one fails, and says of each that it begins: who takes too long is ended. */
async function judge({ runs }) {
  for (const { file, module, names } of runs) {
    process.send({ begins: file })
    let failed
    const wanted = new Set(names)
    await runner.runFile(file, () => at(module), [], {
      isWanted: (name) => failed === undefined && wanted.has(name),
      begins: (name) => process.send({ begins: name }),
      ended(result) {
        if (result.failed) failed ??= result.name
      },
    })
    if (failed !== undefined) {
      process.send({ verdict: 'killed', by: failed })
      return
    }
  }
  process.send({ verdict: 'survived' })
}
