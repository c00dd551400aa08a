// Another process with the same caches, which reports; its parent commands it: { id, cache, verb, args } in, { id, answer } out.
import { createCaches } from 'hotset'
import { reportProcesses } from '../../dist/telemetry/report-processes.js'

const caches = createCaches(JSON.parse(process.argv[2]))
const reporting = reportProcesses(caches, { interval: 100 })
await reporting.write()

process.on('message', async ({ id, cache, verb, args }) => {
  process.send({ id, answer: await caches.get(cache)[verb](...args) })
})
process.send({ id: 0 })
