// `npm run mutants [-- AREA|FILE…]`: breaks the code in small ways, one at a time, and sees whether a test notices.
import { parseArgs } from 'node:util'
import { installTestPackages } from './setup.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // So many of an area, chosen by the seed; all without it.
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    // Only those that survived the last time; what became of the others is taken from there.
    survivors: { type: 'boolean', default: false },
    // How long tests may try to notice a mutant, in ms, as they take without one.
    patience: { type: 'string', default: '8000' },
    processes: { type: 'string', default: '3' },
  },
})
await installTestPackages()
// They need packages, which a fresh clone has only now.
const { areas } = await import('./mutants/areas.mjs')
const { run } = await import('./mutants/run.mjs')
const { writeReport } = await import('./mutants/report.mjs')
const chosen = positionals.length > 0 ? positionals : Object.keys(areas)
await run(Object.fromEntries(chosen.map((name) => [name, areas[name] ?? [name]])), values)
writeReport(Object.keys(areas))
