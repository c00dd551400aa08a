// `npm run api`: writes what the package declares to api/, for whoever reviews a change of it. With `--check`
// it compares instead, and looks for what has no docstring.
import { build, installPackages } from './setup.mjs'

await installPackages()
build()
const { apiHolds, writeApi } = await import('./api/snapshot.mjs')
if (!process.argv.includes('--check')) await writeApi()
else if (!(await apiHolds())) process.exitCode = 1
