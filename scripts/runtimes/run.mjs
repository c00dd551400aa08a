// Runs the suite where there are processes and files: `run.mjs SUITE PLAN RESULTS`.
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [suite, plan, results] = process.argv.slice(2)
const at = (module) => import(pathToFileURL(`${suite}/${module}`).href)
const { runFile } = await at('runner.mjs')
const { default: setUp } = await at('setup.mjs')
const { tests, skips } = JSON.parse(readFileSync(plan, 'utf8'))

await setUp()
const outcomes = []
for (const { file, module } of tests) {
  outcomes.push(...(await runFile(file, () => at(module), skips)))
}
writeFileSync(results, JSON.stringify(outcomes))
process.exit()
