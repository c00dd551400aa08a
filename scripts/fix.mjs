// `npm run fix`: formats, and mends what the linter can mend by itself.
import { installPackages, root, run } from './setup.mjs'

await installPackages()
run(`${root}node_modules/.bin/biome`, ['check', '--write', '.'])
