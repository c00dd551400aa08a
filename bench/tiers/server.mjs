import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passing } from 'node:timers/promises'

const patience = 10_000

/** A redis-server of our own: empty, without persistence, and gone when this process is. */
export async function startServer() {
  const directory = mkdtempSync(join(tmpdir(), 'hotset-bench-'))
  const port = await freePort()
  let child
  const end = () => child.kill('SIGKILL')
  const server = {
    port,
    async start() {
      const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory]
      child = spawn('redis-server', [...place, '--save', '', '--appendonly', 'no'], {
        stdio: 'ignore',
      })
      await once(child, 'spawn')
      await isListening(port)
    },
    signal: (name) => child.kill(name),
    async kill() {
      const exit = once(child, 'exit')
      end()
      await exit
    },
    async stop() {
      process.off('exit', end)
      if (child.exitCode === null && child.signalCode === null) await server.kill()
      rmSync(directory, { recursive: true })
    },
  }
  process.on('exit', end)
  await server.start()
  return server
}

async function isListening(port) {
  const giveUp = Date.now() + patience
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch (error) {
      if (Date.now() > giveUp) throw error
      await passing(10)
    } finally {
      socket.destroy()
    }
  }
}

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address()
  listener.close()
  await once(listener, 'close')
  return port
}
