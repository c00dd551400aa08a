// A process, or a thread, with a cache that its parent commands: { id, verb, args } in, { id, answer } out.
import { parentPort, workerData } from 'node:worker_threads'
import { createCache } from 'hotset'

const { options } = parentPort ? workerData : JSON.parse(process.argv[2])
const cache = createCache(options)
let loads = 0

const verbs = {
  /** Many concurrent callers of one key, whose loader takes its time. */
  async storm(key, callers, ms, value, loadOptions) {
    const load = async () => {
      loads++
      await new Promise((resolve) => setTimeout(resolve, ms))
      return value
    }
    const calls = Array.from({ length: callers }, () => cache.getOrSet(key, load, loadOptions))
    return [...new Set(await Promise.all(calls))]
  },
  loads: () => loads,
  /** Answered in the turn in which the command arrived, from memory alone. */
  getSync: (key) => cache.getSync(key),
}

async function obey({ id, verb, args }) {
  try {
    const answer = verbs[verb] ? await verbs[verb](...args) : await cache[verb](...args)
    send({ id, answer })
  } catch (error) {
    send({ id, error: error.message })
  }
}

function send(message) {
  if (parentPort) parentPort.postMessage(message)
  else process.send(message)
}

if (parentPort) parentPort.on('message', obey)
else process.on('message', obey)
