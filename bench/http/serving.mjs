import { once } from 'node:events'
import { createServer } from 'node:http'

/** A server of `node:http` for one listener, on a port that is free. */
export function serveHttp(listener) {
  return listening(createServer(listener))
}

export async function listening(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: server.address().port }
}
