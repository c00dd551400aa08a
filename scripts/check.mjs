// `npm run check`: format, lint, types, architecture, docs, package. No servers.
import { build, installPackages, root, run } from './setup.mjs'

installPackages()
run(`${root}node_modules/.bin/biome`, ['check', '.'])
build()
run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.json'])
run(process.execPath, [
  `${root}node_modules/vitest/vitest.mjs`,
  'run',
  'test/architecture.test.ts',
  'test/docs.test.ts',
  'test/package.test.ts',
])
