// A process that asks a server as fast as it answers: some connections, with one request each.
import { once } from 'node:events'
import { connect } from 'node:net'
import { serve } from '../worker.mjs'
import { pinTo } from './pinning.mjs'
import { htmlBytes } from './site.mjs'

const endOfHead = Buffer.from('\r\n\r\n')
const endOfChunks = '0\r\n\r\n'
let asked = 0

serve(async ({ core, ...task }) => {
  if (core !== undefined) pinTo(core)
  return task.port === undefined ? {} : ask(task)
})

/** How many were answered in how many milliseconds. */
async function ask({ port, path, isMissed, connections, ms }) {
  const start = performance.now()
  const end = start + ms
  const next = isMissed ? () => requestOf(port, `${path}${process.pid}-${asked++}`) : undefined
  const request = requestOf(port, path)
  let isOver = false
  // It never sleeps: to wake it would be work of the server's, and a great part of that.
  const stayAwake = () => isOver || setImmediate(stayAwake)
  stayAwake()
  const counts = await Promise.all(
    Array.from({ length: connections }, () =>
      converse(port, () => (performance.now() < end ? (next?.() ?? request) : undefined)),
    ),
  )
  isOver = true
  const elapsed = performance.now() - start
  return { requests: counts.reduce((sum, count) => sum + count, 0), elapsed }
}

/** As a browser asks, in short. */
function requestOf(port, path) {
  return Buffer.from(
    [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'User-Agent: bench',
      'Accept: text/html,*/*;q=0.8',
      'Accept-Encoding: gzip, br\r\n\r\n',
    ].join('\r\n'),
  )
}

/** One connection, until there is nothing more to ask. Answers how many responses came. */
async function converse(port, next) {
  let count = 0
  let failure
  let reply = new Reply()
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafe(64 * 1024),
      callback(length, buffer) {
        try {
          if (reply.take(buffer.subarray(0, length))) turn()
        } catch (error) {
          failure = error
          socket.destroy()
        }
        return true
      },
    },
  })
  const turn = () => {
    count++
    reply = new Reply()
    const request = next()
    if (request === undefined) socket.destroy()
    else socket.write(request)
  }
  let isOver = false
  socket.on('end', () => {
    isOver = true
  })
  socket.write(next() ?? requestOf(port, '/page'))
  await once(socket, 'close')
  if (isOver && !failure) failure = new Error('The server has closed a connection')
  if (failure) throw failure
  return count
}

/** A response, as far as must be known to tell where it ends. */
class Reply {
  #left
  #tail

  /** Whether it is complete. Throws for one that is not what was asked for. */
  take(bytes) {
    if (this.#left === undefined) this.#begin(bytes)
    else this.#left -= bytes.length
    if (this.#left < 0) throw new Error('There is more than was announced')
    if (this.#left !== Infinity) return this.#left === 0
    this.#tail = `${this.#tail}${bytes.latin1Slice(Math.max(0, bytes.length - 5))}`.slice(-5)
    return this.#tail === endOfChunks
  }

  #begin(bytes) {
    const length = bytes.indexOf(endOfHead)
    const head = bytes.latin1Slice(0, length)
    if (length < 0 || !head.startsWith('HTTP/1.1 200 ')) {
      throw new Error(`An answer begins with ${JSON.stringify(head.slice(0, 40))}`)
    }
    const announced = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
    if (announced !== undefined && Number(announced) !== htmlBytes.length) {
      throw new Error(`An answer has ${announced} bytes`)
    }
    this.#tail = ''
    const body = bytes.length - length - endOfHead.length
    this.#left = announced === undefined ? Infinity : htmlBytes.length - body
  }
}
