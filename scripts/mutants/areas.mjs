// What is mutated, and by which name.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup.mjs'

const machine = [
  ...['changes', 'reader', 'recollection', 'writer'],
  ...['backend', 'grant', 'lease', 'marks', 'publishers', 'repairs', 'store-search'].map(behind),
  behind('synchronizer'),
  ...['flight', 'flights', 'load', 'resolver', 'waiting'].map((name) => `loading/${name}`),
]
const frames = ['frame-reader', 'frame-writer'].map((name) => `src/kernel/${name}.ts`)

/** The files of each area. */
export const areas = {
  kernel: filesIn('src/kernel').filter((file) => !frames.includes(file)),
  'http-engine': filesIn('src/http/engine'),
  envelope: [`src/core/${behind('envelope')}.ts`, ...frames],
  'state-machine': machine.map((name) => `src/core/${name}.ts`),
}

function behind(name) {
  return `behind/${name}`
}

function filesIn(directory) {
  return readdirSync(join(root, directory))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${directory}/${name}`)
}
