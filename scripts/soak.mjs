// `npm run soak [-- --minutes N]`: 20 minutes of mixed load with faults; the report is in soak/results.
import { parseArgs } from 'node:util'
import { build, installPackages, installSystemPackages } from './setup.mjs'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' } } })
await installPackages()
installSystemPackages({ 'redis-server': 'redis-server' })
build()
const { soak } = await import('../soak/main.mjs')
if (!(await soak({ minutes: Number(values.minutes) }))) process.exitCode = 1
