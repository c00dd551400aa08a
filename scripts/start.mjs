// `npm start`: the main job. Builds the package and the example site, then measures what the cache saves.
import { build, installPackages, root, run } from './setup.mjs'

await installPackages()
build()
run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'examples/atlas'])
await import('../examples/atlas/dist/main.js')
