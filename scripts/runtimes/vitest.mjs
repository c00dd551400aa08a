// What the tests use of vitest, for where vitest itself does not run: the same words, and its own `expect`.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'
import { fn, restoreAllMocks, spyOn } from '@vitest/spy'
import * as chai from 'chai'

const longest = 60_000

/** Thrown where a test needs what there is only under vitest. */
class Skipped extends Error {}

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin)

export function expect(value, message) {
  setState({ assertionCalls: getState(expect).assertionCalls + 1 }, expect)
  return chai.expect(value, message)
}
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT], {
  getState: () => getState(expect),
  setState: (state) => setState(state, expect),
  unreachable: (message = 'Expected not to be reached') => chai.assert.fail(message),
  poll: () => {
    throw new Skipped('needs expect.poll of vitest')
  },
})
globalThis[GLOBAL_EXPECT] = expect
setState({ assertionCalls: 0 }, expect)

const globals = new Map()
const known = {
  fn,
  spyOn,
  restoreAllMocks,
  stubGlobal(name, value) {
    if (!globals.has(name)) globals.set(name, Object.getOwnPropertyDescriptor(globalThis, name))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  },
  unstubAllGlobals() {
    for (const [name, was] of globals) {
      if (was) Object.defineProperty(globalThis, name, was)
      else delete globalThis[name]
    }
    globals.clear()
  },
}
export const vi = new Proxy(known, {
  get: (_, name) =>
    known[name] ??
    (() => {
      throw new Skipped(`needs vi.${name} of vitest`)
    }),
})

let suite = newSuite()
let finishers = []

function newSuite(name, outer) {
  const hooks = { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] }
  return { name, outer, hooks, parts: [] }
}

export function describe(name, ...rest) {
  const body = rest.find((part) => typeof part === 'function')
  const outer = suite
  suite = newSuite(name, outer)
  outer.parts.push(suite)
  body()
  suite = outer
}

export function test(name, ...rest) {
  suite.parts.push({ name, body: rest.find((part) => typeof part === 'function') })
}

for (const declare of [describe, test]) {
  declare.each =
    (rows) =>
    (pattern, ...rest) => {
      const at = rest.findIndex((part) => typeof part === 'function')
      for (const [index, row] of rows.entries()) {
        const values = Array.isArray(row) ? row : [row]
        declare(named(pattern, values, index), ...rest.with(at, () => rest[at](...values)))
      }
    }
  declare.concurrent = declare
}

export const beforeAll = (hook) => void suite.hooks.beforeAll.push(hook)
export const beforeEach = (hook) => void suite.hooks.beforeEach.push(hook)
export const afterEach = (hook) => void suite.hooks.afterEach.push(hook)
export const afterAll = (hook) => void suite.hooks.afterAll.push(hook)
export const onTestFinished = (hook) => void finishers.push(hook)

/** As vitest names a row: `$name` of an object, `%s` and the like in turn. */
function named(pattern, values, index) {
  const left = [...values]
  const object = values[0]
  return pattern
    .replace(/%([sdifjo#])/g, (_, kind) => (kind === '#' ? index : shown(left.shift())))
    .replace(/\$([a-z_][\w.]*)/gi, (whole, path) => {
      const value = path.split('.').reduce((at, name) => at?.[name], object)
      return value === undefined ? whole : shown(value)
    })
}

function shown(value) {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

/**
 * Runs the tests that the import declares. Answers each with its name, which begins with that of its
 * file, and `failed` or `skipped` if it did not pass. What is in `skips`, by the beginning of a name
 * and with the reason, cannot pass here. `isWanted` is asked of each test,
 * `begins` and `ended` are told of it.
 */
export async function runFile(file, load, skips, { isWanted = () => true, begins, ended } = {}) {
  suite = newSuite()
  const results = []
  const run = {
    skip: (name) => skips.find(([beginning]) => name.startsWith(beginning))?.[1],
    isWanted,
    begins,
    ended(result) {
      results.push(result)
      ended?.(result)
    },
  }
  if (run.skip(file) !== undefined) return [{ name: file, skipped: run.skip(file) }]
  try {
    const { default: declare } = await load()
    await declare()
    await runSuite(suite, file, run)
  } catch (error) {
    run.ended({ name: `${file} (outside its tests)`, ...outcomeOf(error) })
  }
  return results
}

async function runSuite({ hooks, parts }, path, run, inherited = noHooks) {
  const before = [...inherited.before, ...hooks.beforeEach]
  const after = [...hooks.afterEach, ...inherited.after]
  const named = parts.map((part) => ({ part, name: `${path} > ${part.name}` }))
  for (const { name } of named) {
    const skipped = run.skip(name)
    if (skipped !== undefined) run.ended({ name, skipped })
  }
  const runs = named.filter(({ part, name }) => run.skip(name) === undefined && isAny(part, name))
  if (runs.length > 0) for (const hook of hooks.beforeAll) await hook()
  for (const { part, name } of runs) {
    if (part.parts) await runSuite(part, name, run, { before, after })
    else if (run.isWanted(name)) {
      run.begins?.(name)
      run.ended({ name, ...(await runTest(part.body, before, after)) })
    }
  }
  if (runs.length > 0) for (const hook of hooks.afterAll) await hook()

  function isAny(part, name) {
    if (!part.parts) return run.isWanted(name)
    return part.parts.some((inner) => isAny(inner, `${name} > ${inner.name}`))
  }
}

const noHooks = { before: [], after: [] }

async function runTest(body, before, after) {
  finishers = []
  let outcome = {}
  try {
    for (const hook of before) await hook()
    await inTime(body())
  } catch (error) {
    outcome = outcomeOf(error)
  }
  try {
    for (const hook of [...finishers.reverse(), ...after]) await hook()
  } catch (error) {
    outcome = { ...outcomeOf(error), ...outcome }
  }
  return outcome
}

function outcomeOf(error) {
  if (error instanceof Skipped) return { skipped: error.message }
  return { failed: error instanceof Error ? `${error.stack ?? error}` : String(error) }
}

async function inTime(promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not done within ${longest} ms`)), longest)
  })
  await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
