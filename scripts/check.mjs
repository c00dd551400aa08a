// `npm run check`: format, lint, dead code, types, interface, architecture, docs, package. No servers.
import { build, installTestPackages, root, run } from './setup.mjs'

await installTestPackages()
run(`${root}node_modules/.bin/biome`, ['check', '.'])
run(`${root}node_modules/.bin/knip`, ['--config', 'scripts/knip.config.mjs', '--no-config-hints'])
build()
const { apiHolds } = await import('./api/snapshot.mjs')
if (!(await apiHolds())) process.exit(1)
run(process.execPath, [`${root}scripts/figures.mjs`, '--check'])
run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.json'])
run(process.execPath, [
  `${root}node_modules/vitest/vitest.mjs`,
  'run',
  'test/architecture.test.ts',
  'test/docs.test.ts',
  'test/package.test.ts',
  'test/questions.test.ts',
])
