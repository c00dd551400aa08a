import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A server that says what a test tells it to, line by line of what it is asked. */
export interface ScriptedServer {
  readonly port: number
  close(): Promise<void>
}

/** `answer` gives what is said to a line; `greet`, what is said to whoever connects. */
export async function startScripted(
  answer: (line: string) => string,
  greet: Uint8Array = new Uint8Array(),
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    let rest = ''
    socket.on('data', (bytes) => {
      const lines = (rest + bytes.toString('latin1')).split('\r\n')
      rest = lines.pop() as string
      socket.write(lines.map(answer).join(''))
    })
    if (greet.length > 0) socket.write(greet)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
