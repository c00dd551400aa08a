import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import {
  chownSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { connect, createServer, type Server as NetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const patienceMs = 15_000
const lookAgainMs = 10
/** Below the ports that the system gives to whoever asks for any, or who calls out. */
const ports = { from: 10_000, pairs: 10_000 }

export interface ServerOptions {
  /** The program, in the search path or by its full path. */
  readonly command: string
  /** Its arguments; it must listen on this port of 127.0.0.1, and keep its files in the directory. */
  readonly arguments: (place: Place) => readonly string[]
  /** Rejects as long as the server does not answer a command of its protocol. */
  readonly ping: (place: Place) => Promise<unknown>
  /** Fills the directory before the first start. */
  readonly prepare?: ((place: Place) => Promise<void> | void) | undefined
  /** Whom the process and its directory belong to. @default whoever runs the tests */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
}

export interface Place {
  readonly port: number
  /** Empty at first, and removed in the end. */
  readonly directory: string
}

/** A private server in a directory of its own, which lives no longer than the tests' process. */
export interface Server extends Place {
  /** Sends the signal and, where it ends or stops the process, waits for that. @default 'SIGKILL' */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again after it was killed: same port, same directory, same arguments. */
  restart(): Promise<void>
  /** Kills it and removes its directory. May be called twice. */
  stop(): Promise<void>
}

/** Resolves when the server answers. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const place = { port: await freePort(), directory: directoryFor(options) }
  try {
    await options.prepare?.(place)
    return serverAt(place, options, await run(place, options))
  } catch (error) {
    rmSync(place.directory, { recursive: true, force: true })
    throw error
  }
}

function serverAt(place: Place, options: ServerOptions, first: Running): Server {
  let running = first
  return {
    ...place,
    async kill(signal = 'SIGKILL') {
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') return end(running, signal)
      running.child.kill(signal)
      if (signal === 'SIGSTOP') await untilStopped(running.child)
    },
    async restart() {
      running = await run(place, options)
    },
    async stop() {
      await end(running, 'SIGKILL')
      rmSync(place.directory, { recursive: true, force: true })
    },
  }
}

interface Running {
  readonly child: ChildProcess
  /** Ends the server when the tests' process is gone, however it went. */
  readonly guard: ChildProcess
}

async function run(place: Place, options: ServerOptions): Promise<Running> {
  const logFile = join(place.directory, 'output.log')
  const log = openSync(logFile, 'a')
  const child = spawn(options.command, options.arguments(place), {
    cwd: place.directory,
    stdio: ['ignore', log, log],
    ...options.user,
  })
  closeSync(log)
  await once(child, 'spawn')
  child.unref()
  const running = { child, guard: guardOf(child, place.directory) }
  try {
    await untilReady(() => options.ping(place), child)
    return running
  } catch (cause) {
    await end(running, 'SIGKILL')
    throw new Error(`${options.command} did not start: ${readFileSync(logFile, 'utf8')}`, { cause })
  }
}

function guardOf(child: ChildProcess, directory: string): ChildProcess {
  const script = 'cat >/dev/null; kill -9 "$1"; rm -rf "$2"'
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(child.pid), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.unref()
  if (guard.stdin && 'unref' in guard.stdin && typeof guard.stdin.unref === 'function') {
    guard.stdin.unref()
  }
  return guard
}

async function end({ child, guard }: Running, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit')
    child.kill(signal)
    if (signal !== 'SIGKILL') child.kill('SIGCONT')
    await exit
  }
  guard.kill('SIGKILL')
}

/** A signal is on its way for a moment, in which a thread may still answer. */
async function untilStopped({ pid }: ChildProcess): Promise<void> {
  const tasks = `/proc/${pid}/task`
  const isStopped = (task: string) => {
    try {
      return readFileSync(`${tasks}/${task}/stat`, 'utf8').split(') ').at(-1)?.[0] === 'T'
    } catch {
      // A thread that has ended meanwhile.
      return true
    }
  }
  while (!readdirSync(tasks).every(isStopped)) await pause(lookAgainMs)
}

async function untilReady(ping: () => Promise<unknown>, child: ChildProcess): Promise<void> {
  const giveUp = Date.now() + patienceMs
  for (;;) {
    try {
      await ping()
      return
    } catch (error) {
      if (child.exitCode !== null || Date.now() > giveUp) throw error
      await pause(lookAgainMs)
    }
  }
}

/** Asks again until the answer is what one waits for; the answer that was found. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  agree: (answer: T) => boolean = Boolean,
): Promise<T> {
  const giveUp = Date.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (agree(answer)) return answer
    if (Date.now() > giveUp) throw new Error(`Waited in vain; the last answer was ${answer}`)
    await pause(lookAgainMs)
  }
}

/** Sends bytes on a connection of its own; what came back first. */
export function ask(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    const settle = (settled: () => void) => {
      socket.destroy()
      settled()
    }
    socket.setTimeout(1000, () => settle(() => reject(new Error('No answer'))))
    socket.on('data', (reply) => settle(() => resolve(reply.toString('latin1'))))
    socket.on('error', (error) => settle(() => reject(error)))
    socket.on('close', () => reject(new Error('The connection was closed')))
  })
}

/**
 * A port that nobody else takes as long as this process lives, also while nothing listens on it: the
 * one after it is held, and a pair belongs to whoever holds its second.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.from + 2 * randomInt(ports.pairs)
    const hold = await listenOn(port + 1)
    if (hold === undefined) continue
    hold.unref()
    const look = await listenOn(port)
    if (look === undefined) continue
    look.close()
    await once(look, 'close')
    return port
  }
}

/** Undefined where somebody listens already. */
async function listenOn(port: number): Promise<NetServer | undefined> {
  const listener = createServer().listen(port, '127.0.0.1')
  try {
    await once(listener, 'listening')
    return listener
  } catch {
    return undefined
  }
}

function directoryFor({ command, user }: ServerOptions): string {
  const directory = mkdtempSync(join(tmpdir(), `hotset-${basename(command)}-`))
  if (user) chownSync(directory, user.uid, user.gid)
  return directory
}
