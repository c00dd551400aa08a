import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join, relative } from 'node:path'
import { codeOf } from '../../kernel/error-code.ts'
import { ConfigError, LogError } from '../../kernel/errors.ts'

/** What a path of a socket may be long, on every system (`sun_path`). */
const longestPath = 100
/** Two that come at the same instant both step back; each tries again after a moment of its own. */
const attempts = 5
const longestPause = 50
const pattern = /^owner-[0-9a-f]{16}$/

/** Gives up possession. */
export type Disown = () => Promise<void>

/**
 * Takes possession of a directory, which ends with the process, however that ends: a socket in it
 * that the owner listens on. Whoever wants it listens first and looks for others then, so that of
 * two at least one sees the other. A socket that nobody listens on is of the dead, and removed.
 */
export async function own(directory: string): Promise<Disown> {
  for (let attempt = 1; ; attempt++) {
    const name = `owner-${randomBytes(8).toString('hex')}`
    const server = await listen(socketPath(directory, name))
    const others = (await readdir(directory)).filter((other) => pattern.test(other))
    const alive = await Promise.all(
      others.map((other) => other !== name && isAlive(socketPath(directory, other))),
    )
    if (!alive.includes(true)) return () => close(server)
    await close(server)
    if (attempt === attempts) {
      throw new LogError(`The log in ${directory} belongs to another process, or to another cache`)
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * longestPause))
  }
}

/** Seen from where the process stands, if that is shorter. */
function socketPath(directory: string, name: string): string {
  const path = join(directory, name)
  const near = relative('', path)
  const shorter = Buffer.byteLength(near) < Buffer.byteLength(path) ? near : path
  if (Buffer.byteLength(shorter) <= longestPath) return shorter
  throw new ConfigError(
    `Expected the directory of a log to have a shorter path: "${path}" is over ${longestPath} bytes`,
  )
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen(path, () => {
      server.unref()
      resolve(server)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

/** Answers whether somebody listens; what is left of the dead is removed. */
async function isAlive(path: string): Promise<boolean> {
  const code = await new Promise<string | undefined>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error) => resolve(codeOf(error)))
  })
  if (code === 'ECONNREFUSED') await rm(path, { force: true })
  return code !== 'ECONNREFUSED' && code !== 'ENOENT'
}
