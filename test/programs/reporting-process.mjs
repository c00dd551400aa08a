// A process with a cache that it reports on, until it is killed or told to stop.
import { createCache } from 'hotset'
import { keyStatistics, reportProcesses } from '../../dist/telemetry/index.js'

const [store, loads] = process.argv.slice(2)
const cache = createCache({ store, storeTimeout: '20s' })
const statistics = keyStatistics(cache)
const reporting = reportProcesses(cache, { interval: '200ms', statistics })
for (let id = 0; id < Number(loads); id++)
  await cache.getOrSet(`${process.pid}:user:${id}`, () => id)
await reporting.write()
await reporting.write()
process.once('message', async () => {
  await reporting.stop()
  statistics.stop()
  await cache.close()
  process.disconnect()
})
process.send({ id: reporting.process.id })
