import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** An origin that says what a test tells it to, byte by byte. */
export interface RawOrigin {
  readonly url: string
  /** What it was sent: one text a request, with what of its body came along. */
  readonly requests: string[]
  readonly connections: Socket[]
}

/** `answer` is called with each request's head, and the socket to say something on. */
export async function startOrigin(
  answer: (request: string, socket: Socket, origin: RawOrigin) => void,
): Promise<RawOrigin> {
  const server = createServer((socket) => {
    origin.connections.push(socket)
    socket.on('error', () => socket.destroy())
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      for (let end = endOf(text); end > 0; end = endOf(text)) {
        const request = text.slice(0, end)
        text = text.slice(end)
        origin.requests.push(request)
        answer(request, socket, origin)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const origin: RawOrigin = { url: `http://127.0.0.1:${port}`, requests: [], connections: [] }
  onTestFinished(() => {
    for (const socket of origin.connections) socket.destroy()
    server.close()
  })
  return origin
}

/** Where the first request of the text ends, with a body of known length; 0 while it is not all there. */
function endOf(text: string): number {
  const head = text.indexOf('\r\n\r\n') + 4
  if (head < 4) return 0
  const length = /^content-length: (\d+)/im.exec(text.slice(0, head))?.[1]
  const end = head + Number(length ?? 0)
  return text.length >= end ? end : 0
}

/** A response of plain lines. */
export function response(body: string, lines: readonly string[] = [], status = '200 OK'): string {
  const head = [`HTTP/1.1 ${status}`, `Content-Length: ${body.length}`, ...lines]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

/** A client that speaks for itself. */
export class RawClient {
  readonly socket: Socket
  /** All that came. */
  text = ''

  constructor(url: string) {
    const { port } = new URL(url)
    this.socket = connect(Number(port), '127.0.0.1')
    this.socket.on('error', () => this.socket.destroy())
    this.socket.on('data', (bytes) => {
      this.text += bytes.toString('latin1')
    })
    onTestFinished(() => void this.socket.destroy())
  }

  send(...lines: readonly string[]): this {
    this.socket.write(lines.join('\r\n'), 'latin1')
    return this
  }

  /** Resolves when what came has this in it, counted from the beginning. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text)
      if (match) return match
      if (this.socket.closed) throw new Error(`The connection ended with ${this.text}`)
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')])
    }
  }

  /** Resolves with all that came when the proxy has ended the connection. */
  async ended(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, 'close')
    return this.text
  }
}
