// Whether what is published compiles for those who use it, by the oldest TypeScript and the newest.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup.mjs'
import { installed, workshop } from './runtimes.mjs'

const compilers = ['typescript@5.4.5', 'typescript@7.0.2']

/** Answers a line for each compiler, with its errors. */
export function checkTypes() {
  const directory = join(workshop, 'types')
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(join(directory, 'node_modules'), { recursive: true })
  symlinkSync(root, join(directory, 'node_modules/hotset'))
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const entries = Object.keys(exports).filter((name) => !name.endsWith('.json'))
  const lines = entries.map((name, at) => `export * as e${at} from 'hotset${name.slice(1)}'`)
  writeFileSync(join(directory, 'all.mts'), `${lines.join('\n')}\n`)
  writeFileSync(
    join(directory, 'wrong.mts'),
    "import { createCache } from 'hotset'\nexport const wrong: number = createCache()\n",
  )
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(configuration))
  return compilers.map((compiler) => ({ compiler, ...compile(compiler, directory) }))
}

function compile(compiler, directory) {
  const tsc = join(installed(compiler), 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', directory], { encoding: 'utf8' })
  const errors = stdout.split('\n').filter((line) => line.includes('error TS'))
  const expected = errors.filter((line) => /wrong\.mts.*TS2322/.test(line))
  const failed = errors.filter((line) => !expected.includes(line))
  // Had the types not been found, this mistake would not have been either.
  if (expected.length !== 1) failed.push('A mistake was not found')
  return { failed }
}

const configuration = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    preserveSymlinks: true,
    noEmit: true,
  },
  files: ['all.mts', 'wrong.mts'],
}
