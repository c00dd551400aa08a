// The tests with the mutants of some files in them, as modules that one process can run again and again.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bundleTests, declared, entryOf } from '../runtimes/suite.mjs'
import { root } from '../setup.mjs'
import { mutate } from './mutate.mjs'

/** Where the tests are that need neither servers nor other processes. */
const rooms = [
  ...['test/unit', 'test/property', 'test/races', 'test/fuzz', 'test/memoize', 'test/conformance'],
  ...['test/simulation', 'test/telemetry', 'test/http/engine', 'test/http/exchange'],
  ...['test/http/fragments', 'test/http/client', 'test/decorators'],
]
/** It has broken code of its own. */
const broken = 'test/simulation/mutants.test.ts'
const withServers = /\/servers\/|node:child_process|node:worker_threads|'vitest\//

/**
 * Puts the suite with all mutants of the `files` into a directory. Answers the mutants, by their
 * numbers, and the tests: `file`, `module`, and the `files` that it loads.
 */
export async function bundleMutants(directory, files) {
  const mutants = []
  const imported = new Map()
  const mutating = {
    name: 'mutating',
    transform(code, id) {
      const file = relative(root, id)
      if (!files.includes(file)) return undefined
      const mutated = mutate(file, code, mutants.length)
      mutants.push(...mutated.mutants)
      return mutated.code
    },
    moduleParsed({ id, importedIds, dynamicallyImportedIds }) {
      imported.set(relative(root, id), [...importedIds, ...dynamicallyImportedIds])
    },
  }
  const tests = testFiles()
  await bundleTests(directory, tests, [mutating, declared])
  return {
    mutants,
    tests: tests.map((file) => ({ file, module: `${entryOf(file)}.mjs`, files: loadedBy(file) })),
  }

  /** By file, how many imports away it is. */
  function loadedBy(test) {
    const far = new Map([[test, 0]])
    for (const [file, distance] of far) {
      for (const id of imported.get(file) ?? []) {
        const other = relative(root, id)
        if (!far.has(other)) far.set(other, distance + 1)
      }
    }
    return Object.fromEntries(
      files.filter((file) => far.has(file)).map((file) => [file, far.get(file)]),
    )
  }
}

function testFiles() {
  return rooms
    .flatMap((room) =>
      readdirSync(join(root, room))
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => `${room}/${name}`),
    )
    .filter((file) => file !== broken)
    .filter((file) => !withServers.test(readFileSync(join(root, file), 'utf8')))
}
