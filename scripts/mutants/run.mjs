// One run: bundles the tests with all mutants, measures them, judges area by area, and keeps what was found.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup.mjs'
import { judged, measured } from './judge.mjs'
import { createRandom } from './random.mjs'
import { bundleMutants } from './suite.mjs'

const workshop = join(root, '.cache/mutants')
const suite = join(workshop, 'suite')

/**
 * Judges the mutants of areas, `{ name: files }`: all of each, or a `sample` chosen by the `seed`. Of
 * those that were killed the last time nothing is run if only `survivors` are wanted.
 */
export async function run(areas, { sample, seed, survivors, processes, patience }) {
  mkdirSync(workshop, { recursive: true })
  const { mutants, tests: all } = await bundleMutants(suite, Object.values(areas).flat())
  const tests = all.filter(({ files }) => Object.keys(files).length > 0)
  const chosen = Object.entries(areas).map(([name, files]) => {
    const made = withKeys(mutants.filter(({ file }) => files.includes(file)))
    const known = survivors ? killedBefore(name) : new Map()
    const wanted = sample ? sampled(made, Number(sample), Number(seed)) : made
    return { name, made: made.length, wanted, known }
  })
  const lanes = Number(processes)
  console.log(`${mutants.length} mutants, ${tests.length} files of tests`)
  const ready = await measured(suite, tests, mutants.length, lanes)
  const judging = { suite, tests: ready, count: mutants.length, lanes, patience: Number(patience) }
  for (const area of chosen) await judgeArea(area)

  async function judgeArea({ name, made, wanted, known }) {
    const found = wanted.flatMap(({ key, line }) =>
      known.has(key) ? [{ ...known.get(key), line }] : [],
    )
    const open = wanted.filter(({ key }) => !known.has(key))
    const began = Date.now()
    await judged(judging, open, ({ n, ...mutant }, verdict) => {
      found.push({ ...mutant, ...verdict })
      if (found.length % 100 === 0) save()
    })
    save()

    function save() {
      const date = new Date().toISOString().slice(0, 10)
      const result = { date, made, chosen: wanted.length, seed: sample && seed, found }
      writeFileSync(resultsOf(name), JSON.stringify(result, undefined, 1))
      const minutes = ((Date.now() - began) / 60_000).toFixed(1)
      console.log(`${name}: ${found.length} of ${wanted.length}, ${scoreOf(found)}, ${minutes} min`)
    }
  }
}

/** What was found of an area the last time. */
export function lastResult(name) {
  const file = resultsOf(name)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

export function isKilled({ verdict }) {
  return verdict === 'killed' || verdict === 'timeout'
}

export function scoreOf(found) {
  return `${((100 * found.filter(isKilled).length) / found.length).toFixed(1)} %`
}

function resultsOf(name) {
  return join(workshop, `${name.replaceAll('/', '-')}.json`)
}

function killedBefore(name) {
  const killed = lastResult(name)?.found.filter(isKilled) ?? []
  return new Map(killed.map((mutant) => [mutant.key, mutant]))
}

/** Names that outlive a change of other lines: what is put for what, for the nth time in its file. */
function withKeys(mutants) {
  const times = new Map()
  return mutants.map((mutant) => {
    const name = `${mutant.file}: ${mutant.from} → ${mutant.to}`
    const nth = (times.get(name) ?? 0) + 1
    times.set(name, nth)
    return { ...mutant, key: `${name} (${nth})` }
  })
}

function sampled(mutants, size, seed) {
  const left = [...mutants]
  const random = createRandom(seed)
  return Array.from(
    { length: Math.min(size, left.length) },
    () => left.splice(Math.floor(random() * left.length), 1)[0],
  )
}
