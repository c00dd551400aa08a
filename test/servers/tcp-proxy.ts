import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server on this machine, and spoils what the server says. */
export interface Proxy {
  readonly port: number
  /** Bytes that clients have sent, as latin1. */
  readonly asked: string
  /** Ends the connection of whoever is told more than so many bytes, in the middle of a reply. */
  cutAfter: number
  /** Keeps back what the server says until it is let go. */
  hold(): void
  release(): void
  close(): Promise<void>
}

export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let asked = ''
  let held: (() => void)[] | undefined
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    let told = 0
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    client.on('data', (bytes) => {
      asked += bytes.toString('latin1')
      upstream.write(bytes)
    })
    const tell = (bytes: Buffer) => {
      const left = proxy.cutAfter - told
      told += bytes.length
      if (bytes.length <= left) client.write(bytes)
      else client.end(bytes.subarray(0, left))
    }
    upstream.on('data', (bytes: Buffer) => (held ? held.push(() => tell(bytes)) : tell(bytes)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const proxy = {
    port: typeof address === 'object' && address ? address.port : 0,
    get asked() {
      return asked
    },
    cutAfter: Infinity,
    hold() {
      held ??= []
    },
    release() {
      const letGo = held ?? []
      held = undefined
      for (const go of letGo) go()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
