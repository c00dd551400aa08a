// `npm test`: everything, from a bare clone.
import { build, installPackages, root, run } from './setup.mjs'

installPackages()
build()
run(process.execPath, [`${root}node_modules/vitest/vitest.mjs`, 'run', ...process.argv.slice(2)])
