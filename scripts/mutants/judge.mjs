// Which mutants the tests notice: each runs the tests that reach it, quickest first, until one fails.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('worker.mjs', import.meta.url))
/** A file of tests that takes longer, in ms, is not used; nor is one that fails with no mutant. */
const longestFile = 120_000
/** Milliseconds that a process may take until it runs a test. */
const longestStart = 30_000
/** The number of no mutant. */
const none = -1

/** Processes that run: one in an endless loop does not see that this one has ended. */
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

/** Answers the tests that can be used, each with its time and what it reaches. */
export async function measured(suite, tests, count, lanes) {
  const known = []
  await inLanes(tests, lanes, async (test) => {
    const child = start(suite)
    const answer = await ask(child, { mutants: count, measure: test }, () => longestFile)
    child.kill('SIGKILL')
    const isBroken = !answer.tests || answer.tests.some(({ name }) => name.endsWith('its tests)'))
    if (isBroken) console.log(`Left out: ${test.file}`)
    else
      known.push({ ...test, loaded: answer.loaded, setUp: setUpOf(answer), tests: usable(answer) })
  })
  return known
}

function setUpOf({ ms, tests }) {
  return Math.max(0, ms - tests.reduce((sum, test) => sum + test.ms, 0))
}

function usable({ tests, shared }) {
  return tests
    .filter(passes)
    .map((test) => ({ ...test, reached: new Set([...shared, ...test.reached]) }))
}

function passes({ name, failed, skipped }) {
  if (failed) console.log(`Fails with no mutant: ${name}\n${failed.split('\n')[0]}`)
  return !failed && !skipped
}

/**
 * Calls `found(mutant, { verdict, by })` for each: `killed`, `timeout`, `survived` or `unreached`. Of
 * the tests that reach one the quickest are run, of `patience` ms in all as they take with no mutant.
 */
export async function judged({ suite, tests, count, lanes, patience }, mutants, found) {
  const loaded = new Set(tests.flatMap((test) => test.loaded))
  const atLoad = mutants.filter(({ n }) => loaded.has(n))
  const others = mutants.filter(({ n }) => !loaded.has(n))
  const doubtful = []

  const queue = [...others]
  await Promise.all(Array.from({ length: lanes }, lane))
  // What is done when a module is loaded is done once in a process.
  await inLanes([...atLoad, ...doubtful], lanes, alone)

  async function lane() {
    while (queue.length > 0) {
      const child = start(suite)
      for (let isFit = true; isFit && queue.length > 0; ) isFit = await next(child, queue.shift())
      child.kill('SIGKILL')
    }
  }

  /** Answers whether the process is as it was: who has noticed a mutant must pass in it with none. */
  async function next(child, mutant) {
    const runs = runsOf(witnesses(mutant, tests, false), patience, mutant.file)
    const answer =
      runs.length === 0 ? { verdict: 'unreached' } : await verdict(child, mutant.n, runs)
    if (answer.verdict === 'killed') {
      const again = runs
        .map((run) => ({ ...run, names: [answer.by] }))
        .filter(({ file }) => answer.by.startsWith(`${file} `))
      const isFit = (await verdict(child, none, again)).verdict === 'survived'
      if (isFit) found(mutant, answer)
      else doubtful.push(mutant)
      return isFit
    }
    found(mutant, answer)
    return answer.verdict !== 'timeout'
  }

  async function alone(mutant) {
    const child = start(suite)
    const runs = runsOf(witnesses(mutant, tests, loaded.has(mutant.n)), patience, mutant.file)
    found(mutant, await verdict(child, mutant.n, runs))
    child.kill('SIGKILL')
  }

  function verdict(child, mutant, runs) {
    const times = new Map(runs.flatMap(({ times }) => [...times]))
    const limit = ({ begins }) => (begins ? 5_000 + 10 * times.get(begins) : longestStart)
    return ask(child, { mutants: count, mutant, runs }, limit)
  }
}

/** The tests that may notice it: those that reach it, or all of what imports it. */
function witnesses({ n, file }, tests, isAtLoad) {
  if (!isAtLoad) return allOf(tests).filter(({ reached }) => reached.has(n))
  return allOf(tests.filter(({ files }) => files[file] !== undefined))
}

function allOf(tests) {
  return tests.flatMap((file) => file.tests.map((test) => ({ ...test, file })))
}

/**
 * The quickest of them, at least one, for which there is patience: first among those of files that
 * import it, then among the others. By file, those first that take the least time.
 */
function runsOf(chosen, patience, mutated) {
  const isNear = ({ file }) => file.files[mutated] === 1
  const near = quickest(chosen.filter(isNear), patience)
  const others = chosen.filter((test) => !isNear(test))
  const spent = near.reduce((sum, { ms }) => sum + ms, 0)
  return [...byFile(near), ...byFile(quickest(others, Math.max(patience / 2, patience - spent)))]
}

/** Each file has the same time, for its quickest. */
function quickest(tests, patience) {
  const spentOn = new Map()
  const inTurn = tests
    .sort((a, b) => a.ms - b.ms)
    .map((test) => {
      const at = (spentOn.get(test.file) ?? 0) + test.ms
      spentOn.set(test.file, at)
      return { test, at }
    })
  let ms = 0
  return inTurn
    .sort((a, b) => a.at - b.at)
    .map(({ test }) => test)
    .filter((test, index) => {
      ms += test.ms
      return index === 0 || ms <= patience
    })
}

function byFile(tests) {
  const runs = new Map()
  for (const { file, name, ms } of tests) {
    const run = runs.get(file) ?? {
      file: file.file,
      module: file.module,
      ms: file.setUp,
      names: [],
      times: new Map([[file.file, file.setUp]]),
    }
    runs.set(file, run)
    run.names.push(name)
    run.times.set(name, ms)
    run.ms += ms
  }
  return [...runs.values()].sort((a, b) => a.ms - b.ms)
}

function start(suite) {
  const child = fork(program, [suite], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--expose-gc', '--max-old-space-size=1500'],
  })
  child.on('error', () => {})
  child.on('exit', () => running.delete(child))
  running.add(child)
  return child
}

/** Its last word; `timeout` if it says nothing for so long as `limit` says, or is no more. */
function ask(child, message, limit) {
  return new Promise((resolve) => {
    let last = {}
    let timer
    const settle = (answer) => {
      clearTimeout(timer)
      child.off('message', hear)
      child.off('exit', end)
      resolve(answer)
    }
    const end = () => settle({ verdict: 'timeout', by: last.begins })
    const late = () => {
      child.kill('SIGKILL')
      end()
    }
    const hear = (said) => {
      if (!said.begins) return settle(said)
      last = said
      clearTimeout(timer)
      timer = setTimeout(late, limit(said))
    }
    child.on('message', hear)
    child.on('exit', end)
    timer = setTimeout(late, limit({}))
    child.send(message)
  })
}

async function inLanes(items, lanes, work) {
  const queue = [...items]
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
