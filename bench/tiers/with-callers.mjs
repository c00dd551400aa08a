import { Worker } from '../worker.mjs'
import { startServer } from './server.mjs'

const script = new URL('caller.mjs', import.meta.url)

/** So many processes that use a cache over a Redis of their own, for as long as `run` takes. */
export async function withCallers(name, count, run) {
  const server = await startServer()
  const callers = Array.from({ length: count }, () => new Worker(script))
  try {
    const { port } = server
    await Promise.all(callers.map((caller) => caller.ask({ verb: 'open', name, port })))
    return await run(callers, server)
  } finally {
    await Promise.all(callers.map((caller) => caller.stop()))
    await server.stop()
  }
}
